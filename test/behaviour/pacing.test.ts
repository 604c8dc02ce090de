import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import type { LedgerEntry } from '../harness/simulator.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
  await keyferry.startWorker();
});
afterAll(() => keyferry?.stop());

async function keysOf(account: string, count: number, group: Record<string, unknown> = {}): Promise<string[]> {
  return (await keyferry.simulator.makeKeys({ count, account, ...group })).map((key) => key.id);
}

/** The replicate-key calls of an account in the order in which they came in. */
async function callsOf(account: string): Promise<LedgerEntry[]> {
  return (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.account === account);
}

const laneOf = async (id: string) =>
  (await keyferry.client.request('GET /v1/lanes')).items.find((lane) => lane.id === id);
/** The most calls in any stretch of so many milliseconds. */
const mostWithin = (ms: number, times: readonly number[]): number =>
  Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + ms).length));
/** A machine that stalls sends what it is late with at once: less than what the bucket of AWS holds, a second's worth. */
const bucket = 20;

describe('the quotas of AWS', () => {
  it('are kept by all plans and workers together: no call is throttled, no stretch of time has more than a lane’s bucket bears', async () => {
    const account = newAccount();
    const keys = await keysOf(account, 60);
    const plans = await Promise.all(
      ['eu-west-1', 'eu-west-2', 'eu-west-3'].map((region) => keyferry.run({ name: region, keys, regions: [region] })),
    );
    expect(plans.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const calls = await callsOf(account);
    expect(calls.filter((call) => call.awsError !== null)).toEqual([]);
    expect(
      mostWithin(
        3_000,
        calls.map((call) => call.at),
      ),
    ).toBeLessThanOrEqual(3 * 20 + bucket);
    const intoOne = calls.filter((call) => call.region === 'eu-west-1').map((call) => call.at);
    expect(2 * mostWithin(3_000, intoOne)).toBeLessThanOrEqual(3 * 20 + bucket);
  });

  it('that AWS has lowered or raised are set on a lane before it is first used, and hold from the next slot on', async () => {
    const account = newAccount();
    const id = `${account}:eu-west-1:CreateKey`;
    const keys = await keysOf(account, 12);
    expect(await keyferry.client.request('PATCH /v1/lanes/{id}', { id, body: { quota_per_second: 2 } })).toMatchObject({
      id,
      quota_per_second: 2,
    });
    const { id: planId } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'slow', keys, regions: ['eu-west-1'] },
    });
    await until(
      'two replicas are made',
      () => callsOf(account),
      (calls) => calls.length >= 2,
    );
    const [first, second] = await callsOf(account);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(900);
    await keyferry.client.request('PATCH /v1/lanes/{id}', { id, body: { quota_per_second: null } });
    const plan = await keyferry.settled(planId);
    expect(plan.counts.succeeded).toBe(12);
    const last = (await callsOf(account)).at(-1)?.at ?? 0;
    expect(last - (second?.at ?? 0)).toBeLessThan(5_000);
  });
});

describe('priority', () => {
  it('is strict: a plan that is submitted later with a higher one goes first, and it can be changed while plans run', async () => {
    const account = newAccount();
    const [low, high] = [await keysOf(account, 60), await keysOf(account, 20)];
    const regions = ['eu-west-1'];
    const first = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'low', keys: low, regions, options: { priority: 10 } },
    });
    await until(
      'the first plan is under way',
      () => callsOf(account),
      (calls) => calls.length >= 4,
    );
    const second = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'high', keys: high, regions, options: { priority: 20 } },
    });
    await until(
      'the second plan is under way',
      () => callsOf(account),
      (calls) => calls.some((call) => high.includes(call.keyId ?? '')),
    );
    await keyferry.settled(second.id);
    const order = (await callsOf(account)).map((call) => high.includes(call.keyId ?? ''));
    const fromFirstHigh = order.slice(order.indexOf(true), order.lastIndexOf(true) + 1);
    expect(fromFirstHigh.filter((isHigh) => !isHigh).length, 'calls of the lower plan in between').toBeLessThanOrEqual(
      3,
    );

    const third = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'raised',
        keys: await keysOf(account, 5),
        regions,
        options: { priority: 0 },
      },
    });
    await until(
      'it waits',
      () => keyferry.client.request('GET /v1/plans/{id}', { id: third.id }),
      ({ state }) => state === 'running',
    );
    await keyferry.client.request('PATCH /v1/plans/{id}', { id: third.id, body: { options: { priority: 100 } } });
    await keyferry.settled(third.id);
    expect((await keyferry.client.request('GET /v1/plans/{id}', { id: first.id })).state).toBe('running');
    await keyferry.settled(first.id);
  });

  it('that is the same shares a lane by plans, however many Regions each goes to', async () => {
    const account = newAccount();
    const wide = await keysOf(account, 20);
    const narrow = await keysOf(account, 20);
    const regions = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1', 'sa-east-1', 'ap-south-1'];
    const wideId = (await keyferry.client.request('POST /v1/plans', { body: { name: 'wide', keys: wide, regions } }))
      .id;
    await until(
      'it is under way',
      () => callsOf(account),
      (calls) => calls.length >= 4,
    );
    await keyferry.run({ name: 'narrow', keys: narrow, regions: ['us-west-2'] });
    const calls = await callsOf(account);
    const ofNarrow = calls.map((call) => narrow.includes(call.keyId ?? ''));
    const both = ofNarrow.slice(ofNarrow.indexOf(true), ofNarrow.lastIndexOf(true) + 1);
    // Turn about it would be 40; were the seven Regions to take turns, 140.
    expect(both.length, 'calls of both while the narrow plan was made').toBeLessThanOrEqual(70);
    await keyferry.client.request('POST /v1/plans/{id}/cancel', { id: wideId });
    await keyferry.settled(wideId);
  });
});

describe('throttling', () => {
  const throttled = { awsError: { name: 'ThrottlingException', message: 'You have exceeded the rate.' } };

  it('slows the lane for every plan on it, no other lane, and the rate comes back', async () => {
    const account = newAccount();
    await keyferry.simulator.addFaults({
      operation: 'replicate-key',
      region: 'ca-central-1',
      times: 3,
      effect: throttled,
    });
    const keys = await keysOf(account, 12);
    const plan = await keyferry.run({ name: 'throttled', keys, regions: ['ca-central-1', 'eu-west-1'] });
    expect(plan.state).toBe('succeeded');
    const slowed = await laneOf(`${account}:ca-central-1:CreateKey`);
    expect(slowed).toMatchObject({ throttled_total: 3 });
    expect(slowed?.effective_per_second).toBeLessThan(10);
    expect(await laneOf(`${account}:eu-west-1:CreateKey`)).toMatchObject({
      throttled_total: 0,
      effective_per_second: 18,
    });
    await until(
      'the rate comes back',
      () => laneOf(`${account}:ca-central-1:CreateKey`),
      (lane) => (lane?.effective_per_second ?? 0) > (slowed?.effective_per_second ?? 18),
      { withinMs: 15_000, everyMs: 200 },
    );
  });
});
