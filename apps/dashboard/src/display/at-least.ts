import { durationInWords } from '@keyferry/core';

/** A least time in words: `≥ 2 min`; what takes less than a second is said without a bound. */
export function atLeast(seconds: number, bound = '≥'): string {
  return seconds < 1 ? durationInWords(seconds) : `${bound} ${durationInWords(seconds)}`;
}
