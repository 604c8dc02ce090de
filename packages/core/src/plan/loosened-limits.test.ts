import { expect, test } from 'vitest';
import type { Limits } from './limits.ts';
import { loosenedLimits } from './loosened-limits.ts';

const night = { days: ['fri' as const, 'sat' as const], from: '22:00', to: '06:00', time_zone: 'Europe/Berlin' };
const noon = { ...night, from: '12:00', to: '13:00' };
const limits: Limits = { priority: 5, max_in_flight: 50, failure_tolerance: { count: 3 }, windows: [night] };

test.each<[string, Partial<Limits>]>([
  ['the same', {}],
  ['less at once', { max_in_flight: 1 }],
  ['a lower priority', { priority: 0 }],
  ['a lower tolerance', { failure_tolerance: { count: 0 } }],
  ['the same windows in another order', { windows: [{ ...night, days: ['sat', 'fri'] }] }],
])('%s loosens nothing', (_what, change) => {
  expect(loosenedLimits(limits, { ...limits, ...change })).toEqual([]);
});

test.each<[keyof Limits, Partial<Limits>]>([
  ['max_in_flight', { max_in_flight: 51 }],
  ['priority', { priority: 6, max_in_flight: 1 }],
  ['failure_tolerance', { failure_tolerance: { count: 4 } }],
  ['failure_tolerance', { failure_tolerance: { percent: 0 } }],
  ['failure_tolerance', { failure_tolerance: null }],
  ['windows', { windows: [] }],
  ['windows', { windows: [night, noon] }],
])('a looser %s is named', (name, change) => {
  expect(loosenedLimits(limits, { ...limits, ...change })).toEqual([name]);
});

test('a tolerance and windows where there were none tighten; of several windows one may be left out', () => {
  const free: Limits = { ...limits, failure_tolerance: null, windows: [] };
  expect(loosenedLimits(free, limits)).toEqual([]);
  expect(loosenedLimits({ ...limits, windows: [night, noon] }, limits)).toEqual([]);
});
