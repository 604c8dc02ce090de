import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const region = 'eu-west-1';

/** One key of an account of its own. */
async function oneKey(group: Record<string, unknown> = {}) {
  const [key] = await keyferry.simulator.makeKeys({ account: newAccount(), ...group });
  if (!key) throw new Error('no key was made');
  return key;
}

/** Runs a plan for one key to one Region and answers its only replica with its attempt log, and the calls. */
async function runOne(key: { id: string; mrk: string }, options: Record<string, unknown> = {}, replica = {}) {
  const plan = await keyferry.run({ name: 'one', keys: [key.id], regions: [region], options, replica });
  const [row] = await keyferry.replicas(plan.id);
  if (!row) throw new Error('the plan has no replica');
  const detail = await keyferry.client.request('GET /v1/plans/{id}/replicas/{replica_id}', {
    id: plan.id,
    replica_id: row.id,
  });
  const calls = (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.mrk === key.mrk);
  return { plan, replica: detail, calls };
}

const throttling = {
  name: 'ThrottlingException',
  message: 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
};

describe('a lost answer', () => {
  it.each(['dropAfter', 'truncate'])('is settled by reading, and the replica adopted: %s', async (effect) => {
    const key = await oneKey();
    await keyferry.simulator.addFaults({
      operation: 'replicate-key',
      key: key.id,
      times: 1,
      effect: { [effect]: true },
    });
    const { plan, replica, calls } = await runOne(key);
    expect(plan.state).toBe('succeeded');
    expect(replica).toMatchObject({ outcome: 'adopted', key_state: 'Enabled', attempts: 1 });
    expect(replica.attempt_log.map((attempt) => attempt.operation)).toContain('reconcile');
    expect(calls).toHaveLength(1);
  });

  it.each([{ dropBefore: true }, { html: true }, { status: 503 }, { status: 500 }])(
    'is called again only after CCKM was asked: %j',
    async (effect) => {
      const key = await oneKey();
      await keyferry.simulator.addFaults({ operation: 'replicate-key', key: key.id, times: 1, effect });
      const { replica, calls } = await runOne(key);
      expect(replica).toMatchObject({ state: 'succeeded', outcome: 'created', attempts: 2 });
      expect(calls).toHaveLength(2);
      const asked = (await keyferry.simulator.ledger('list-keys')).filter(
        (call) => call.mrk === key.mrk && call.seq > (calls[0]?.seq ?? 0) && call.seq < (calls[1]?.seq ?? 0),
      );
      expect(asked.length).toBeGreaterThanOrEqual(1);
    },
  );

  it('uses up the attempts when it never ends', async () => {
    const key = await oneKey();
    await keyferry.simulator.addFaults({ operation: 'replicate-key', key: key.id, effect: { status: 500 } });
    const { plan, replica, calls } = await runOne(key, { max_attempts: 2 });
    expect(plan.state).toBe('completed_with_failures');
    expect(replica).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'cckm_internal', retryable: false } });
    expect(calls).toHaveLength(2);
  });
});

