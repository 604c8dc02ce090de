import { randomUUID } from 'node:crypto';
import type { PlanSpecInput, PlanView, ReplicaView } from '@keyferry/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import type { SimulatedKey } from '../harness/simulator.ts';
import { until } from '../harness/until.ts';

const keyQuota = 40;

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry({
    KEYFERRY_QUOTA_KEYS: String(keyQuota),
    KEYFERRY_KEY_PRICE: '1.5',
    KEYFERRY_PREVIEW_MAX_AGE_MS: '0',
  });
});
afterAll(() => keyferry?.stop());

async function makeKeys(group: Record<string, unknown> = {}): Promise<SimulatedKey[]> {
  return keyferry.simulator.makeKeys({ account: newAccount(), ...group });
}
async function oneKey(group: Record<string, unknown> = {}): Promise<SimulatedKey> {
  const [key] = await makeKeys(group);
  if (!key) throw new Error('no key was made');
  return key;
}

/** Submits as a preview and answers what it says once it is checked. Nothing is called for it. */
async function preview(spec: Partial<PlanSpecInput>): Promise<{ plan: PlanView; rows: ReplicaView[] }> {
  const input = { name: randomUUID(), mode: 'preview', regions: ['eu-west-1'], ...spec };
  const { id } = await keyferry.client.request('POST /v1/plans', { body: input });
  const plan = await until(
    'it is previewed',
    () => keyferry.client.request('GET /v1/plans/{id}', { id }),
    ({ state }) => state !== 'resolving',
  );
  return { plan, rows: await keyferry.replicas(id) };
}
const codes = (rows: ReplicaView[]) => rows.map(({ error, state }) => error?.code ?? state);
const warned = (rows: ReplicaView[]) => rows.map(({ warnings }) => warnings.map(({ code }) => code));

describe("a Region that is the primary's own", () => {
  it('blocks its pair, unless the plan skips it: then it counts as present, with a warning, and the others are made', async () => {
    const key = await oneKey({ region: 'us-east-1' });
    const spec = { keys: [key.id], regions: ['us-east-1', 'us-west-2'] };
    expect(codes((await preview(spec)).rows).sort()).toEqual(['pending', 'same_region']);
    const plan = await keyferry.run({ name: 'skips', ...spec, options: { skip_same_region: true } });
    expect(plan).toMatchObject({
      state: 'succeeded',
      counts: { total: 2, succeeded: 1, already_present: 1, blocked: 0 },
    });
    const rows = await keyferry.replicas(plan.id);
    const own = rows.filter(({ region }) => region === 'us-east-1');
    expect(warned(own)).toEqual([['same_region_skipped']]);
    expect(own[0]).toMatchObject({ state: 'already_present', diff: [], attempts: 0 });
  });
});

