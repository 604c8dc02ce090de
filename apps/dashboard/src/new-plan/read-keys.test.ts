import { expect, it } from 'vitest';
import { readKeys } from './read-keys.ts';

const mrk = 'mrk-1234567890abcdef1234567890abcdef';

it('takes keys from a column, from a list, and from JSON', () => {
  expect(readKeys(`${mrk}\nalias/prod-a\n`).keys).toEqual([mrk, 'alias/prod-a']);
  expect(readKeys(`${mrk}, alias/prod-a;alias/prod-b`).keys).toEqual([mrk, 'alias/prod-a', 'alias/prod-b']);
  expect(readKeys(`["${mrk}",\n "alias/prod-a"]`).keys).toEqual([mrk, 'alias/prod-a']);
});

it('takes each once, and says how many were there again', () => {
  expect(readKeys(`${mrk}\n${mrk}\n${mrk}`)).toEqual({ keys: [mrk], unreadable: [], repeated: 2 });
});

it('names what is no key with its line', () => {
  expect(readKeys(`${mrk}\n\nnot-a-key`).unreadable).toEqual([{ line: 3, text: 'not-a-key' }]);
});