describe('an error of AWS', () => {
  it('is retried when it is throttling, whatever the HTTP status', async () => {
    const key = await oneKey();
    await keyferry.simulator.addFaults({
      operation: 'replicate-key',
      key: key.id,
      times: 2,
      effect: { awsError: throttling },
    });
    const { replica } = await runOne(key);
    expect(replica).toMatchObject({ state: 'succeeded', outcome: 'created', attempts: 3, error: null });
    expect(replica.attempt_log[0]).toMatchObject({
      n: 1,
      operation: 'replicate',
      http_status: 400,
      error: { code: 'throttled', provider_code: 'ThrottlingException', retryable: true, http_status: 400 },
    });
  });

  it('slows its lane down for a while', async () => {
    const lanes = (await keyferry.client.request('GET /v1/lanes')).items;
    expect(
      lanes.some((lane) => lane.throttled_total > 0 && lane.effective_per_second < lane.quota_per_second * 0.9),
    ).toBe(true);
  });

  it.each([
    ['LimitExceededException', 'limit_exceeded'],
    ['AccessDeniedException', 'access_denied'],
    ['TagException', 'invalid_tag'],
  ])('is final when trying again would fail again: %s', async (name, code) => {
    const key = await oneKey();
    await keyferry.simulator.addFaults({
      operation: 'replicate-key',
      key: key.id,
      effect: { awsError: { name, message: 'no' } },
    });
    const { plan, replica, calls } = await runOne(key);
    expect(plan.state).toBe('completed_with_failures');
    expect(replica).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: { code, provider_code: name, retryable: false },
    });
    expect(calls).toHaveLength(1);
  });

  it('is retried when the primary is just being updated', async () => {
    const key = await oneKey();
    const awsError = { name: 'KMSInvalidStateException', message: 'arn:aws:kms:us-east-1:1:key/mrk-1 is updating.' };
    await keyferry.simulator.addFaults({ operation: 'replicate-key', key: key.id, times: 1, effect: { awsError } });
    const { replica } = await runOne(key);
    expect(replica).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  it('fails for good once the attempts are used up', async () => {
    const key = await oneKey();
    await keyferry.simulator.addFaults({ operation: 'replicate-key', key: key.id, effect: { awsError: throttling } });
    const { replica, calls } = await runOne(key, { max_attempts: 2 });
    expect(replica).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'throttled', retryable: false } });
    expect(calls).toHaveLength(2);
  });
});

describe('a replica that is there already', () => {
  it('is found before anything is called', async () => {
    const key = await oneKey({ replicas: [{ region }] });
    const { plan, replica, calls } = await runOne(key);
    expect(plan.state).toBe('succeeded');
    expect(replica).toMatchObject({
      state: 'already_present',
      outcome: 'already_present',
      key_state: 'Enabled',
      attempts: 0,
    });
    expect(calls).toHaveLength(0);
  });

  it('is found after a synchronisation when it was made outside CCKM', async () => {
    const key = await oneKey({ replicas: [{ region, listed: false }] });
    const { replica, calls } = await runOne(key);
    expect(replica).toMatchObject({ state: 'already_present', outcome: 'already_present', attempts: 1 });
    expect(calls.map((call) => call.awsError)).toEqual(['AlreadyExistsException']);
  });

  it('is found by one synchronisation for all that wait for it in an account and Region', async () => {
    const account = newAccount();
    const keys = await keyferry.simulator.makeKeys({ count: 30, account, replicas: [{ region, listed: false }] });
    const before = (await keyferry.simulator.ledger()).at(-1)?.seq ?? 0;
    const plan = await keyferry.run({ name: 'made outside', keys: keys.map((key) => key.id), regions: [region] });
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 30, already_present: 30 } });
    const jobs = (await keyferry.simulator.ledger('synchronize')).filter((call) => call.seq > before);
    expect(jobs).toHaveLength(1);
  });

  it('is ours when the answer to our call was lost and CCKM lists it late, after it was called again', async () => {
    await keyferry.simulator.control('PATCH', '/settings', { staleMs: 6_000 });
    const key = await oneKey();
    await keyferry.simulator.addFaults({
      operation: 'replicate-key',
      key: key.id,
      times: 1,
      effect: { dropAfter: true },
    });
    const { replica, calls } = await runOne(key);
    await keyferry.simulator.control('PATCH', '/settings', { staleMs: 0 });
    expect(replica).toMatchObject({ state: 'succeeded', outcome: 'adopted', attempts: 2 });
    expect(calls.map((call) => [call.workDone, call.awsError])).toEqual([
      [true, null],
      [false, 'AlreadyExistsException'],
    ]);
  });

  it('blocks its Region while it is pending deletion', async () => {
    const key = await oneKey({ replicas: [{ region, state: 'PendingDeletion' }] });
    const { plan, replica } = await runOne(key);
    expect(plan.state).toBe('completed_with_failures');
    expect(replica).toMatchObject({ state: 'blocked', error: { code: 'replica_pending_deletion' } });
  });
});

