import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const region = 'eu-west-1';
const exceptions = {
  throttled: ['ThrottlingException', 'You have exceeded the rate at which you may call KMS.'],
  limit: ['LimitExceededException', 'The number of aliases for this key is at its limit.'],
  denied: [
    'AccessDeniedException',
    'User: arn:aws:iam::111122223333:user/cckm is not authorized to perform: kms:CreateAlias',
  ],
  creating: ['KMSInvalidStateException', 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1 is creating.'],
  taken: ['AlreadyExistsException', 'An alias with the name alias/wanted already exists'],
} as const;
const awsError = (name: keyof typeof exceptions) => ({ name: exceptions[name][0], message: exceptions[name][1] });

async function oneKey(group: Record<string, unknown> = {}) {
  const account = newAccount();
  const [key] = await keyferry.simulator.makeKeys({ account, ...group });
  if (!key) throw new Error('no key was made');
  return { ...key, account };
}
type Key = Awaited<ReturnType<typeof oneKey>>;

/** A fault of replicate-key for one key: its replica is made, and parts of what was requested are not. */
const spoil = (key: Key, effect: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  keyferry.simulator.addFaults({ operation: 'replicate-key', key: key.id, times: 1, effect, ...more });
const refuseAlias = (key: Key, effect: Record<string, unknown>, times = 1) =>
  keyferry.simulator.addFaults({ operation: 'add-alias', key: key.mrk, region, times, effect });

const wanted = { aws_param: { Alias: 'wanted' } };

/** Runs a plan for one key to one Region; answers it with its only replica and the calls that AWS had. */
async function runOne(key: Key, replica: Record<string, unknown> = wanted, options: Record<string, unknown> = {}) {
  const plan = await keyferry.run({ name: 'partial', keys: [key.id], regions: [region], replica, options });
  return { plan, ...(await lookAt(key, plan.id)) };
}

async function lookAt(key: Key, planId: string) {
  const [row] = await keyferry.replicas(planId);
  if (!row) throw new Error('the plan has no replica');
  const calls = async (operation: string) =>
    (await keyferry.simulator.ledger(operation)).filter(({ mrk }) => mrk === key.mrk).length;
  return {
    replica: await keyferry.client.request('GET /v1/plans/{id}/replicas/{replica_id}', {
      id: planId,
      replica_id: row.id,
    }),
    replicated: await calls('replicate-key'),
    aliased: await calls('add-alias'),
  };
}

async function aliasesOf(key: Key): Promise<string[]> {
  const members = await keyferry.simulator.control<{ region: string; aliases: string[] }[]>(
    'GET',
    `/keys?mrk=${key.mrk}`,
  );
  return members.find((member) => member.region === region)?.aliases ?? [];
}

const policy = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'own',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 'kms:*',
      Resource: '*',
    },
    {
      Sid: 'read',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::444455556666:root' },
      Action: 'kms:DescribeKey',
      Resource: '*',
    },
  ],
};
const everything = {
  aws_param: { Alias: 'wanted', Description: 'for dr', Tags: [{ TagKey: 'tier', TagValue: '1' }], Policy: policy },
};