describe('keys are named', () => {
  it('by alias, which means the primary and not the replicas that carry it too', async () => {
    const alias = `alias/${randomUUID()}`;
    const account = newAccount();
    const key = await oneKey({ alias, account });
    await keyferry.run({
      name: 'by alias',
      keys: [alias],
      regions: ['eu-west-1'],
      replica: { aws_param: { Alias: alias.slice(6) } },
    });
    const { plan, rows } = await preview({
      keys: [alias, alias.toUpperCase().replace('ALIAS', 'alias')],
      regions: ['us-west-2'],
    });
    expect(plan.counts).toMatchObject({ total: 2, pending: 1, blocked: 1 });
    expect(rows.find(({ state }) => state === 'pending')).toMatchObject({ key_id: key.id, alias });
    expect(codes(rows)).toContain('unknown_key');
  });

  it('by an alias of several keys, which is not guessed but said, and by its ARN then', async () => {
    const alias = `alias/${randomUUID()}`;
    const [one, two] = [await oneKey({ alias }), await oneKey({ alias, region: 'eu-central-1' })];
    const arn = two.arn.replace(/key\/.*/, alias);
    const { rows } = await preview({ keys: [alias, arn] });
    expect(codes(rows).sort()).toEqual(['ambiguous_alias', 'pending']);
    expect(rows.find(({ state }) => state === 'blocked')?.error?.message).toContain(one.mrk);
    expect(rows.find(({ state }) => state === 'pending')?.key_id).toBe(two.id);
  });

  it('by a replica, which stands for its primary where the plan says so', async () => {
    const key = await oneKey({ replicas: [{ region: 'us-west-2' }] });
    const members = await keyferry.simulator.control<{ id: string; type: string }[]>('GET', `/keys?mrk=${key.mrk}`);
    const replica = members.find(({ type }) => type === 'REPLICA')?.id ?? '';
    expect(codes((await preview({ keys: [replica] })).rows)).toEqual(['not_primary']);
    const { rows } = await preview({ keys: [replica], options: { replicas_as_primary: true } });
    expect(rows).toMatchObject([{ state: 'pending', key_id: key.id }]);
  });

  it('by the policy template that they were made with', async () => {
    const account = newAccount();
    await makeKeys({ account });
    const key = await oneKey({ account, tags: { cckm_policy_template_id: 'template-7' } });
    const { rows } = await preview({ selector: { account, policy_template: 'template-7' } });
    expect(rows.map(({ key_id }) => key_id)).toEqual([key.id]);
  });

  it('by the Regions in which they lack a replica', async () => {
    const account = newAccount();
    await makeKeys({ account, replicas: [{ region: 'eu-west-1' }, { region: 'us-west-2' }] });
    const some = await oneKey({ account, replicas: [{ region: 'eu-west-1' }] });
    const none = await oneKey({ account });
    const regions = ['eu-west-1', 'us-west-2'];
    const { plan, rows } = await preview({ selector: { account, missing_in: regions }, regions });
    expect(plan.counts).toMatchObject({ total: 4, already_present: 1, pending: 3 });
    expect(new Set(rows.map(({ key_id }) => key_id))).toEqual(new Set([some.id, none.id]));
  });
});

describe('templates', () => {
  it('reach replicate-key filled in for each key and Region', async () => {
    const account = newAccount();
    const alias = `alias/${randomUUID()}`;
    const key = await oneKey({ account, alias });
    const plan = await keyferry.run({
      name: 'templates',
      keys: [key.mrk],
      regions: ['eu-west-1', 'us-west-2'],
      replica: { aws_param: { Alias: '{alias}-dr', Description: '{alias} of {account} in {region}' } },
      overrides: [{ key: alias, region: 'us-west-2', replica: { aws_param: { Alias: '{region}/{alias}' } } }],
    });
    expect(plan.state).toBe('succeeded');
    const made = await keyferry.simulator.control<Record<string, unknown>[]>('GET', `/keys?mrk=${key.mrk}`);
    const name = alias.slice('alias/'.length);
    expect(made.find(({ region }) => region === 'eu-west-1')).toMatchObject({
      aliases: [`${alias}-dr`],
      description: `${name} of ${account} in eu-west-1`,
    });
    expect(made.find(({ region }) => region === 'us-west-2')?.aliases).toEqual([`alias/us-west-2/${name}`]);
  });

  it('that break a limit for one key block that one before anything is called, at a retry too', async () => {
    const account = newAccount();
    const long = await oneKey({ account, alias: `alias/${'x'.repeat(240)}` });
    const bare = await oneKey({ account });
    const fine = await oneKey({ account, alias: `alias/${randomUUID()}` });
    const plan = await keyferry.run({
      name: 'too long',
      keys: [long.id, bare.id, fine.id],
      regions: ['eu-west-1'],
      replica: { aws_param: { Alias: '{alias}-{region}-replica' } },
    });
    expect(codes(await keyferry.replicas(plan.id)).sort()).toEqual([
      'alias_out_of_bounds',
      'succeeded',
      'template_without_alias',
    ]);
    await keyferry.client.request('POST /v1/plans/{id}/retry', { id: plan.id });
    await keyferry.settled(plan.id);
    expect(codes(await keyferry.replicas(plan.id)).filter((code) => code !== 'succeeded')).toHaveLength(2);
    const called = (await keyferry.simulator.ledger('replicate-key')).map(({ keyId }) => keyId);
    expect(called).not.toContain(long.id);
    expect(called).not.toContain(bare.id);
  });
});

