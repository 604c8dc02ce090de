import { expect, test } from 'vitest';
import { totalsByRegion } from './region-totals.ts';

test('the sums of a Region are those of all its slices', () => {
  const totals = totalsByRegion({
    regions: ['us-west-2', 'eu-west-1'],
    keys: 150,
    buckets: [
      { from: 0, keys: 100, counts: [{ S: 98, F: 2 }, { p: 100 }] },
      { from: 100, keys: 50, counts: [{ S: 50 }, {}] },
    ],
  });
  expect(totals[0]).toMatchObject({ total: 150, succeeded: 148, failed: 2 });
  expect(totals[1]).toMatchObject({ total: 100, pending: 100 });
});