describe('a key that cannot be replicated', () => {
  it.each([
    [{ state: 'Disabled' }, 'key_disabled'],
    [{ state: 'PendingDeletion' }, 'key_pending_deletion'],
    [{ origin: 'EXTERNAL', state: 'PendingImport' }, 'key_pending_import'],
    [{ multiRegion: false }, 'not_multi_region'],
    [{ region: 'eu-west-1' }, 'same_region'],
  ])('is blocked with its reason and no call: %j', async (group, code) => {
    const { replica, calls } = await runOne(await oneKey(group));
    expect(replica).toMatchObject({ state: 'blocked', attempts: 0, error: { code } });
    expect(calls).toHaveLength(0);
  });

  it('is blocked when CCKM does not list it, and when it is a replica itself', async () => {
    const key = await oneKey({ replicas: [{ region: 'us-west-2' }] });
    const plan = await keyferry.run({
      name: 'strangers',
      keys: ['0f3e9d5c-1234-4abc-9def-0123456789ab', key.arn.replace('us-east-1', 'us-west-2')],
      regions: [region],
    });
    const codes = (await keyferry.replicas(plan.id)).map((replica) => replica.error?.code);
    expect(codes.sort()).toEqual(['not_primary', 'unknown_key']);
  });

  it('gets its rows once, however often it is named', async () => {
    const key = await oneKey();
    const plan = await keyferry.run({ name: 'thrice', keys: [key.id, key.mrk, key.arn], regions: [region] });
    expect(plan.counts).toMatchObject({ total: 1, succeeded: 1 });
  });
});

describe('imported key material', () => {
  it('makes a replica usable only once it is really there, not at CCKM’s early Enabled', async () => {
    const key = await oneKey({ origin: 'EXTERNAL' });
    const { replica } = await runOne(key);
    expect(replica).toMatchObject({ state: 'succeeded', key_state: 'Enabled' });
    const members = await keyferry.simulator.control<{ mrk: string; region: string; state: string }[]>('GET', '/keys');
    expect(members.find((member) => member.mrk === key.mrk && member.region === region)?.state).toBe('Enabled');
    const noted = replica.attempt_log.map((attempt) => attempt.note).join('\n');
    expect(noted).toContain('its material is imported');
  });

  it('is imported by us where CCKM does not do it', async () => {
    await keyferry.simulator.control('PATCH', '/settings', { autoImport: 'off' });
    const key = await oneKey({ origin: 'EXTERNAL' });
    const { replica } = await runOne(key);
    expect(replica).toMatchObject({ state: 'succeeded', key_state: 'Enabled' });
    expect(replica.attempt_log.map((attempt) => attempt.operation)).toContain('import');
  });

  it('is imported in spite of refusals that only say that it is too early, or that CCKM lags', async () => {
    const key = await oneKey({ origin: 'EXTERNAL' });
    const awsError = { name: 'KMSInvalidStateException', message: 'arn:aws:kms:eu-west-1:1:key/mrk-1 is creating.' };
    await keyferry.simulator.addFaults(
      { operation: 'import-material', times: 1, effect: { awsError } },
      { operation: 'import-material', times: 1, effect: { status: 404 } },
      { operation: 'import-material', times: 1, effect: { dropAfter: true } },
    );
    const { replica } = await runOne(key);
    expect(replica).toMatchObject({ state: 'succeeded', key_state: 'Enabled' });
    const imports = replica.attempt_log.filter((attempt) => attempt.operation === 'import');
    expect(imports.map((attempt) => attempt.error?.code)).toEqual([
      'key_creating',
      'cckm_not_found',
      'connection_lost',
    ]);
  });

  it('stays away where the plan says so, clearly shown and counted', async () => {
    const key = await oneKey({ origin: 'EXTERNAL' });
    const { plan, replica } = await runOne(key, { import_material: false });
    expect(plan).toMatchObject({ state: 'succeeded', pending_import: 1 });
    expect(replica).toMatchObject({ state: 'succeeded', key_state: 'PendingImport', usable_at: null });
    await keyferry.simulator.control('PATCH', '/settings', { autoImport: 'on' });
  });
});

