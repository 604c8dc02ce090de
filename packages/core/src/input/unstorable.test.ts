import { expect, it } from 'vitest';
import { unstorable } from './unstorable.ts';

it('finds texts and names that Postgres does not take, wherever they stand', () => {
  const input = {
    name: 'a\0',
    keys: ['fine', '\ud800'],
    'odd\0name': 1,
    emoji: '🔑',
    deep: { er: ['x', { y: '\udfff' }] },
  };
  expect(unstorable(input).map(({ path, code }) => [path, code])).toEqual([
    ['', 'invalid_text'],
    ['name', 'invalid_text'],
    ['keys[1]', 'invalid_text'],
    ['deep.er[1].y', 'invalid_text'],
  ]);
  expect(unstorable('plain')).toEqual([]);
  expect(unstorable(undefined)).toEqual([]);
});

it('refuses what is nested without end, and is not exhausted by it', () => {
  const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
  expect(unstorable({ policy: deep })).toMatchObject([
    { code: 'too_deep', path: expect.stringMatching(/^policy\[0\]/) },
  ]);
  expect(unstorable(JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`))).toEqual([]);
});
