import { expect, test } from 'vitest';
import { sharesOf } from './minimap-shares.ts';

test('states have their share, the worst first', () => {
  expect(sharesOf({ succeeded: 25, pending: 75 })).toEqual([
    { state: 'pending', share: 0.75 },
    { state: 'succeeded', share: 0.25 },
  ]);
  expect(sharesOf({})).toEqual([]);
});

test('one failed replica among thousands is still seen, and the shares fill the place', () => {
  const shares = sharesOf({ succeeded: 5_000, failed: 1 });
  expect(shares[0]?.state).toBe('failed');
  expect(shares[0]?.share).toBeGreaterThan(0.2);
  expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
});