describe('before anything is called', () => {
  it('the reason is told for a Region that CCKM does not manage for the account', async () => {
    const account = newAccount();
    await keyferry.simulator.control('PATCH', '/settings', { kmsRegions: { [account]: ['us-east-1', 'us-west-2'] } });
    const key = await oneKey({ account });
    const { rows } = await preview({ keys: [key.id], regions: ['eu-west-1', 'us-west-2'] });
    expect(codes(rows).sort()).toEqual(['pending', 'region_not_enabled']);
  });

  it('nothing is blocked because CCKM does not show its containers', async () => {
    await keyferry.simulator.addFaults({ operation: 'list-kms', effect: { status: 403 } });
    const key = await oneKey();
    const { rows } = await preview({ keys: [key.id] });
    await keyferry.simulator.control('DELETE', '/faults');
    expect(codes(rows)).toEqual(['pending']);
    expect(warned(rows)).toEqual([['region_not_checked']]);
  });

  it('the reason is told for an alias that another key has in the Region, or another row gets', async () => {
    const account = newAccount();
    const Alias = randomUUID();
    await oneKey({ account, region: 'eu-west-1', alias: `alias/${Alias}`, multiRegion: false });
    const keys = (await makeKeys({ account, count: 2 })).map(({ id }) => id);
    const { rows } = await preview({ keys, regions: ['eu-west-1', 'us-west-2'], replica: { aws_param: { Alias } } });
    const inRegion = (region: string) => codes(rows.filter((row) => row.region === region)).sort();
    expect(inRegion('eu-west-1')).toEqual(['alias_taken', 'alias_taken']);
    expect(inRegion('us-west-2')).toEqual(['alias_taken', 'pending']);
  });

  it('the reason is told for material whose source nobody knows, and material that expires soon is warned of', async () => {
    const account = newAccount();
    const external = { account, origin: 'EXTERNAL' };
    const unknown = await oneKey({ ...external, sourceKnown: false });
    const expiring = await oneKey({ ...external, materialExpiresInDays: 10 });
    const { rows } = await preview({ keys: [unknown.id, expiring.id] });
    expect(codes(rows).sort()).toEqual(['import_source_unknown', 'pending']);
    expect(warned(rows).flat()).toEqual(['material_expires_soon']);
    const without = await preview({ keys: [unknown.id], options: { import_material: false } });
    expect(codes(without.rows)).toEqual(['pending']);
  });

  it('the keys that no longer fit into the account are told, and those that nearly do not are warned of', async () => {
    const account = newAccount();
    await makeKeys({ account, region: 'eu-west-1', count: keyQuota - 6, multiRegion: false });
    const keys = (await makeKeys({ account, count: 8 })).map(({ id }) => id);
    const { rows } = await preview({ keys });
    expect(codes(rows).filter((code) => code === 'key_quota_exceeded')).toHaveLength(2);
    expect(warned(rows.filter(({ state }) => state === 'pending')).filter((one) => one.length > 0)).toHaveLength(4);
  });

  it('a replica that is there is compared with what the plan wants', async () => {
    const key = await oneKey({ replicas: [{ region: 'eu-west-1' }, { region: 'us-west-2', state: 'Disabled' }] });
    const { rows } = await preview({
      keys: [key.id],
      regions: ['eu-west-1', 'us-west-2'],
      replica: { aws_param: { Description: 'dr', Tags: [{ TagKey: 'a', TagValue: 'b' }] }, policytemplate: 't' },
    });
    expect(codes(rows)).toEqual(['already_present', 'already_present']);
    expect(rows.find(({ region }) => region === 'eu-west-1')).toMatchObject({
      warnings: [{ code: 'replica_differs', message: expect.stringContaining('policy, tags, description') }],
      diff: [
        { field: 'policy', wanted: { policytemplate: 't' }, present: { policytemplate: null } },
        { field: 'tags', wanted: [{ TagKey: 'a', TagValue: 'b' }], present: [] },
        { field: 'description', wanted: 'dr', present: '' },
      ],
    });
    expect(warned(rows.filter(({ region }) => region === 'us-west-2'))).toEqual([
      ['replica_not_enabled', 'replica_differs'],
    ]);
  });

  it('a pair that another plan has in flight is warned of, and that one finds the replica', async () => {
    await keyferry.simulator.control('PATCH', '/settings', {
      creatingMsByRegion: { 'sa-east-1': { min: 4000, max: 4000 } },
    });
    const key = await oneKey();
    const first = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'the first', keys: [key.id], regions: ['sa-east-1'] },
    });
    await until(
      'it is in flight',
      () => keyferry.client.request('GET /v1/plans/{id}', { id: first.id }),
      ({ counts }) => counts.queued + counts.replicating + counts.creating > 0,
    );
    // CCKM lists the new replica by now: a plan that looks sees it, unless it has looked just before.
    const second = await preview({ keys: [key.id], regions: ['sa-east-1'] });
    const [row] = second.rows;
    const told = row?.warnings.map(({ code }) => code) ?? [];
    expect(told.some((code) => ['in_flight_elsewhere', 'replica_not_enabled'].includes(code))).toBe(true);
    await keyferry.settled(first.id);
  });
});

