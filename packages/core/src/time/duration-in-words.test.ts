import { expect, test } from 'vitest';
import { durationInWords, exactDurationInWords } from './duration-in-words.ts';

test.each([
  [0.4, '< 1 s'],
  [200, '3 min 20 s'],
  [7_500, '2 h 5 min'],
  [86_400, '1 d'],
  [-5, '0 s'],
])('%d seconds are %s', (seconds, words) => {
  expect(durationInWords(seconds)).toBe(words);
});

test.each([
  [231, '231 ms'],
  [9_340, '9.3 s'],
  [59_999, '59.9 s'],
  [125_400, '2 min 5 s'],
  [7_500_000, '2 h 5 min'],
  [-100, '0 ms'],
])('%d milliseconds are %s', (ms, words) => {
  expect(exactDurationInWords(ms)).toBe(words);
});
