import { expect, test } from 'vitest';
import { changedLimits } from './changed-limits.ts';

const before = { priority: 0, max_in_flight: 50, failure_tolerance: { count: 10 } };

test('only what is another is sent, and told', () => {
  expect(changedLimits(before, { ...before, failure_tolerance: { count: 10 } })).toEqual({ options: {}, told: [] });
  expect(changedLimits(before, { ...before, priority: 90 })).toEqual({
    options: { priority: 90 },
    told: ['Priority 0 becomes 90.'],
  });
});

test('a tolerance can be taken away and given', () => {
  const away = changedLimits(before, { ...before, failure_tolerance: null });
  expect(away.options).toEqual({ failure_tolerance: null });
  expect(away.told[0]).toBe('Goes on whatever fails; so far: halts when more than 10 fail.');
  const given = changedLimits({ ...before, failure_tolerance: null }, { ...before, failure_tolerance: { percent: 5 } });
  expect(given.told[0]).toBe('Halts when more than 5 % fail; so far: goes on whatever fails.');
});
