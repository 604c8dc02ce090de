import { type LaneUse, laneId } from '../../../packages/core/src/pacing/lanes.ts';
import { type Bucket, type Budget, planSlots, type Queue } from '../../../packages/core/src/pacing/plan-slots.ts';

/** One tick of the dispatcher for the property tests, with everything that its slots must keep to. */

export const leadMs = 150;
export const horizonMs = 700;
/** Times are sums of fractions of seconds. */
const roundingMs = 1e-3;

export interface TestQueue extends Queue {
  rows: string[];
  readonly uses: readonly LaneUse[];
  readonly budgets: readonly Budget[];
}

interface Given {
  readonly queue: TestQueue;
  readonly at: number;
}

/** A call in a lane, and until when it takes the lane up: its cost at the rate that held when it got its slot. */
export interface LaneCall {
  readonly at: number;
  readonly until: number;
  readonly cost: number;
  readonly queue: TestQueue;
}

/** The calls of every lane so far. */
export type Calls = ReadonlyMap<string, LaneCall[]>;

function hold(promise: boolean, broken: () => string): void {
  if (!promise) throw new Error(broken());
}

function shareALane(a: Queue, b: Queue): boolean {
  const lanes = new Set(a.uses.map(laneId));
  return b.uses.some((use) => lanes.has(laneId(use)));
}

/** Gives slots to what is due, takes the rows away that got one, and throws when a slot breaks a promise. */
export function tick(
  queues: readonly TestQueue[],
  buckets: ReadonlyMap<string, Bucket>,
  calls: Calls,
  now: number,
): void {
  const openFrom = new Map([...buckets].map(([lane, { nextSlotAt }]) => [lane, nextSlotAt]));
  const left = new Map(queues.flatMap(({ budgets }) => budgets).map((budget) => [budget, budget.left]));
  const due = new Map(queues.map((queue) => [queue, [...queue.rows]]));
  const given = planSlots(queues, buckets, { now, leadMs, horizonMs });

  for (const { row, queue, at } of given) {
    hold(at >= now + leadMs && at <= now + horizonMs, () => `a slot at +${at - now}`);
    const rows = due.get(queue) ?? [];
    hold(rows.includes(row), () => `${row} was not due, or got two slots`);
    rows.splice(rows.indexOf(row), 1);
    for (const budget of queue.budgets) left.set(budget, (left.get(budget) ?? 0) - 1);
    for (const use of queue.uses) {
      const rate = buckets.get(laneId(use))?.ratePerSecond ?? 0;
      calls.get(laneId(use))?.push({ at, until: at + (use.cost * 1000) / rate, cost: use.cost, queue });
    }
  }
  for (const [budget, count] of left) {
    hold(count >= 0, () => `a budget is overdrawn by ${-count}`);
    hold(budget.left === count, () => `a budget says ${budget.left} and has ${count}`);
  }
  for (const [lane, inLane] of calls) keepsTheRate(lane, inLane, buckets);
  for (const queue of queues) {
    const rest = due.get(queue) ?? [];
    const mayGo = rest.length > 0 && queue.budgets.every(({ left }) => left > 0);
    const from = Math.max(now + leadMs, ...queue.uses.map((use) => buckets.get(laneId(use))?.nextSlotAt ?? 0));
    hold(!mayGo || from > now + horizonMs, () => `${rest[0]} could go at +${from - now} and got no slot`);
    queue.rows = rest;
  }
  keepsPriority(queues, given, calls, openFrom);
}

/** GCRA with burst 1: a call takes up cost / rate, and the next one comes no sooner. */
function keepsTheRate(lane: string, inLane: LaneCall[], buckets: ReadonlyMap<string, Bucket>) {
  inLane.sort((a, b) => a.at - b.at);
  for (const [i, call] of inLane.entries()) {
    const next = inLane[i + 1];
    hold(!next || next.at >= call.until - roundingMs, () => `${lane}: ${next?.at} comes before ${call.until}`);
    const end = buckets.get(lane)?.nextSlotAt ?? 0;
    hold(end >= call.until - roundingMs, () => `${lane}: the bucket is at ${end}, a call takes until ${call.until}`);
  }
}

/**
 * Whether `queue` could have had the time `at` in all of its lanes. Whatever was there before counts, and so does every
 * call of its own priority or a higher one after it, which a plan of any kind may have reserved first.
 */
function couldTake(queue: TestQueue, at: number, calls: Calls, openFrom: ReadonlyMap<string, number>): boolean {
  return queue.uses.every((use) => {
    const inLane = calls.get(laneId(use)) ?? [];
    const first = openFrom.get(laneId(use)) ?? 0;
    const before = inLane.filter((call) => call.at < at).every((call) => call.until <= at);
    const after = inLane.some((call) => call.at >= at && call.queue !== queue && call.queue.priority >= queue.priority);
    return first <= at && before && !after;
  });
}

/** No call of a lower priority has a slot that a higher one could have had in the same lane. */
function keepsPriority(
  queues: readonly TestQueue[],
  given: readonly Given[],
  calls: Calls,
  openFrom: ReadonlyMap<string, number>,
) {
  for (const { queue: low, at } of given) {
    for (const high of queues) {
      if (high.priority <= low.priority) continue;
      if (!shareALane(high, low)) continue;
      const later = given.some((slot) => slot.queue === high && slot.at > at);
      const unserved = high.rows.length > 0 && high.budgets.every(({ left }) => left > 0);
      hold(
        !(later || unserved) || !couldTake(high, at, calls, openFrom),
        () => `priority ${low.priority} got ${at}, which priority ${high.priority} could have had`,
      );
    }
  }
}
