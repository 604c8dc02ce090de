import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type Calls, type TestQueue, tick } from '../../../../test/models/pacing/dispatch-tick.ts';
import { laneId } from './lanes.ts';
import type { Bucket, Budget } from './plan-slots.ts';

/** The same runs everywhere; another seed or more of them by hand: FC_SEED, FC_RUNS. */
const seed = Number(process.env.FC_SEED ?? 20_261_124);
const numRuns = Number(process.env.FC_RUNS ?? 2_000);

const start = Date.UTC(2026, 10, 24);
const regions = ['eu-west-1', 'eu-west-2', 'sa-east-1', 'us-east-1'] as const;

interface LaneRule {
  readonly ratePerSecond: number;
  /** How far ahead the lane is taken already when it all begins, ms. */
  readonly takenMs: number;
}

interface QueueRule {
  readonly lanes: readonly number[];
  readonly costs: readonly number[];
  readonly rows: number;
  readonly plan: number;
  readonly priority: number;
  /** Which of the shared budgets it draws on. */
  readonly budgets: readonly number[];
}

interface Tick {
  readonly afterMs: number;
  /** How many calls end before it, for every budget. */
  readonly callsEnd: number;
  /** A lane whose rate changes before it: throttled, or recovering. */
  readonly rate: { readonly lane: number; readonly factor: number } | null;
}

interface Setting {
  readonly lanes: readonly LaneRule[];
  readonly queues: readonly QueueRule[];
  readonly budgets: readonly number[];
  readonly ticks: readonly Tick[];
}

const laneKeys = regions.map((region) => ({ account: '111122223333', region, operation: 'CreateKey' as const }));

const settings: fc.Arbitrary<Setting> = fc.record({
  lanes: fc.array(
    fc.record({
      ratePerSecond: fc.oneof(fc.constantFrom(0.05, 0.9, 4.5, 13.5), fc.double({ min: 0.05, max: 100, noNaN: true })),
      takenMs: fc.oneof(fc.constant(0), fc.nat(1_500)),
    }),
    { minLength: regions.length, maxLength: regions.length },
  ),
  queues: fc.array(
    fc.record({
      lanes: fc.uniqueArray(fc.nat(regions.length - 1), { minLength: 1, maxLength: 3 }),
      costs: fc.array(fc.constantFrom(1, 2), { minLength: 3, maxLength: 3 }),
      rows: fc.nat(20),
      plan: fc.nat(1),
      priority: fc.nat(2),
      budgets: fc.uniqueArray(fc.nat(2), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  budgets: fc.array(fc.oneof(fc.nat(4), fc.nat(60)), { minLength: 3, maxLength: 3 }),
  ticks: fc.array(
    fc.record({
      afterMs: fc.oneof(fc.constant(120), fc.nat(300), fc.nat(3_000)),
      callsEnd: fc.nat(5),
      rate: fc.option(fc.record({ lane: fc.nat(regions.length - 1), factor: fc.constantFrom(0.5, 1.1) })),
    }),
    { minLength: 1, maxLength: 15 },
  ),
});

/** Ticks over time, with calls that end and lanes whose rates change in between. */
function run({ lanes, queues: rules, budgets: counts, ticks }: Setting): Calls {
  const buckets = new Map(
    laneKeys.flatMap((key, i): [string, Bucket][] => {
      const lane = lanes[i];
      return lane ? [[laneId(key), { ratePerSecond: lane.ratePerSecond, nextSlotAt: start + lane.takenMs }]] : [];
    }),
  );
  const turns = [{ lastSlotAt: 0 }, { lastSlotAt: 0 }];
  const budgets = counts.map((left): Budget => ({ left }));
  const queues = rules.map(
    (rule, q): TestQueue => ({
      rows: Array.from({ length: rule.rows }, (_, i) => `q${q}-${i}`),
      uses: rule.lanes.flatMap((lane, i) => {
        const key = laneKeys[lane];
        return key ? [{ ...key, cost: rule.costs[i] ?? 1 }] : [];
      }),
      priority: rule.priority,
      turn: turns[rule.plan] ?? { lastSlotAt: 0 },
      lastSlotAt: 0,
      budgets: rule.budgets.flatMap((index) => budgets[index] ?? []),
    }),
  );
  const calls: Calls = new Map([...buckets.keys()].map((lane) => [lane, []]));
  let now = start;
  for (const { afterMs, callsEnd, rate } of ticks) {
    now += afterMs;
    for (const budget of budgets) budget.left += callsEnd;
    if (rate) {
      const lane = [...buckets.keys()][rate.lane] ?? '';
      const bucket = buckets.get(lane);
      if (bucket) buckets.set(lane, { ...bucket, ratePerSecond: bucket.ratePerSecond * rate.factor });
    }
    tick(queues, buckets, calls, now);
  }
  return calls;
}

/** The most that a lane was asked for in any second, when its calls are up to `lateMs` late. */
function mostInAnySecond(calls: readonly { at: number; cost: number }[], lateMs: (index: number) => number): number {
  const sent = calls.map(({ at, cost }, i) => ({ at: at + lateMs(i), cost }));
  return Math.max(
    0,
    ...sent.map(({ at: from }) =>
      sent.reduce((sum, { at, cost }) => sum + (at >= from && at < from + 1_000 ? cost : 0), 0),
    ),
  );
}

describe('slots, whatever is due, whenever the dispatcher ticks', () => {
  it('keep to the rate of every lane, to budgets, priorities and the horizon, and leave nothing out that could go', () => {
    fc.assert(
      fc.property(settings, (setting) => void run(setting)),
      { seed, numRuns },
    );
  });

  it('never ask a lane for more than its quota in any sliding second, with the headroom of a tenth and 100 ms late', () => {
    const oneLane = fc.record({
      quota: fc.integer({ min: 1, max: 15 }),
      cost: fc.constantFrom(1, 2),
      gaps: fc.array(fc.oneof(fc.constant(120), fc.nat(1_000)), { minLength: 20, maxLength: 40 }),
      late: fc.array(fc.nat(100), { minLength: 1, maxLength: 30 }),
    });
    fc.assert(
      fc.property(oneLane, ({ quota, cost, gaps, late }) => {
        const calls = run({
          lanes: [{ ratePerSecond: quota * 0.9, takenMs: 0 }],
          queues: [{ lanes: [0], costs: [cost], rows: 200, plan: 0, priority: 0, budgets: [] }],
          budgets: [],
          ticks: gaps.map((afterMs) => ({ afterMs, callsEnd: 0, rate: null })),
        });
        const most = mostInAnySecond([...calls.values()][0] ?? [], (i) => late[i % late.length] ?? 0);
        // A call that costs two may begin within the quota and end one above it.
        if (most > quota + cost - 1) throw new Error(`${most} requests in one second, of ${quota}`);
      }),
      { seed, numRuns: Math.min(numRuns, 500) },
    );
  });
});
