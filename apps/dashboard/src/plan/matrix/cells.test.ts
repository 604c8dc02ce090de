import { expect, test } from 'vitest';
import { countsByRegion, sharesOf } from './cells.ts';

test('the sums of a Region are those of all its slices', () => {
  const totals = countsByRegion({
    regions: ['us-west-2', 'eu-west-1'],
    keys: 150,
    buckets: [
      { from: 0, keys: 100, counts: [{ S: 98, F: 2 }, { p: 100 }] },
      { from: 100, keys: 50, counts: [{ S: 50 }, {}] },
    ],
  });
  expect(totals[0]).toMatchObject({ region: 'us-west-2', counts: { total: 150, succeeded: 148, failed: 2 } });
  expect(totals[1]).toMatchObject({ region: 'eu-west-1', counts: { total: 100, pending: 100 } });
});

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
