import type { LaneView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { effectOf, secondsPending, shareOf } from './lane-pace.ts';

const lane = { operation: 'ReplicateKey', quota_per_second: 5, effective_per_second: 4.5, pending: 900 };

test('what waits takes as long as its requests at the rate in force', () => {
  expect(secondsPending(lane)).toBeCloseTo(200);
  expect(secondsPending({ ...lane, effective_per_second: 2.25 })).toBeCloseTo(400);
  expect(secondsPending({ ...lane, pending: 0 })).toBe(0);
});

test('a replica is two requests of CreateKey', () => {
  expect(secondsPending({ ...lane, operation: 'CreateKey' })).toBeCloseTo(400);
});

test('with another quota the share of it stays', () => {
  expect(shareOf(lane)).toBeCloseTo(0.9);
  expect(secondsPending(lane, 20)).toBeCloseTo(50);
});

const busy = { operation: 'ReplicateKey', quota_per_second: 5, effective_per_second: 4.5, pending: 4320 } as LaneView;

test.each([
  [
    'with work',
    busy,
    20,
    'From 5 to 20 a second, from the next call on. The 4,320 pending here would take at least 4 min instead of 16 min.',
  ],
  [
    'without',
    { ...busy, pending: 0 },
    2,
    'From 5 to 2 a second, from the next call on. Nothing is pending here just now.',
  ],
  ['the same', busy, 5, 'It is 5 a second now.'],
])('another quota is told by what it changes: %s', (_what, of, quota, expected) => {
  expect(effectOf(of, quota)).toBe(expected);
});
