import { type Budget, type LaneKey, type LaneUse, laneId, type Queue, type Turn } from '@keyferry/core';
import {
  type CallKind,
  type CallQueue,
  type CallsUnderWay,
  type DueQueue,
  finishingStates,
  type OpenCircuit,
} from '@keyferry/store';

/** Due rows of one plan lane with what their calls spend, and what bounds them. */
export interface BudgetedQueue extends Queue {
  readonly due: DueQueue;
  /** The circuits that its call probes: those of its lanes that are not closed. */
  readonly probes: readonly string[];
}

/** What stands beside the rows that may get slots now. */
export interface CallsStanding {
  /** Every queue in which rows wait. */
  readonly waiting: readonly CallQueue[];
  readonly underWay: readonly CallsUnderWay[];
  /** How many calls the living workers can have under way together. */
  readonly concurrency: number;
  readonly circuits: ReadonlyMap<string, OpenCircuit>;
}

/** The least number of calls that one Region may have under way. */
const leastPerRegion = 8;

/** Where a call goes. */
export interface CallPlace {
  readonly account: string;
  readonly primary_region: string;
  readonly region: string;
}

/**
 * The lane that a call is named by: the one that is its target Region's own, but of a promotion that of the primary's
 * Region, where KMS has to be called.
 */
export function callLane(kind: CallKind, { account, primary_region: primaryRegion, region }: CallPlace): LaneKey {
  if (kind === 'promote') return { account, region: primaryRegion, operation: 'UpdatePrimaryRegion' };
  return { account, region, operation: ownLanes[kind] };
}

const ownLanes = { replicate: 'CreateKey', import: 'GetParametersForImport', alias: 'CreateAlias' } as const;

/**
 * The lanes whose circuits a call stands behind: its own, and of a replication the one of the primary's Region, where
 * ReplicateKey has to be called. claim-replicas.ts of the store names the same.
 */
export function circuitLanes(kind: CallKind, place: CallPlace): readonly LaneKey[] {
  const { account, primary_region: primaryRegion } = place;
  const own = callLane(kind, place);
  return kind === 'replicate' ? [own, { account, region: primaryRegion, operation: 'ReplicateKey' }] : [own];
}

/**
 * Bounds what may be under way: in all by what the workers can hold, at one Region by its share of that (a slow Region
 * then holds up itself alone), in a plan by its `max_in_flight` and a Region's share of that, and in a lane that is down to
 * one probe now and then. A key that two plans are due for goes to one of them, the more urgent: in one Region, or wherever
 * where one of them promotes it. In a lane that both spend a plan finishes the replicas that are there before it makes more.
 */
export function withBudgets<Due extends DueQueue>(
  due: readonly Due[],
  usesOf: (queue: Due) => readonly LaneUse[],
  { waiting, underWay, concurrency, circuits }: CallsStanding,
): BudgetedQueue[] {
  const counted = countCalls(underWay);
  const calls = (id: string): number => counted.get(id) ?? 0;
  const places = new Set([...waiting, ...due, ...underWay].map(placeOf));
  const perRegion = Math.max(leastPerRegion, Math.floor(concurrency / Math.max(4, places.size)));

  const all: Budget = { left: concurrency - calls('') };
  const ofPlan = shared(
    (queue) => queue.plan_id,
    ({ plan_id, max_in_flight }): Budget => ({ left: max_in_flight - calls(plan_id) }),
  );
  const ofPlace = shared(placeOf, (queue): Budget => {
    return { left: perRegion - calls(placeOf(queue)) };
  });
  const placesOfPlan = new Map<string, Set<string>>();
  for (const one of [...waiting, ...due, ...underWay]) {
    const known = placesOfPlan.get(one.plan_id) ?? new Set();
    placesOfPlan.set(one.plan_id, known.add(placeOf(one)));
  }
  const ofPlanAtPlace = shared(
    (queue) => `${queue.plan_id} ${placeOf(queue)}`,
    (queue): Budget => {
      const places = placesOfPlan.get(queue.plan_id)?.size ?? 0;
      return { left: shareOfPlan(queue.max_in_flight, places) - calls(`${queue.plan_id} ${placeOf(queue)}`) };
    },
  );
  const probesOf = new Map(
    [...circuits].map(([id, { probe_is_due: probeIsDue }]): [string, Budget] => [id, { left: probeIsDue ? 1 : 0 }]),
  );
  const turnOf = shared(
    ({ plan_id, account }) => `${plan_id} ${account}`,
    (): Turn => ({ lastSlotAt: 0 }),
  );

  const isFree = firstComes();
  return [...due]
    .sort((a, b) => b.priority - a.priority)
    .map((queue) => {
      const rows = queue.rows.filter(({ pair }) => isFree(queue, pair));
      const probes = circuitLanes(queue.kind, queue)
        .map(laneId)
        .filter((id) => probesOf.has(id));
      const turn = turnOf(queue);
      const lastSlotAt = queue.last_slot_at?.getTime() ?? 0;
      turn.lastSlotAt = Math.max(turn.lastSlotAt, lastSlotAt);
      return {
        due: queue,
        probes,
        rows: rows.map(({ id }) => id),
        uses: usesOf(queue),
        priority: queue.priority,
        turn,
        lastSlotAt: queue.kind in finishingStates ? 0 : lastSlotAt,
        budgets: [
          all,
          ofPlan(queue),
          ofPlace(queue),
          ofPlanAtPlace(queue),
          ...probes.flatMap((id) => probesOf.get(id) ?? []),
        ],
      };
    });
}

/** Calls under way: in all (by an empty id), by plan, by place, and by both. */
function countCalls(underWay: readonly CallsUnderWay[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const entry of underWay) {
    const place = placeOf(entry);
    for (const id of ['', entry.plan_id, place, `${entry.plan_id} ${place}`]) {
      counted.set(id, (counted.get(id) ?? 0) + entry.calls);
    }
  }
  return counted;
}

/** How many of a plan's calls under way may be at one place: one that hangs must not use up all of them. */
function shareOfPlan(maxInFlight: number, places: number): number {
  if (places < 2) return maxInFlight;
  const half = Math.max(1, Math.floor(maxInFlight / 2));
  return Math.min(half, Math.max(leastPerRegion, Math.floor(maxInFlight / places)));
}

function placeOf({ account, region }: { readonly account: string; readonly region: string }): string {
  return `${account} ${region}`;
}

/** Whether a key is free for a call in the Region of a queue, beside those that were let through before it. */
function firstComes(): (queue: CallQueue, pair: string) => boolean {
  const calls = new Set<string>();
  const promoted = new Set<string>();
  const replicated = new Set<string>();
  return (queue, pair) => {
    const key = `${queue.account} ${pair}`;
    const call = `${queue.kind} ${pair} ${placeOf(queue)}`;
    const rivals = { promote: [promoted, replicated], replicate: [promoted], import: [], alias: [] }[queue.kind];
    if (calls.has(call) || rivals.some((taken) => taken.has(key))) return false;
    calls.add(call);
    if (queue.kind === 'promote') promoted.add(key);
    if (queue.kind === 'replicate') replicated.add(key);
    return true;
  };
}

/** One value for all queues of the same key, made when the first of them asks. */
function shared<T>(keyOf: (queue: CallQueue) => string, make: (queue: CallQueue) => T): (queue: CallQueue) => T {
  const known = new Map<string, T>();
  return (queue) => {
    const key = keyOf(queue);
    const value = known.has(key) ? (known.get(key) as T) : make(queue);
    known.set(key, value);
    return value;
  };
}