describe('a preview', () => {
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${keyferry.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? null : JSON.parse(text) };
  };

  it('tells counts, reasons, warnings, lanes, times and the price, and calls nothing', async () => {
    const account = newAccount();
    const good = (await makeKeys({ account, count: 10 })).map(({ id }) => id);
    const disabled = (await makeKeys({ account, count: 2, state: 'Disabled' })).map(({ id }) => id);
    const soon = await oneKey({ account, origin: 'EXTERNAL', materialExpiresInDays: 3 });
    const { plan } = await preview({ keys: [...good, ...disabled, soon.id, randomUUID()] });
    const { status, json } = await ask('GET', `/v1/plans/${plan.id}/preview`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      counts: { total: 14, pending: 11, blocked: 3 },
      reasons: [
        { code: 'key_disabled', count: 2, message: expect.any(String), what_to_do: expect.stringContaining('Enable') },
        { code: 'unknown_key', count: 1 },
      ],
      warnings: [{ code: 'material_expires_soon', count: 1 }],
      lower_bound_seconds: plan.lower_bound_seconds,
      monthly_cost: {
        amount: 16.5,
        currency: 'USD',
        per_key: 1.5,
        keys: 11,
        assumption: expect.stringContaining('1.5'),
      },
    });
    expect(json.lanes).toContainEqual({ id: `${account}:eu-west-1:CreateKey`, calls: 11, cost: 22, seconds: 1.1 });
    expect(json.expected_seconds).toBeGreaterThan(json.lower_bound_seconds);
    expect((await ask('GET', `/v1/plans/${randomUUID()}/preview`)).status).toBe(404);
    const called = (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.account === account);
    expect(called).toEqual([]);
  });

  it('goes into the Regions that its group stood for when it was submitted', async () => {
    const [one, other] = [newAccount(), newAccount()];
    const keys = [await oneKey({ account: one }), await oneKey({ account: other })].map(({ id }) => id);
    const group = { regions: ['eu-west-1', 'eu-central-1'], accounts: { [other]: ['eu-north-1'] } };
    expect(await ask('PUT', '/v1/region-groups/eu', group)).toMatchObject({
      status: 200,
      json: { name: 'eu', ...group },
    });
    const { plan, rows } = await preview({ keys, regions: ['group:eu', 'us-west-2'] });
    await ask('PUT', '/v1/region-groups/eu', { regions: ['ap-south-1'] });
    expect((await ask('GET', '/v1/region-groups/eu')).json).toMatchObject({ regions: ['ap-south-1'], accounts: {} });
    expect((await keyferry.client.request('GET /v1/plans/{id}', { id: plan.id })).spec).toMatchObject({
      regions: ['eu-west-1', 'eu-central-1', 'us-west-2'],
      account_regions: { [other]: ['eu-north-1', 'us-west-2'] },
      region_groups: { eu: group },
    });
    const places = rows.map(({ account, region }) => `${account} ${region}`).sort();
    const expected = [`${one} eu-central-1`, `${one} eu-west-1`, `${one} us-west-2`];
    expect(places).toEqual([...expected, `${other} eu-north-1`, `${other} us-west-2`].sort());
  });

  it('is refused for a group that is not there, or that is wrong', async () => {
    const spec = { name: 'x', keys: ['mrk-1'], regions: ['eu-west-1', 'group:none'] };
    const answer = await ask('POST', '/v1/plans', spec);
    expect(answer).toMatchObject({
      status: 422,
      json: { errors: [{ path: 'regions[1]', code: 'unknown_region_group' }] },
    });
    expect((await ask('PUT', '/v1/region-groups/bad', { regions: ['eu-wset-1'], region: [] })).status).toBe(422);
    expect((await ask('PUT', '/v1/region-groups/Bad', { regions: ['eu-west-1'] })).status).toBe(422);
    await ask('PUT', '/v1/region-groups/gone', { regions: ['eu-west-1'] });
    expect((await ask('DELETE', '/v1/region-groups/gone')).status).toBe(204);
    expect((await ask('DELETE', '/v1/region-groups/gone')).status).toBe(404);
    expect((await ask('GET', '/v1/region-groups/gone')).status).toBe(404);
  });

  it('that is executed later runs what was previewed, and says what had changed in CCKM', async () => {
    const account = newAccount();
    const aliasPrefix = `alias/${randomUUID()}`;
    const keys = await makeKeys({ account, count: 4, aliasPrefix });
    const [disabled, present] = keys;
    const { plan } = await preview({
      selector: { alias: `${aliasPrefix}-*`, account },
      replica: { aws_param: { Alias: '{alias}-dr' } },
    });
    expect(plan).toMatchObject({ counts: { total: 4, pending: 4 }, changed_since_preview: null });
    await keyferry.simulator.control('PATCH', `/keys/${disabled?.id}`, { state: 'Disabled' });
    await keyferry.simulator.control('POST', '/replicas', { key: present?.id, region: 'eu-west-1', listed: true });
    const late = await oneKey({ account, aliasPrefix });
    await keyferry.client.request('POST /v1/plans/{id}/execute', { id: plan.id });
    const done = await keyferry.settled(plan.id);
    expect(done).toMatchObject({
      counts: { total: 4, succeeded: 2, already_present: 1, blocked: 1 },
      changed_since_preview: { previewed_at: expect.any(String), checked_at: expect.any(String) },
    });
    expect(done.changed_since_preview?.changes.toSorted((a, b) => a.code.localeCompare(b.code))).toEqual([
      { code: 'already_present', count: 1 },
      { code: 'key_disabled', count: 1 },
    ]);
    const called = (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.account === account);
    expect(called.map(({ keyId }) => keyId).sort()).toEqual([keys[2]?.id, keys[3]?.id].sort());
    expect(called.map(({ keyId }) => keyId)).not.toContain(late.id);
  });

  it('that is executed later follows a primary that has moved, before anything is called', async () => {
    const key = await oneKey({ replicas: [{ region: 'us-west-2' }] });
    const { plan } = await preview({ keys: [key.id] });
    // CCKM has read it from AWS by the time that the plan is executed.
    await keyferry.simulator.control('PATCH', '/settings', { staleAfterPromotion: 0 });
    const move = { key: key.mrk, region: 'us-west-2' };
    const members = await keyferry.simulator.control<{ id: string; region: string }[]>('POST', '/promotions', move);
    const primary = members.find(({ region }) => region === 'us-west-2');
    await keyferry.client.request('POST /v1/plans/{id}/execute', { id: plan.id });
    expect(await keyferry.settled(plan.id)).toMatchObject({ state: 'succeeded', counts: { total: 1, succeeded: 1 } });
    expect(await keyferry.replicas(plan.id)).toMatchObject([
      { key_id: primary?.id, primary_region: 'us-west-2', warnings: [{ code: 'primary_moved' }], attempts: 1 },
    ]);
    const called = (await keyferry.simulator.ledger('replicate-key')).filter(({ mrk }) => mrk === key.mrk);
    expect(called).toMatchObject([{ keyId: primary?.id, primaryRegion: 'us-west-2' }]);
  });
});
