import type { Config } from '@keyferry/config';
import {
  type Bucket,
  importUses,
  type LaneUse,
  laneId,
  operationUses,
  planSlots,
  recoveredFactor,
} from '@keyferry/core';
import {
  type CallKind,
  cckmCircuit,
  claimProbe,
  type DueQueue,
  inTransaction,
  type LaneRow,
  lockDispatch,
  readCallsUnderWay,
  readConcurrency,
  readDueQueues,
  readLanes,
  readOpenCircuits,
  type Store,
  slotToleranceMs,
  writeReleases,
} from '@keyferry/store';
import { withBudgets } from './call-budgets.ts';

/** Slots are given this far ahead, so that a row is in a worker's hands when its slot begins. */
const leadMs = 150;
const horizonMs = 700;
/** No lane gets more slots than this in one tick: the fastest quota for the horizon. */
const rowsPerLane = 20;

export interface ReleasedJob {
  readonly id: string;
  readonly epoch: number;
  readonly kind: CallKind;
}

/**
 * One tick of the dispatcher: gives slots to as many due rows as the AWS quotas admit in the next second. The choice,
 * the rows and the buckets are one transaction under one lock, so any number of workers may tick, and none that dies
 * leaves a bucket and its rows apart. Answers the jobs to be queued.
 */
export function dispatch(store: Store, quotas: Config['quotas']): Promise<ReleasedJob[]> {
  return inTransaction(store, async (tx) => {
    if (!(await lockDispatch(tx))) return [];
    const circuits = await readOpenCircuits(tx);
    if (circuits.has(cckmCircuit)) return [];
    const due = await readDueQueues(tx, rowsPerLane, leadMs + horizonMs + slotToleranceMs);
    if (due.length === 0) return [];
    const usesOf = new Map(due.map((queue) => [queue, uses(queue)]));
    const { now, lanes } = await readLanes(tx, [...usesOf.values()].flat());
    const buckets = openBuckets([...usesOf.values()].flat(), lanes, quotas, now);
    const queues = withBudgets(
      due,
      (queue) => usesOf.get(queue) ?? [],
      await readCallsUnderWay(tx),
      await readConcurrency(tx),
      circuits,
    );

    const slots = planSlots(queues, buckets, { now, leadMs, horizonMs });
    if (slots.length === 0) return [];
    for (const id of new Set(slots.flatMap(({ queue }) => (queue.probes === null ? [] : [queue.probes])))) {
      await claimProbe(tx, id);
    }
    const used = new Map(slots.flatMap(({ queue }) => queue.uses.map((use) => [laneId(use), use] as const)));
    return writeReleases(
      tx,
      slots.map(({ row, queue, at }) => ({ id: row, kind: queue.due.kind, at })),
      [...used].map(([id, { account, region, operation }]) => {
        return { account, region, operation, nextSlotAt: buckets.get(id)?.nextSlotAt ?? now };
      }),
      [...new Map(slots.map(({ queue, at }) => [queue.due.laneId, { laneId: queue.due.laneId, at }])).values()],
    );
  });
}

function uses(queue: DueQueue): LaneUse[] {
  const { kind, account, region, withAlias } = queue;
  return kind === 'import' ? importUses(account, region) : operationUses(kind, queue, withAlias);
}

/** The buckets of all lanes in question, at the rate that quota, headroom and throttling leave them. */
function openBuckets(
  all: readonly LaneUse[],
  lanes: ReadonlyMap<string, LaneRow>,
  { perSecond, headroom }: Config['quotas'],
  now: number,
): Map<string, Bucket> {
  return new Map(
    all.map((use) => {
      const lane = lanes.get(laneId(use));
      const quota = lane?.quotaPerSecond ?? perSecond[use.operation];
      const factor = lane ? recoveredFactor(lane.rateFactor, lane.factorChangedAt, now) : 1;
      return [laneId(use), { ratePerSecond: quota * headroom * factor, nextSlotAt: lane?.nextSlotAt ?? 0 }];
    }),
  );
}
