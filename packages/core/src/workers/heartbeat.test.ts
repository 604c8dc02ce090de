import { expect, test } from 'vitest';
import { heartbeatAge } from './heartbeat.ts';

test('a worker is late once it has missed two beats of its lease, long before the lease ends', () => {
  const worker = { heartbeatAt: 0, aliveUntil: 30_000 };
  expect(heartbeatAge(worker, 7_600)).toEqual({ seconds: 7.6, late: false });
  expect(heartbeatAge(worker, 15_000).late).toBe(false);
  expect(heartbeatAge(worker, 15_001).late).toBe(true);
});

test('a clock that is behind the heartbeat makes no negative age', () => {
  expect(heartbeatAge({ heartbeatAt: 1_000, aliveUntil: 31_000 }, 0)).toEqual({ seconds: 0, late: false });
});
