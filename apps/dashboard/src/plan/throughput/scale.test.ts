import { expect, test } from 'vitest';
import { scaleOf } from './scale.ts';

test('the steps are even, and the last is beyond all that is drawn', () => {
  expect(scaleOf(6)).toEqual([0, 2, 4, 6, 8]);
  expect(scaleOf(5)).toEqual([0, 2, 4, 6]);
  expect(scaleOf(100)).toEqual([0, 25, 50, 75, 100, 125]);
  for (const most of [0, 0.03, 1, 9.99, 47, 12_345]) {
    const marks = scaleOf(most);
    expect(marks.at(-1)).toBeGreaterThanOrEqual(most * 1.05);
    expect(marks.length).toBeLessThanOrEqual(6);
  }
});
