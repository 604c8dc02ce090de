import type { LaneView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { effectOf } from './quota-effect.ts';

const lane = { operation: 'ReplicateKey', quota_per_second: 5, effective_per_second: 4.5, pending: 4320 } as LaneView;

test.each([
  [
    'with work',
    lane,
    20,
    'From 5 to 20 a second, from the next call on. The 4,320 pending here would take at least 4 min instead of 16 min.',
  ],
  [
    'without',
    { ...lane, pending: 0 },
    2,
    'From 5 to 2 a second, from the next call on. Nothing is pending here just now.',
  ],
  ['the same', lane, 5, 'It is 5 a second now.'],
])('another quota is told by what it changes: %s', (_what, of, quota, expected) => {
  expect(effectOf(of, quota)).toBe(expected);
});