describe.concurrent('a replica that was made without its alias', () => {
  it.each(['throttled', 'limit', 'denied', 'creating', 'taken'] as const)(
    'because CreateAlias failed gets it by a call of its own, and one replica is made: %s',
    async (name) => {
      const key = await oneKey();
      await spoil(key, { aliasError: awsError(name) });
      const { plan, replica, replicated, aliased } = await runOne(key);
      expect(plan).toMatchObject({ state: 'succeeded', differing: 0 });
      expect(replica).toMatchObject({ state: 'succeeded', outcome: 'adopted', diff: null, error: null });
      expect(replica.attempt_log.map(({ operation }) => operation)).toContain('alias');
      expect([await aliasesOf(key), aliased]).toEqual([['alias/wanted'], 1]);
      const made = (await keyferry.simulator.ledger('replicate-key')).filter(
        ({ mrk, workDone }) => mrk === key.mrk && workDone,
      );
      expect(made.length).toBeLessThanOrEqual(1);
      expect(replicated).toBe(1);
    },
  );

  it.each([{ leavesOut: ['alias'] }, { leavesOut: ['alias'], dropAfter: true }])(
    'though the call was accepted, or its answer lost, gets it: %j',
    async (effect) => {
      const key = await oneKey();
      await spoil(key, effect);
      const { replica, aliased } = await runOne(key);
      expect(replica).toMatchObject({ state: 'succeeded', diff: null });
      expect([await aliasesOf(key), aliased]).toEqual([['alias/wanted'], 1]);
    },
  );

  it('gets it after its key material, where it is EXTERNAL', async () => {
    const key = await oneKey({ origin: 'EXTERNAL' });
    await spoil(key, { leavesOut: ['alias'] });
    const { replica } = await runOne(key);
    expect(replica).toMatchObject({ state: 'succeeded', key_state: 'Enabled' });
    expect(await aliasesOf(key)).toEqual(['alias/wanted']);
  });

  it('gets every alias of its primary, where it is to have the same', async () => {
    const key = await oneKey({ alias: 'alias/first' });
    await keyferry.simulator.control('PATCH', `/keys/${key.id}`, { aliases: ['alias/first', 'alias/second'] });
    const { replica, aliased } = await runOne(key, { same_as_primary: ['alias'] });
    expect(replica).toMatchObject({ state: 'succeeded', outcome: 'created', diff: null });
    expect([(await aliasesOf(key)).sort(), aliased]).toEqual([['alias/first', 'alias/second'], 1]);
  });

  it('asks again after a throttle, a lost answer, and an accepted call that came to nothing', async () => {
    const key = await oneKey();
    await spoil(key, { leavesOut: ['alias'] });
    await refuseAlias(key, { awsError: awsError('throttled') });
    await refuseAlias(key, { dropBefore: true });
    await refuseAlias(key, { leavesOut: ['alias'] });
    const { replica, aliased } = await runOne(key);
    expect(replica).toMatchObject({ state: 'succeeded', error: null });
    expect(replica.attempt_log.filter(({ operation }) => operation === 'alias').length).toBe(aliased);
    expect(aliased).toBe(4);
  });
});

describe.concurrent('a difference that stays', () => {
  it('fails the replica with its cause and its fields, is counted and filtered, and retry makes the alias alone', async () => {
    const key = await oneKey();
    await spoil(key, { leavesOut: ['alias'] });
    await refuseAlias(key, { awsError: awsError('denied') });
    const { plan, replica, aliased } = await runOne(key);
    expect(plan).toMatchObject({ state: 'completed_with_failures', differing: 1, counts: { total: 1, failed: 1 } });
    expect(replica).toMatchObject({
      state: 'failed',
      outcome: 'created',
      key_state: 'Enabled',
      error: { code: 'replica_differs', provider_code: 'AccessDeniedException', retryable: false },
      diff: [{ field: 'alias', wanted: 'alias/wanted', present: [] }],
    });
    expect(replica.usable_at).not.toBeNull();
    expect(replica.error?.message).toMatch(/alias\/wanted is missing.*kms:CreateAlias.*access_denied/);
    expect(aliased).toBe(1);
    const listed = async (differs: boolean) =>
      (await keyferry.client.request('GET /v1/plans/{id}/replicas', { id: plan.id, query: { differs } })).items.length;
    expect([await listed(true), await listed(false)]).toEqual([1, 0]);
    const { items } = await keyferry.client.request('GET /v1/plans/{id}/failures', { id: plan.id });
    expect(items).toMatchObject([{ code: 'replica_differs' }]);

    await keyferry.client.request('POST /v1/plans/{id}/retry', { id: plan.id });
    await keyferry.settled(plan.id);
    const after = await lookAt(key, plan.id);
    expect(after.replica).toMatchObject({ state: 'succeeded', diff: null, error: null });
    expect(await keyferry.client.request('GET /v1/plans/{id}', { id: plan.id })).toMatchObject({
      state: 'succeeded',
      differing: 0,
    });
    expect([after.replicated, after.aliased, await aliasesOf(key)]).toEqual([1, 2, ['alias/wanted']]);
  });

  it('names the other key that has the alias, and asks once', async () => {
    const key = await oneKey();
    await keyferry.simulator.makeKeys({ account: key.account, region, alias: 'alias/free' });
    await spoil(key, { leavesOut: ['alias'] });
    const plan = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'taken',
        keys: [key.id],
        regions: [region],
        replica: wanted,
        options: {},
      },
    });
    // It is taken between preflight and CreateAlias.
    await until(
      'the replica is made',
      () => keyferry.simulator.ledger('replicate-key'),
      (calls) => calls.some(({ mrk, workDone }) => mrk === key.mrk && workDone),
    );
    const [other] = await keyferry.simulator.makeKeys({ account: key.account, region, alias: 'alias/wanted' });
    await keyferry.settled(plan.id);
    const { replica, aliased } = await lookAt(key, plan.id);
    expect(replica).toMatchObject({ state: 'failed', error: { code: 'replica_differs' }, diff: [{ field: 'alias' }] });
    expect(replica.error?.message).toContain(other?.mrk);
    expect(aliased).toBe(1);
  });

  it('gives up after max_attempts', async () => {
    const key = await oneKey();
    await spoil(key, { leavesOut: ['alias'] });
    await refuseAlias(key, { awsError: awsError('throttled') }, 2);
    const { replica, aliased } = await runOne(key, wanted, { max_attempts: 2 });
    expect(replica).toMatchObject({ state: 'failed', error: { code: 'replica_differs' } });
    expect(aliased).toBe(2);
  });

  it.each([
    [['tags'], everything, ['tags']],
    [['description'], everything, ['description']],
    [['policy'], everything, ['policy']],
    [['policy'], { key_users_roles: ['reader'], key_admins: ['alice'] }, ['policy']],
    [['policy', 'tags'], { policytemplate: 'template-1' }, ['policy']],
    [['alias', 'tags', 'description'], everything, ['tags', 'description']],
  ])('names what was left out of an accepted call: %j', async (leavesOut, replica, fields) => {
    const key = await oneKey();
    await spoil(key, { leavesOut });
    const { plan, replica: row } = await runOne(key, replica);
    expect(row.diff?.map(({ field }) => field).sort()).toEqual([...fields].sort());
    expect(row).toMatchObject({ state: 'failed', error: { code: 'replica_differs' }, key_state: 'Enabled' });
    expect(JSON.stringify(row.error)).not.toContain('arn:aws:iam');
    expect(plan.differing).toBe(1);
    const report = await new Response(
      await keyferry.client.stream('GET /v1/plans/{id}/report', { id: plan.id, query: { format: 'csv' } }),
    ).text();
    expect(report).toContain(fields.join(' '));
  });
});

