import { expect, test } from 'vitest';
import { elapsed } from './elapsed.ts';

const from = '2026-11-24T12:00:00.000Z';

test.each([
  ['2026-11-24T12:00:00.231Z', '231 ms'],
  ['2026-11-24T12:00:09.340Z', '9.3 s'],
  ['2026-11-24T12:02:05.400Z', '2 min 5 s'],
  ['2026-11-24T11:59:59.900Z', '0 ms'],
])('from noon to %s it is %s', (to, words) => {
  expect(elapsed(from, to)).toBe(words);
});
