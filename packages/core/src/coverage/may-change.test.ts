import { expect, it } from 'vitest';
import { coverageFindings } from './findings.ts';
import { passingCodes, patienceMs, verifyAgainMs } from './may-change.ts';

it('waits for nothing that stays as it is until a person acts', () => {
  for (const code of [
    'disabled',
    'pending_deletion',
    'region_not_managed',
    'differs',
    'not_multi_region',
    'unknown_key',
  ]) {
    expect(passingCodes).not.toContain(code);
    expect(coverageFindings).toHaveProperty(code);
  }
});

it('waits longer for a key that KMS still changes than for a record that lags', () => {
  const watchMs = 20 * 60_000;
  expect(patienceMs(['not_confirmed'], watchMs)).toBe(5 * 60_000);
  expect(patienceMs(['not_confirmed', 'still_changing'], watchMs)).toBe(watchMs);
  expect(patienceMs(['not_confirmed'], 1_000)).toBe(1_000);
});

it('asks less and less often while nothing changes', () => {
  expect([0, 1, 2, 3, 9].map((unchanged) => verifyAgainMs(5_000, unchanged))).toEqual([
    5_000, 10_000, 20_000, 40_000, 60_000,
  ]);
  expect(verifyAgainMs(300_000, 4)).toBe(300_000);
});
