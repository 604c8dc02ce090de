import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const ten = [
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-north-1',
  'eu-central-1',
  'sa-east-1',
  'ap-south-1',
  'ap-southeast-1',
  'ca-central-1',
  'us-west-2',
];

async function keysOf(account: string, count: number): Promise<string[]> {
  return (await keyferry.simulator.makeKeys({ count, account })).map((key) => key.id);
}

const callsOf = async (account: string) =>
  (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.account === account);

describe('a plan of 40,000 replicas', () => {
  let account: string;
  let id: string;
  beforeAll(async () => {
    account = newAccount();
    id = (
      await keyferry.client.request('POST /v1/plans', {
        body: { name: 'large', keys: await keysOf(account, 4_000), regions: ten },
      })
    ).id;
    await until(
      'it runs',
      () => callsOf(account),
      (calls) => calls.length > 10,
    );
  });

  /** The calls that came in more than a second after a moment. */
  const laterThan = async (moment: number) => (await callsOf(account)).filter((call) => call.at > moment + 1_000);
  const oneSecondOfOthers = async () => {
    const keys = await keysOf(newAccount(), 25);
    await keyferry.run({ name: 'meanwhile', keys, regions: ['eu-west-1'] });
  };

  it('stops within a second when it is paused, and goes on within a second when it is resumed', async () => {
    expect(await keyferry.client.request('POST /v1/plans/{id}/pause', { id })).toMatchObject({
      state: 'paused',
      counts: { total: 40_000 },
    });
    const paused = Date.now();
    await oneSecondOfOthers();
    expect(await laterThan(paused)).toEqual([]);
    const before = (await callsOf(account)).length;
    await keyferry.client.request('POST /v1/plans/{id}/resume', { id });
    const resumed = Date.now();
    const calls = await until(
      'it goes on',
      () => callsOf(account),
      (all) => all.length > before,
    );
    expect((calls[before]?.at ?? 0) - resumed).toBeLessThan(1_000);
  });

  it('keeps to a max_in_flight that is lowered while it runs', async () => {
    await keyferry.simulator.addFaults({ operation: 'replicate-key', effect: { latencyMs: 700 } });
    await keyferry.client.request('PATCH /v1/plans/{id}', { id, body: { options: { max_in_flight: 2 } } });
    const changed = Date.now();
    await until(
      'some more calls were made',
      () => callsOf(account),
      (calls) => calls.filter((call) => call.at > changed + 1_500 && call.durationMs !== null).length >= 5,
    );
    const calls = (await callsOf(account)).filter((call) => call.at > changed + 1_500 && call.durationMs !== null);
    const atOnce = calls.map(({ at }) => calls.filter((c) => c.at <= at && c.at + (c.durationMs ?? 0) > at).length);
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(2);
    await keyferry.simulator.control('PUT', '/faults', []);
    await keyferry.client.request('PATCH /v1/plans/{id}', { id, body: { options: { max_in_flight: 50 } } });
  });

  it('stops within a second when it is cancelled, and every waiting replica ends as cancelled', async () => {
    expect((await keyferry.client.request('POST /v1/plans/{id}/cancel', { id })).state).toBe('cancelled');
    const cancelled = Date.now();
    const plan = await keyferry.settled(id);
    expect(plan.state).toBe('cancelled');
    expect(plan.counts.cancelled + plan.counts.succeeded).toBe(40_000);
    expect(await laterThan(cancelled)).toEqual([]);
  });
});

describe('a plan that halted', () => {
  it('goes on when it is resumed, and counts failures anew from there', async () => {
    const awsError = { name: 'AccessDeniedException', message: 'no' };
    await keyferry.simulator.addFaults({
      operation: 'replicate-key',
      region: 'sa-east-1',
      times: 4,
      effect: { awsError },
    });
    const keys = await keysOf(newAccount(), 40);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'halted',
        keys,
        regions: ['sa-east-1'],
        options: { failure_tolerance: { count: 1 } },
      },
    });
    const halted = () =>
      until(
        'it halts or ends',
        () => keyferry.client.request('GET /v1/plans/{id}', { id }),
        ({ state, finished_at }) => state === 'halted' || finished_at !== null,
      );
    let plan = await halted();
    expect(plan.state).toBe('halted');
    for (let resumed = 0; plan.state === 'halted' && resumed < 4; resumed += 1) {
      await keyferry.client.request('POST /v1/plans/{id}/resume', { id });
      plan = await halted();
    }
    expect(plan).toMatchObject({ state: 'completed_with_failures', counts: { failed: 4, succeeded: 36 } });

    await keyferry.client.request('POST /v1/plans/{id}/retry', {
      id,
      body: { error_code: 'access_denied', region: 'eu-west-1' },
    });
    expect((await keyferry.settled(id)).counts.failed).toBe(4);
    await keyferry.client.request('POST /v1/plans/{id}/retry', {
      id,
      body: { error_code: 'access_denied', region: 'sa-east-1' },
    });
    expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 40 } });
  });
});

describe('a plan that waits for its start', () => {
  it('goes back to waiting when it was paused and is resumed', async () => {
    const start_at = new Date(Date.now() + 3_600_000).toISOString();
    const keys = await keysOf(newAccount(), 2);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'later',
        keys,
        regions: ['eu-west-1'],
        options: { start_at },
      },
    });
    await until(
      'it is scheduled',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ state }) => state === 'scheduled',
    );
    expect((await keyferry.client.request('POST /v1/plans/{id}/pause', { id })).state).toBe('paused');
    expect((await keyferry.client.request('POST /v1/plans/{id}/resume', { id })).state).toBe('scheduled');
    await keyferry.client.request('POST /v1/plans/{id}/cancel', { id });
    expect((await keyferry.settled(id)).counts).toMatchObject({ total: 2, cancelled: 2 });
  });
});

describe('an outage of CCKM', () => {
  it('is told in the reason of a plan that runs, with what to do, and forgotten afterwards', async () => {
    const keys = await keysOf(newAccount(), 60);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'outage', keys, regions: ['eu-west-1'] },
    });
    await until(
      'it runs',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.succeeded > 2,
    );
    await keyferry.simulator.control('PUT', '/outage', { kind: '503' });
    const waiting = await until(
      'it says why it waits',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ reason }) => reason !== null,
    );
    expect(waiting).toMatchObject({ state: 'running' });
    expect(waiting.reason).toMatch(/Waiting for CCKM: .* Wait/);
    await keyferry.simulator.control('PUT', '/outage', { kind: 'off' });
    expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', reason: null });
    const replicas = await keyferry.replicas(id);
    expect(replicas.filter(({ state }) => state !== 'succeeded')).toEqual([]);
  });

  it('uses up no attempt even of a plan that allows a single one', async () => {
    const keys = await keysOf(newAccount(), 40);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'one attempt',
        keys,
        regions: ['eu-west-1'],
        options: { max_attempts: 1 },
      },
    });
    await until(
      'it runs',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.succeeded > 2,
    );
    await keyferry.simulator.control('PUT', '/outage', { kind: '503' });
    const seq = (await keyferry.simulator.ledger()).at(-1)?.seq ?? 0;
    await until(
      'calls were refused',
      () => keyferry.simulator.ledger(),
      (calls) => calls.filter((call) => call.seq > seq && call.httpStatus === 503).length > 10,
    );
    // A call that was refused in the outage's last moment, and asked about after it, counts: CCKM was up by then.
    await until(
      'CCKM is known to be down',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ reason }) => reason !== null,
    );
    await keyferry.simulator.control('PUT', '/outage', { kind: 'off' });
    expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 40 } });
  });
});
