import { expect, test } from 'vitest';
import { sliceSeconds } from './slice-seconds.ts';

test('a span is cut into at most so many slices of a readable length', () => {
  expect(sliceSeconds(0, 120)).toBe(1);
  expect(sliceSeconds(120, 120)).toBe(1);
  expect(sliceSeconds(121, 120)).toBe(2);
  expect(sliceSeconds(3_600, 120)).toBe(30);
  expect(sliceSeconds(20 * 3_600, 120)).toBe(600);
  expect(sliceSeconds(400 * 86_400, 120)).toBe(4 * 86_400);
  for (const span of [7, 777, 77_777, 7_777_777]) {
    for (const points of [1, 13, 120]) expect(span / sliceSeconds(span, points)).toBeLessThanOrEqual(points);
  }
});