describe('the replica block', () => {
  it('reaches replicate-key as it was given, with its overrides', async () => {
    const key = await oneKey();
    const Policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
    };
    await runOne(
      key,
      {},
      { aws_param: { Alias: 'dr/one', Description: 'a replica', Tags: [{ TagKey: 'a', TagValue: 'b' }], Policy } },
    );
    const members = await keyferry.simulator.control<Record<string, unknown>[]>('GET', '/keys');
    expect(members.find((member) => member.mrk === key.mrk && member.region === region)).toMatchObject({
      aliases: ['alias/dr/one'],
      description: 'a replica',
      tags: [{ TagKey: 'a', TagValue: 'b' }],
      policy: Policy,
    });
  });
});

describe('two plans over the same pairs', () => {
  it('never call for the same pair twice', async () => {
    const keys = await keyferry.simulator.makeKeys({ count: 10, account: newAccount() });
    const spec = { name: 'twice', keys: keys.map((key) => key.id), regions: [region, 'us-west-2'] };
    const [first, second] = await Promise.all([keyferry.run(spec), keyferry.run(spec)]);
    expect([first?.state, second?.state]).toEqual(['succeeded', 'succeeded']);
    const made = (first?.counts.succeeded ?? 0) + (second?.counts.succeeded ?? 0);
    expect(made).toBe(20);
    const mrks = new Set(keys.map((key) => key.mrk));
    const calls = (await keyferry.simulator.ledger('replicate-key')).filter((call) => mrks.has(call.mrk ?? ''));
    // On a busy machine calls may arrive closer to each other than they were sent; what is throttled makes nothing.
    const served = calls.filter(({ awsError }) => awsError !== 'ThrottlingException');
    expect(served.map(({ mrk, region, awsError }) => ({ pair: `${mrk} ${region}`, awsError }))).toHaveLength(20);
  });
});

describe('an outage of CCKM', () => {
  it.each(['503', 'drop', 'login'])('uses up no attempts and needs no hand: %s', async (kind) => {
    const keys = await keyferry.simulator.makeKeys({ count: 20, account: newAccount() });
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: `outage ${kind}`,
        keys: keys.map((key) => key.id),
        regions: [region],
        options: { max_attempts: 2 },
      },
    });
    await until(
      'some are made',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.succeeded > 3,
    );
    await keyferry.simulator.control('PUT', '/outage', { kind });
    if (kind === 'login') await keyferry.simulator.control('POST', '/expire-tokens');
    const refused = async () =>
      (await keyferry.simulator.ledger()).filter((call) => call.httpStatus !== 200 && call.httpStatus !== 201).length;
    const before = await refused();
    await until('the outage was met many times', refused, (count) => count > before + 8);
    await keyferry.simulator.control('PUT', '/outage', { kind: 'off' });
    const plan = await keyferry.settled(id);
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 20, succeeded: 20 } });
  });
});

describe('the login', () => {
  it('is shared and renewed while tokens live two seconds, and leaves no refresh tokens behind', async () => {
    await keyferry.simulator.control('PATCH', '/settings', { tokenDurationSeconds: 2 });
    await keyferry.simulator.control('POST', '/expire-tokens');
    const before = await keyferry.simulator.control<{ live_refresh_tokens: number }>('GET', '/state');
    const keys = await keyferry.simulator.makeKeys({ count: 40, account: newAccount() });
    const plan = await keyferry.run({ name: 'short tokens', keys: keys.map((key) => key.id), regions: [region] });
    expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 40 } });
    const after = await keyferry.simulator.control<{ live_refresh_tokens: number }>('GET', '/state');
    expect(after.live_refresh_tokens - before.live_refresh_tokens).toBeLessThanOrEqual(1);
    await keyferry.simulator.control('PATCH', '/settings', { tokenDurationSeconds: 300 });
  });
});
