import { describe, expect, it } from 'vitest';
import {
  defaultQuotas,
  importUses,
  type LaneOperation,
  laneId,
  parseLaneId,
  promotionUses,
  replicateUses,
} from './lanes.ts';
import { lowerBoundSeconds } from './lower-bound.ts';
import { type Bucket, planSlots, type Queue, type Turn } from './plan-slots.ts';
import { cutRate, recoveredFactor, throttling } from './throttle.ts';

const account = '111122223333';

/** Runs the dispatcher's ticks over `seconds` and answers every slot, by the Region it went to. */
function run(
  queues: {
    region: string;
    primary?: string;
    rows: number;
    priority?: number;
    name?: string;
    plan?: string;
    budget?: number;
  }[],
  seconds: number,
  rate: (region: string) => number = () => 5,
): { at: number; region: string; name: string }[] {
  const buckets = new Map<string, Bucket>();
  const turns = new Map<string, Turn>();
  const open = queues.map(
    ({ region, primary = 'us-east-1', rows, priority = 0, name = region, plan = name, budget = 1e9 }) => {
      const turn = turns.get(plan) ?? { lastSlotAt: 0 };
      turns.set(plan, turn);
      const uses = replicateUses(account, primary, region, false);
      for (const use of uses) {
        if (!buckets.has(laneId(use))) buckets.set(laneId(use), { ratePerSecond: rate(use.region), nextSlotAt: 0 });
      }
      return {
        region,
        name,
        uses,
        priority,
        turn,
        lastSlotAt: 0,
        left: Array.from({ length: rows }, (_, i) => `${name}-${i}`),
        budget: { left: budget },
      };
    },
  );
  const slots: { at: number; region: string; name: string }[] = [];
  for (let now = 0; now < seconds * 1000; now += 100) {
    const batch = open.map((queue): Queue & { origin: (typeof open)[number] } => ({
      origin: queue,
      rows: queue.left.slice(0, 20),
      uses: queue.uses,
      priority: queue.priority,
      turn: queue.turn,
      lastSlotAt: queue.lastSlotAt,
      budgets: [queue.budget],
    }));
    for (const { row, queue, at } of planSlots(batch, buckets, { now, leadMs: 100, horizonMs: 1000 })) {
      queue.origin.left = queue.origin.left.filter((id) => id !== row);
      queue.origin.lastSlotAt = at;
      slots.push({ at, region: queue.origin.region, name: queue.origin.name });
    }
  }
  return slots;
}

const inAnySecond = (times: number[]): number =>
  Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + 1000).length));

describe('slots', () => {
  it('keep to one Region what CreateKey allows: 2.5 replicas a second', () => {
    const slots = run([{ region: 'eu-west-1', rows: 1000 }], 20);
    expect(slots.length).toBeGreaterThanOrEqual(50);
    expect(slots.length).toBeLessThanOrEqual(54);
    expect(inAnySecond(slots.map(({ at }) => at))).toBeLessThanOrEqual(3);
  });

  it('keep to many Regions together what ReplicateKey allows: 5 a second, never 6 in a sliding second', () => {
    const slots = run(
      ['eu-west-1', 'eu-west-2', 'ap-south-1', 'sa-east-1'].map((region) => ({ region, rows: 1000 })),
      20,
    );
    expect(slots.length).toBeGreaterThanOrEqual(99);
    expect(inAnySecond(slots.map(({ at }) => at))).toBeLessThanOrEqual(5);
  });

  it('are not held back by a Region that is full far ahead', () => {
    const slow = (region: string) => (region === 'eu-west-1' ? 0.05 : 5);
    const slots = run(
      [
        { region: 'eu-west-1', rows: 100 },
        { region: 'eu-west-2', rows: 1000 },
      ],
      20,
      slow,
    );
    const others = slots.filter(({ region }) => region === 'eu-west-2');
    expect(others.length).toBeGreaterThanOrEqual(49);
  });

  it('go to the higher priority as long as it has rows', () => {
    const slots = run(
      [
        { region: 'eu-west-1', rows: 20, priority: 1, name: 'low' },
        { region: 'eu-west-1', rows: 20, priority: 2, name: 'high' },
      ],
      30,
    );
    expect(slots.slice(0, 20).every(({ name }) => name === 'high')).toBe(true);
    expect(slots.slice(20).every(({ name }) => name === 'low')).toBe(true);
  });

  it('alternate between plans of the same priority', () => {
    const slots = run(
      [
        { region: 'eu-west-1', rows: 500, name: 'a' },
        { region: 'eu-west-1', rows: 10, name: 'b' },
      ],
      12,
    );
    const ofB = slots.slice(0, 20).filter(({ name }) => name === 'b');
    expect(ofB.length).toBeGreaterThanOrEqual(9);
  });

  it('go to the higher priority in a lane that it shares, also where the lower could go a moment sooner', () => {
    const slots = run(
      [
        { region: 'eu-west-1', primary: 'us-east-1', rows: 100, priority: 0, name: 'low' },
        { region: 'eu-west-1', primary: 'eu-central-1', rows: 20, priority: 2, name: 'high' },
        { region: 'eu-west-2', primary: 'eu-central-1', rows: 20, priority: 2, name: 'high too' },
      ],
      30,
    ).filter(({ region }) => region === 'eu-west-1');
    expect(slots.slice(0, 20).every(({ name }) => name === 'high')).toBe(true);
  });

  it('are shared by plans, however many Regions each goes to', () => {
    const regions = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'sa-east-1', 'ap-south-1', 'ca-central-1'];
    const slots = run(
      [
        ...regions.map((region) => ({ region, rows: 500, name: `wide ${region}`, plan: 'wide' })),
        { region: 'eu-north-1', rows: 500, name: 'narrow', plan: 'narrow' },
      ],
      20,
    );
    const narrow = slots.filter(({ name }) => name === 'narrow').length;
    expect(narrow, `${narrow} of ${slots.length}`).toBeGreaterThanOrEqual(0.45 * slots.length);
  });

  it('stop at a budget', () => {
    expect(run([{ region: 'eu-west-1', rows: 100, budget: 3 }], 10)).toHaveLength(3);
  });
});

