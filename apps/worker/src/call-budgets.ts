import { type Budget, type LaneKey, type LaneUse, laneId, type Queue, type Turn } from '@keyferry/core';
import type { CallKind, CallsUnderWay, DueQueue, OpenCircuit } from '@keyferry/store';

/** Due rows of one plan lane with what their calls spend, and what bounds them. */
export interface BudgetedQueue extends Queue {
  readonly due: DueQueue;
  /** The circuit that its call probes; null when that is closed. */
  readonly probes: string | null;
}

/** The least number of calls that one Region may have under way. */
const leastPerRegion = 8;

/**
 * The lane whose circuit a call stands behind: the one that is its target Region's own, but of a promotion that of the
 * primary's Region, where KMS has to be called.
 */
export function callLane(
  kind: CallKind,
  { account, primaryRegion, region }: { account: string; primaryRegion: string; region: string },
): LaneKey {
  if (kind === 'promote') return { account, region: primaryRegion, operation: 'UpdatePrimaryRegion' };
  return { account, region, operation: kind === 'import' ? 'GetParametersForImport' : 'CreateKey' };
}

/**
 * Bounds what may be under way: in all by what the workers can hold, at one Region by its share of that (a slow Region
 * then holds up itself alone), in a plan by its `max_in_flight` and a Region's share of that, and in a lane that is down to
 * one probe now and then. A key that two plans are due for goes to one of them, the more urgent: in one Region, or wherever
 * where one of them promotes it.
 */
export function withBudgets(
  due: readonly DueQueue[],
  usesOf: (queue: DueQueue) => readonly LaneUse[],
  underWay: readonly CallsUnderWay[],
  concurrency: number,
  circuits: ReadonlyMap<string, OpenCircuit>,
): BudgetedQueue[] {
  const calls = (match: (entry: CallsUnderWay) => boolean): number =>
    underWay.filter(match).reduce((sum, entry) => sum + entry.calls, 0);
  const places = new Set([...due, ...underWay].map(placeOf));
  const perRegion = Math.max(leastPerRegion, Math.floor(concurrency / Math.max(4, places.size)));

  const all: Budget = { left: concurrency - calls(() => true) };
  const ofPlan = shared(
    (queue) => queue.planId,
    ({ planId, maxInFlight }): Budget => ({ left: maxInFlight - calls((entry) => entry.planId === planId) }),
  );
  const ofPlace = shared(placeOf, (queue): Budget => {
    return { left: perRegion - calls((entry) => placeOf(entry) === placeOf(queue)) };
  });
  const placesOfPlan = Map.groupBy([...due, ...underWay], ({ planId }) => planId);
  const ofPlanAtPlace = shared(
    (queue) => `${queue.planId} ${placeOf(queue)}`,
    (queue): Budget => {
      const places = new Set(placesOfPlan.get(queue.planId)?.map(placeOf)).size;
      const here = calls((entry) => entry.planId === queue.planId && placeOf(entry) === placeOf(queue));
      return { left: shareOfPlan(queue.maxInFlight, places) - here };
    },
  );
  const ofCircuit = shared(circuitOf, (queue): Budget | null => {
    const circuit = circuits.get(circuitOf(queue));
    return circuit ? { left: circuit.probeIsDue ? 1 : 0 } : null;
  });
  const turnOf = shared(
    ({ planId, account }) => `${planId} ${account}`,
    (): Turn => ({ lastSlotAt: 0 }),
  );

  const isFree = firstComes();
  return [...due]
    .sort((a, b) => b.priority - a.priority)
    .map((queue) => {
      const rows = queue.rows.filter(({ pair }) => isFree(queue, pair));
      const probe = ofCircuit(queue);
      const turn = turnOf(queue);
      const lastSlotAt = queue.lastSlotAt?.getTime() ?? 0;
      turn.lastSlotAt = Math.max(turn.lastSlotAt, lastSlotAt);
      return {
        due: queue,
        probes: probe ? circuitOf(queue) : null,
        rows: rows.map(({ id }) => id),
        uses: usesOf(queue),
        priority: queue.priority,
        turn,
        lastSlotAt,
        budgets: [all, ofPlan(queue), ofPlace(queue), ofPlanAtPlace(queue), ...(probe ? [probe] : [])],
      };
    });
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

function circuitOf(queue: DueQueue): string {
  return laneId(callLane(queue.kind, queue));
}

/** Whether a key is free for a call in the Region of a queue, beside those that were let through before it. */
function firstComes(): (queue: DueQueue, pair: string) => boolean {
  const calls = new Set<string>();
  const promoted = new Set<string>();
  const replicated = new Set<string>();
  return (queue, pair) => {
    const key = `${queue.account} ${pair}`;
    const call = `${queue.kind} ${pair} ${placeOf(queue)}`;
    const rivals = { promote: [promoted, replicated], replicate: [promoted], import: [] }[queue.kind];
    if (calls.has(call) || rivals.some((taken) => taken.has(key))) return false;
    calls.add(call);
    if (queue.kind !== 'import') (queue.kind === 'promote' ? promoted : replicated).add(key);
    return true;
  };
}

/** One value for all queues of the same key, made when the first of them asks. */
function shared<T>(keyOf: (queue: DueQueue) => string, make: (queue: DueQueue) => T): (queue: DueQueue) => T {
  const known = new Map<string, T>();
  return (queue) => {
    const key = keyOf(queue);
    const value = known.has(key) ? (known.get(key) as T) : make(queue);
    known.set(key, value);
    return value;
  };
}
