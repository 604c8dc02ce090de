import { expect, test } from 'vitest';
import { ratesOf, scaleOf } from './rates.ts';

const view = {
  started_at: '2026-11-24T12:00:00.000Z',
  until: '2026-11-24T12:00:25.000Z',
  slice_seconds: 10,
  quota_per_second: 5,
  effective_per_second: 4.5,
  accepted: [40, 50, 20],
  usable: [0, 30, 10],
  failed: [0, 0, 5],
};

test('the slice that has only begun counts by its own length', () => {
  expect(ratesOf(view)).toEqual([
    { at: new Date('2026-11-24T12:00:00Z'), accepted: 4, usable: 0, failed: 0 },
    { at: new Date('2026-11-24T12:00:10Z'), accepted: 5, usable: 3, failed: 0 },
    { at: new Date('2026-11-24T12:00:20Z'), accepted: 4, usable: 2, failed: 1 },
  ]);
});

test('a slice too short to say anything is left out, unless it is all there is', () => {
  expect(ratesOf({ ...view, until: '2026-11-24T12:00:22.000Z' })).toHaveLength(2);
  expect(ratesOf({ ...view, until: '2026-11-24T12:00:00.500Z', accepted: [3], usable: [0], failed: [0] })).toEqual([
    { at: new Date('2026-11-24T12:00:00Z'), accepted: 3, usable: 0, failed: 0 },
  ]);
});

test('before the start there is nothing', () => {
  expect(ratesOf({ ...view, started_at: null, until: null })).toEqual([]);
});

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
