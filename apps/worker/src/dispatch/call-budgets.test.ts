import { laneId } from '@keyferry/core';
import type { DueQueue } from '@keyferry/store';
import { expect, test } from 'vitest';
import { callLane, circuitLanes, withBudgets } from './call-budgets.ts';

const due = (more: Partial<DueQueue>): DueQueue => ({
  lane_id: 'lane',
  plan_id: 'plan',
  account: '111122223333',
  primary_region: 'us-east-1',
  region: 'eu-west-1',
  kind: 'replicate',
  external: false,
  reserves_import: false,
  priority: 0,
  max_in_flight: 50,
  with_alias: false,
  last_slot_at: null,
  rows: [],
  ...more,
});
const rowsOf = (queues: readonly DueQueue[]) =>
  withBudgets(queues, () => [], { waiting: queues, underWay: [], concurrency: 100, circuits: new Map() }).flatMap(
    ({ rows }) => rows,
  );
const row = (id: string, pair: string) => ({ id, pair });

test('a key that is due in two plans goes to one of them: in its Region, or wherever where it is promoted', () => {
  const replicate = due({ rows: [row('a', 'mrk-1'), row('b', 'mrk-2')] });
  const elsewhere = due({ region: 'us-west-2', rows: [row('c', 'mrk-1')] });
  const promote = due({ kind: 'promote', priority: 1, region: 'ap-south-1', rows: [row('d', 'mrk-1')] });
  expect(rowsOf([replicate, elsewhere])).toEqual(['a', 'b', 'c']);
  expect(rowsOf([replicate, elsewhere, promote])).toEqual(['d', 'b']);
  expect(rowsOf([replicate, { ...promote, priority: 0 }])).toEqual(['a', 'b']);
  expect(rowsOf([promote, { ...promote, region: 'us-west-2', rows: [row('e', 'mrk-1')] }])).toEqual(['d']);
  const other = due({ kind: 'promote', account: '444455556666', rows: [row('f', 'mrk-1')] });
  expect(rowsOf([promote, other])).toEqual(['d', 'f']);
});

test('a promotion stands behind the circuit of the Region in which KMS is called for it', () => {
  const promote = due({ kind: 'promote', rows: [row('a', 'mrk-1'), row('b', 'mrk-2')] });
  const open = new Map([['111122223333:us-east-1:UpdatePrimaryRegion', { probe_is_due: true }]]);
  expect(callLane('promote', promote)).toEqual({
    account: '111122223333',
    region: 'us-east-1',
    operation: 'UpdatePrimaryRegion',
  });
  const [queue] = withBudgets([promote], () => [], { waiting: [], underWay: [], concurrency: 100, circuits: open });
  expect(queue).toMatchObject({ probes: ['111122223333:us-east-1:UpdatePrimaryRegion'] });
  expect(queue?.budgets).toContainEqual({ left: 1 });
});

test('a replication stands behind the circuits of both Regions in which it is metered', () => {
  const to = (region: string) => due({ region, rows: [row(region, 'mrk-1')] });
  const primary = '111122223333:us-east-1:ReplicateKey';
  const target = '111122223333:eu-west-1:CreateKey';
  expect(circuitLanes('replicate', to('eu-west-1')).map(laneId)).toEqual([target, primary]);
  const probesWith = (circuits: ReadonlyMap<string, { probe_is_due: boolean }>) =>
    withBudgets([to('eu-west-1'), to('us-west-2')], () => [], {
      waiting: [],
      underWay: [],
      concurrency: 100,
      circuits,
    }).map(({ probes, budgets }) => ({
      probes,
      left: budgets.slice(4),
    }));
  expect(probesWith(new Map([[target, { probe_is_due: false }]]))).toEqual([
    { probes: [target], left: [{ left: 0 }] },
    { probes: [], left: [] },
  ]);
  const both = probesWith(new Map([[primary, { probe_is_due: true }]]));
  expect(both).toEqual([
    { probes: [primary], left: [{ left: 1 }] },
    { probes: [primary], left: [{ left: 1 }] },
  ]);
});
