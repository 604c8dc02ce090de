import { expect, it } from 'vitest';
import { readKeys, withoutUnreadable } from './read-keys.ts';

const mrk = 'mrk-1234567890abcdef1234567890abcdef';

it('takes keys from a column, from a list, and from JSON', () => {
  expect(readKeys(`${mrk}\nalias/prod-a\n`).keys).toEqual([mrk, 'alias/prod-a']);
  expect(readKeys(`${mrk}\r\nalias/prod-a\r\n`).keys).toEqual([mrk, 'alias/prod-a']);
  expect(readKeys(`${mrk}, alias/prod-a;alias/prod-b`).keys).toEqual([mrk, 'alias/prod-a', 'alias/prod-b']);
  expect(readKeys(`["${mrk}",\n "alias/prod-a"]`).keys).toEqual([mrk, 'alias/prod-a']);
});

it('takes each once, and says how many were there again', () => {
  expect(readKeys(`${mrk}\n${mrk}\n${mrk}`)).toEqual({ keys: [mrk], unreadable: [], repeated: 2 });
});

it('says of what is no key in which line and where in the text it stands', () => {
  const text = `${mrk}\n\n"not-a-key", ${mrk}`;
  const { unreadable } = readKeys(text);
  expect(unreadable).toEqual([{ line: 3, column: 1, start: text.indexOf('not-a-key'), text: 'not-a-key' }]);
});

it('leaves out what is no key when asked to, and changes nothing else', () => {
  const text = `${mrk}\nwrong\n\nalias/a, alias/?, also-wrong\n"wrong"\nalias/b`;
  const rest = withoutUnreadable(text, readKeys(text).unreadable);
  expect(rest).toBe(`${mrk}\n\nalias/a, , \nalias/b`);
  expect(readKeys(rest)).toEqual({ keys: [mrk, 'alias/a', 'alias/b'], unreadable: [], repeated: 0 });
});