// One after the other: they change how CCKM answers everybody.
describe('no difference is seen', () => {
  it('while only the record of CCKM lags', async () => {
    await keyferry.simulator.control('PATCH', '/settings', { aliasStaleMs: 6_000, offersRefresh: false });
    try {
      const key = await oneKey();
      const { replica } = await runOne(key);
      expect(replica).toMatchObject({ state: 'succeeded', diff: null, error: null });
      expect(await aliasesOf(key)).toEqual(['alias/wanted']);
    } finally {
      await keyferry.simulator.control('PATCH', '/settings', { aliasStaleMs: 0, offersRefresh: true });
    }
  });
  it.each([
    everything,
    { key_users_roles: ['reader'], external_accounts: ['444455556666'] },
    { policytemplate: 'template-1' },
  ])('in what was done as requested, though lists leave out policies: %#', async (replica) => {
    await keyferry.simulator.control('PATCH', '/settings', { policyInLists: false });
    try {
      const key = await oneKey();
      const { replica: row, aliased } = await runOne(key, replica);
      expect(row).toMatchObject({ state: 'succeeded', outcome: 'created', diff: null, error: null });
      expect(aliased).toBe(0);
    } finally {
      await keyferry.simulator.control('PATCH', '/settings', { policyInLists: true });
    }
  });
});

it('a call for an alias outlives its worker and its plan', async () => {
  const key = await oneKey();
  await spoil(key, { leavesOut: ['alias'] });
  await refuseAlias(key, { hang: true, leavesOut: ['alias'] });
  const plan = await keyferry.client.request('POST /v1/plans', {
    body: {
      name: 'outlives',
      keys: [key.id],
      regions: [region],
      replica: wanted,
      options: {},
    },
  });
  await until(
    'add-alias is called',
    () => keyferry.simulator.ledger('add-alias'),
    (calls) => calls.some(({ mrk }) => mrk === key.mrk),
  );
  await keyferry.client.request('POST /v1/plans/{id}/cancel', { id: plan.id });
  await Promise.all(keyferry.workers.filter(({ running }) => running).map((worker) => worker.kill()));
  await keyferry.startWorker();
  await keyferry.settled(plan.id);
  expect((await lookAt(key, plan.id)).replica).toMatchObject({ state: 'succeeded', diff: null });
  expect(await aliasesOf(key)).toEqual(['alias/wanted']);
});
