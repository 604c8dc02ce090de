import { expect, test } from 'vitest';
import { secondsPending, shareOf } from './lane-pace.ts';

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