describe('the lower bound', () => {
  const quota = () => 5;
  const work = (...regions: [string, number][]) =>
    regions.map(([region, calls]) => ({ uses: replicateUses(account, 'us-east-1', region, false), calls }));

  it('is 400 s for 1,000 keys into one Region, since CreateKey counts twice', () => {
    expect(lowerBoundSeconds(work(['eu-west-1', 1000]), quota)).toBe(400);
  });

  it('is 600 s for 1,000 keys into three Regions, since ReplicateKey counts in the primary Region', () => {
    expect(lowerBoundSeconds(work(['eu-west-1', 1000], ['eu-west-2', 1000], ['sa-east-1', 1000]), quota)).toBe(600);
  });

  it('is 1,000 s for 1,000 EXTERNAL keys into one Region, since an import token is given once a second', () => {
    const imports = { uses: importUses(account, 'eu-west-1'), calls: 1000 };
    const quotaOf = ({ operation }: { operation: LaneOperation }) => defaultQuotas[operation];
    expect(lowerBoundSeconds([...work(['eu-west-1', 1000]), imports], quotaOf)).toBe(1000);
  });

  it('is zero for nothing', () => {
    expect(lowerBoundSeconds([], quota)).toBe(0);
  });
});

describe('a lane', () => {
  it('is told by its id, and nothing else is', () => {
    const lane = { account, region: 'eu-west-1', operation: 'CreateKey' } as const;
    expect(parseLaneId(laneId(lane))).toEqual(lane);
    for (const id of ['', 'x', `${account}:eu-west-1`, `${account}:nowhere-1:CreateKey`, `${laneId(lane)}:more`]) {
      expect(parseLaneId(id)).toBeNull();
    }
  });

  it('of a promotion is spent in both Regions', () => {
    expect(promotionUses(account, 'us-east-1', 'eu-west-1').map(laneId)).toEqual([
      `${account}:us-east-1:UpdatePrimaryRegion`,
      `${account}:eu-west-1:UpdatePrimaryRegion`,
    ]);
  });
});

describe('a throttled lane', () => {
  it('is cut once for the calls that were already under way', () => {
    expect(cutRate(1, null, 10_000)).toBe(0.5);
    expect(cutRate(0.5, 9_500, 10_000)).toBe(0.5);
    expect(cutRate(0.5, 8_000, 10_000)).toBe(0.25);
    expect(cutRate(throttling.leastFactor, 0, 10_000)).toBe(throttling.leastFactor);
  });

  it('comes back by steps, to the full rate and no further', () => {
    expect(recoveredFactor(0.5, 0, 9_999)).toBe(0.5);
    expect(recoveredFactor(0.5, 0, 20_000)).toBeCloseTo(0.7);
    expect(recoveredFactor(0.5, 0, 1e9)).toBe(1);
  });
});
