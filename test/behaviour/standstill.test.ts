import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const keysOf = async (count: number, account = newAccount()) =>
  (await keyferry.simulator.makeKeys({ count, account })).map(({ id }) => id);
/** A plan, once it says with this code why it makes no progress. */
const waitingFor = (id: string, code: string) =>
  until(
    `it waits: ${code}`,
    () => keyferry.client.request('GET /v1/plans/{id}', { id }),
    ({ waiting }) => waiting?.code === code,
    {
      withinMs: 60_000,
      everyMs: 100,
      tell: ({ state, reason, waiting, counts }) => ({ state, reason, waiting, counts }),
    },
  );

describe('a plan that makes no progress says why', () => {
  it('a Region that is down: which, since when and when it is probed next; and goes on once it is back', async () => {
    const failing = { awsError: { name: 'KMSInternalException', message: 'Internal.' } };
    await keyferry.simulator.addFaults({ operation: 'replicate-key', region: 'eu-west-1', effect: failing });
    const account = newAccount();
    const keys = await keysOf(8, account);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'down', keys, regions: ['eu-west-1'] },
    });
    const plan = await waitingFor(id, 'lane_down');
    expect(plan.state).toBe('running');
    expect(plan.reason).toBe(plan.waiting?.message);
    expect(plan.reason).toMatch(
      new RegExp(`^eu-west-1 of account ${account} is down since 2\\S+Z: 8 replicas wait\\.`),
    );
    expect(plan.reason).toMatch(/Next probe of eu-west-1 at 2\S+Z\.$/);
    const overview = await keyferry.client.request('GET /v1/overview');
    expect(overview.plans.items.find((one) => one.id === id)?.waiting?.code).toBe('lane_down');
    await keyferry.simulator.control('PUT', '/faults', []);
    const done = await keyferry.settled(id);
    expect(done).toMatchObject({ state: 'succeeded', reason: null, waiting: null });
  });

  it('another plan that has the same keys in flight', async () => {
    // CCKM does not list the replicas of the first plan yet: the preflight of the second does not find them.
    const slow = { creatingMs: { min: 6_000, max: 6_000 }, staleMs: 6_000 };
    await keyferry.simulator.control('PATCH', '/settings', slow);
    const keys = await keysOf(2);
    const first = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'first', keys, regions: ['us-west-2'] },
    });
    await until(
      'it is in flight',
      () => keyferry.client.request('GET /v1/plans/{id}', { id: first.id }),
      ({ counts }) => counts.creating === 2,
    );
    const second = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'second', keys, regions: ['us-west-2'] },
    });
    const { waiting } = await waitingFor(second.id, 'other_plan');
    expect(waiting?.message).toMatch(`Plan ${first.id} has the same keys in flight.`);
    await keyferry.simulator.control('PATCH', '/settings', { staleMs: 0, creatingMs: { min: 100, max: 400 } });
    await keyferry.settled(first.id);
    await keyferry.settled(second.id);
  });

  it('a start that lies ahead', async () => {
    const keys = await keysOf(1);
    const start_at = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'later',
        keys,
        regions: ['eu-west-1'],
        options: { start_at },
      },
    });
    const plan = await waitingFor(id, 'start_at');
    expect(plan).toMatchObject({ reason: `Starts at ${start_at}.`, waiting: { until: start_at, since: null } });
    await keyferry.client.request('POST /v1/plans/{id}/cancel', { id });
  });

  it('no worker that is alive; told to who follows the plan, though nothing of it changes', async () => {
    await keyferry.workers[0]?.kill();
    await until(
      'no worker is alive',
      () => keyferry.client.request('GET /v1/overview'),
      ({ workers }) => workers.alive === 0,
    );
    const keys = await keysOf(1);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'alone', keys, regions: ['eu-west-1'] },
    });
    const plan = await waitingFor(id, 'no_worker');
    expect(plan).toMatchObject({ state: 'resolving', reason: 'No worker is alive. Start one: npm run worker.' });

    const leave = new AbortController();
    const reasons: (string | undefined)[] = [];
    for await (const event of keyferry.client.events(id, { signal: leave.signal })) {
      if (event.type !== 'plan') continue;
      reasons.push(event.plan.waiting?.code);
      if (reasons.length === 1) await keyferry.startWorker();
      if (event.plan.finished_at !== null) leave.abort();
    }
    expect(reasons[0]).toBe('no_worker');
    expect(reasons.at(-1)).toBeUndefined();
  });
});
