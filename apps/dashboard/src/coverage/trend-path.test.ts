import { expect, test } from 'vitest';
import { bottomOf, trendPoints } from './trend-path.ts';

test('a trend lies in its box by time, and all is at the top', () => {
  const trend = [
    { at: 0, percent: 90 },
    { at: 30, percent: 95 },
    { at: 40, percent: 100 },
  ];
  expect(bottomOf([90, 95, 100])).toBe(88);
  expect(trendPoints(trend)).toEqual([
    { x: 0, y: 1 - 2 / 12 },
    { x: 0.75, y: 1 - 7 / 12 },
    { x: 1, y: 0 },
  ]);
});

test('one check, none, and one that found nothing covered have a place too', () => {
  expect(trendPoints([])).toEqual([]);
  expect(trendPoints([{ at: 5, percent: 100 }])).toEqual([{ x: 1, y: 0 }]);
  expect(trendPoints([{ at: 5, percent: 0 }])).toEqual([{ x: 1, y: 1 }]);
});
