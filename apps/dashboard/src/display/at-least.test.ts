import { expect, test } from 'vitest';
import { atLeast } from './at-least.ts';

test.each([
  [0, '0 s'],
  [0.4, '< 1 s'],
  [1, '≥ 1 s'],
  [125, '≥ 2 min 5 s'],
])('%d seconds at least are %s', (seconds, words) => {
  expect(atLeast(seconds)).toBe(words);
});
