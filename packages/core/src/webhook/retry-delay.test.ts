import { expect, it } from 'vitest';
import { deliveryRetryMs, mostDeliveryAttempts } from './retry-delay.ts';

it('goes from seconds to hours, over a good day, and ends', () => {
  const least = Array.from({ length: mostDeliveryAttempts }, (_, i) => deliveryRetryMs(i + 1, () => 0));
  expect(least.pop()).toBeNull();
  const pauses = least.map(Number);
  expect(pauses[0]).toBe(5_000);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  const hours = pauses.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(24);
  expect(hours).toBeLessThan(30);
  expect(deliveryRetryMs(1, () => 1)).toBe(6_000);
});
