import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());
const set = (settings: Record<string, unknown>) => keyferry.simulator.control('PATCH', '/settings', settings);
afterEach(() =>
  set({ unreachableRegions: [], unreachableAfterWork: 0, unreachableStatus: 400, errorStyle: 'classic' }),
);

const laneOf = async (account: string, region: string, operation: string) =>
  (await keyferry.client.request('GET /v1/lanes')).items.find(
    (lane) => lane.id === `${account}:${region}:${operation}`,
  );
const failedCalls = async (account: string, region: string) =>
  (await keyferry.simulator.ledger('replicate-key')).filter(
    (call) => call.account === account && call.region === region && (call.httpStatus ?? 0) >= 400,
  );

describe('a Region that CCKM gets no answer from', () => {
  it.each([
    { errorStyle: 'classic', unreachableStatus: 400 },
    { errorStyle: 'sdk2', unreachableStatus: 422 },
    { errorStyle: 'classic', unreachableStatus: 500 },
  ])('costs no attempt and no other Region, and every row ends well once it is back: %j', async (how) => {
    const account = newAccount();
    const [down, healthy] = ['eu-west-1', 'us-west-2'];
    const keys = await keyferry.simulator.makeKeys({ count: 60, account });
    await set({ ...how, unreachableRegions: [down], unreachableAfterWork: 0.5 });
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'one Region is unreachable',
        keys: keys.map((key) => key.id),
        regions: [down, healthy],
        // One attempt: were it used up, the row would have failed.
        options: { max_attempts: 1 },
      },
    });
    const lane = await until(
      'its circuit is open',
      () => laneOf(account, down, 'CreateKey'),
      (one) => one?.circuit === 'open',
    );
    expect(lane).toMatchObject({ circuit_reason: 'kms_unreachable' });
    const before = (await failedCalls(account, down)).length;
    await until(
      'the other Region goes on',
      () =>
        keyferry.client.request('GET /v1/plans/{id}/replicas', { id, query: { region: healthy, state: 'succeeded' } }),
      ({ items }) => items.length >= 12,
    );
    expect(await laneOf(account, healthy, 'CreateKey')).toMatchObject({ circuit: 'closed' });
    expect(await laneOf(account, 'us-east-1', 'ReplicateKey')).toMatchObject({ circuit: 'closed' });
    expect((await failedCalls(account, down)).length - before, 'calls into it meanwhile').toBeLessThan(12);

    await set({ unreachableRegions: [] });
    const plan = await keyferry.settled(id);
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 120, succeeded: 120, failed: 0 } });
    expect(await laneOf(account, down, 'CreateKey')).toMatchObject({ circuit: 'closed' });
    const made = (await keyferry.simulator.ledger('replicate-key')).filter(
      (call) => call.account === account && call.workDone,
    );
    expect(new Set(made.map((call) => `${call.mrk} ${call.region}`)).size).toBe(made.length);
  });

  it('holds back the replications from it when it is the primary’s, and no others', async () => {
    const account = newAccount();
    const group = { count: 25, account };
    const here = await keyferry.simulator.makeKeys({ ...group, region: 'us-east-1' });
    const there = await keyferry.simulator.makeKeys({ ...group, region: 'eu-central-1' });
    await set({ unreachableRegions: ['us-east-1'], unreachableAfterWork: 0.3 });
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'the primary’s Region is unreachable',
        keys: [...here, ...there].map((key) => key.id),
        regions: ['us-west-2', 'ap-south-1'],
        options: { max_attempts: 1 },
      },
    });
    await until(
      'the circuit of the primary’s Region is open',
      () => laneOf(account, 'us-east-1', 'ReplicateKey'),
      (one) => one?.circuit === 'open',
    );
    await until(
      'the keys of the other Region are replicated',
      () => keyferry.replicas(id),
      (rows) => rows.filter(({ state }) => state === 'succeeded').length >= 40,
    );
    expect(await laneOf(account, 'eu-central-1', 'ReplicateKey')).toMatchObject({ circuit: 'closed' });
    await set({ unreachableRegions: [] });
    const plan = await keyferry.settled(id);
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 100, succeeded: 100 } });
    expect(await laneOf(account, 'us-east-1', 'ReplicateKey')).toMatchObject({ circuit: 'closed' });
  });
});

describe('an import that AWS does not answer', () => {
  it('costs no attempt, and is made again where it did not land', async () => {
    const [key] = await keyferry.simulator.makeKeys({ account: newAccount(), origin: 'EXTERNAL' });
    await set({ autoImport: 'off' });
    const lost = (effect: object) => ({ operation: 'import-material', times: 1, effect });
    await keyferry.simulator.addFaults(
      lost({ awsTransport: { kind: 'dial_timeout' } }),
      lost({ awsTransport: { kind: 'no_such_host' }, status: 422 }),
      lost({ awsTransport: { kind: 'eof' }, afterWork: true }),
    );
    const options = { max_attempts: 1 };
    const plan = await keyferry.run({ name: 'imports', keys: [key?.id ?? ''], regions: ['eu-west-1'], options });
    expect(plan).toMatchObject({ state: 'succeeded', pending_import: 0 });
    const [row] = await keyferry.replicas(plan.id);
    const detail = await keyferry.client.request('GET /v1/plans/{id}/replicas/{replica_id}', {
      id: plan.id,
      replica_id: row?.id ?? '',
    });
    expect(detail).toMatchObject({ state: 'succeeded', key_state: 'Enabled' });
    const imports = detail.attempt_log.filter(({ operation }) => operation === 'import');
    expect(imports.map(({ error }) => error?.code)).toEqual(['kms_unreachable', 'kms_unreachable', 'kms_unreachable']);
  });
});

describe('an error that Keyferry does not know', () => {
  const run = async (effect: Record<string, unknown>, times?: number) => {
    const [key] = await keyferry.simulator.makeKeys({ account: newAccount() });
    const awsTransport = { message: 'the operation did not complete' };
    const fault = { operation: 'replicate-key', key: key?.id, effect: { awsTransport, ...effect } };
    await keyferry.simulator.addFaults(times === undefined ? fault : { ...fault, times });
    const options = { max_attempts: 2 };
    const plan = await keyferry.run({ name: 'unknown', keys: [key?.id ?? ''], regions: ['eu-west-1'], options });
    return (await keyferry.replicas(plan.id))[0];
  };

  it('is reconciled: the replica that it made all the same is found', async () => {
    expect(await run({ afterWork: true })).toMatchObject({ state: 'succeeded', outcome: 'adopted', attempts: 1 });
  });

  it('is called again where it made none, up to max_attempts', async () => {
    expect(await run({}, 1)).toMatchObject({ state: 'succeeded', outcome: 'created', attempts: 2 });
    expect(await run({})).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'unknown', retryable: false } });
  });
});
