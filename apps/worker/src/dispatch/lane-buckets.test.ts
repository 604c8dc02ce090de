import { planSlots } from '@keyferry/core';
import type { DueQueue } from '@keyferry/store';
import { expect, test } from 'vitest';
import { withBudgets } from './call-budgets.ts';
import { latenessOf, openBuckets, reservedUses, usesOf } from './lane-buckets.ts';

const due = (more: Partial<DueQueue>): DueQueue => ({
  ...{ lane_id: 'lane', plan_id: 'plan', account: '111122223333', primary_region: 'us-east-1', region: 'eu-west-1' },
  ...{ kind: 'replicate', external: false, reserves_import: false, with_alias: false },
  ...{ priority: 0, max_in_flight: 500, last_slot_at: null, rows: [] },
  ...more,
});
const rows = (prefix: string) => Array.from({ length: 50 }, (_, i) => ({ id: `${prefix}${i}`, pair: `${prefix}${i}` }));
const quotas = {
  perSecond: {
    ...{ ReplicateKey: 20, CreateKey: 10, CreateAlias: 5, UpdatePrimaryRegion: 5 },
    ...{ GetParametersForImport: 1, ImportKeyMaterial: 15 },
  },
  ...{ headroom: 1, keys: 100_000 },
};
/** How many calls of each get slots in ten seconds. */
function inTenSeconds(external: DueQueue) {
  const native = due({ rows: rows('native') });
  const queues = withBudgets([external, native], (queue) => [...usesOf(queue), ...reservedUses(queue)], {
    ...{ waiting: [external, native], underWay: [], concurrency: 1_000, circuits: new Map() },
  });
  const buckets = openBuckets(
    queues.flatMap(({ uses }) => uses),
    new Map(),
    quotas,
    0,
  );
  const slots = planSlots(queues, buckets, { now: 1_000, leadMs: 0, horizonMs: 9_850 });
  return Object.groupBy(slots, ({ queue }) => (queue.due.external ? 'external' : 'native'));
}

test('an EXTERNAL key after which CCKM imports goes at the pace of imports, and holds up no native key', () => {
  const slots = inTenSeconds(due({ external: true, reserves_import: true, rows: rows('external') }));
  expect(slots.external).toHaveLength(10);
  expect(slots.native).toHaveLength(40);
});

test('an EXTERNAL key after which it does not goes at the pace of CreateKey', () => {
  const slots = inTenSeconds(due({ external: true, rows: rows('external') }));
  expect(slots.external).toHaveLength(25);
  expect(slots.native).toHaveLength(25);
});

test('what is reserved is spent later, so that it does not bound how late the call may be', () => {
  const call = due({ external: true, reserves_import: true });
  const all = [...usesOf(call), ...reservedUses(call)];
  const buckets = openBuckets(all, new Map(), quotas, 0);
  expect(latenessOf(all, buckets)).toBeLessThan(latenessOf(usesOf(call), buckets));
  expect(latenessOf(usesOf(call), buckets)).toBe(latenessOf(usesOf(due({})), buckets));
});

test('an import that is due goes before further replications for which imports are reserved', () => {
  const lastSlotAt = new Date(5_000);
  const replicate = due({ external: true, reserves_import: true, last_slot_at: lastSlotAt, rows: rows('made') });
  const waiting = [replicate, due({ kind: 'import', last_slot_at: lastSlotAt, rows: rows('import').slice(0, 2) })];
  const queues = withBudgets(waiting, (queue) => [...usesOf(queue), ...reservedUses(queue)], {
    ...{ waiting, underWay: [], concurrency: 1_000, circuits: new Map() },
  });
  const buckets = openBuckets(
    queues.flatMap(({ uses }) => uses),
    new Map(),
    quotas,
    10_000,
  );
  // A tick gives out one turn of this lane.
  const [first] = planSlots(queues, buckets, { now: 10_000, leadMs: 0, horizonMs: 500 });
  expect(first?.row).toBe('import0');
});
