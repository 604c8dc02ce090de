import { createCckmClient } from '@keyferry/cckm';
import { loadConfig } from '@keyferry/config';
import {
  everywhere,
  type ManifestRow,
  manifestPlanSchema,
  type PlanSpecInput,
  planSpecSchema,
  type ReplicaBlock,
  type Scope,
} from '@keyferry/core';
import { createLog } from '@keyferry/log';
import {
  approvePlan,
  beginManifest,
  deleteRegionGroup,
  eachReplicaPage,
  findInFlight,
  insertPlan,
  inTransaction,
  listReplicas,
  migrate,
  openStore,
  readDueQueues,
  readPlan,
  readPlannedWork,
  readReasons,
  readRegionGroups,
  readReplicaInFull,
  readWaitingQueues,
  readWarnings,
  registerWorker,
  startPreviewed,
  writeManifestRows,
  writeRegionGroup,
} from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../../../test/harness/simulator.ts';
import { movePlan } from '../../../../test/models/plans/move-plan.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { Inventory } from './inventory.ts';
import type { ResolveContext } from './resolve-context.ts';
import { resolvePlan } from './resolve-plan.ts';

let server: PrivateServer;
let simulator: Simulator;
let context: ResolveContext;
beforeAll(async () => {
  [server, simulator] = await Promise.all([startPostgres(), startSimulator()]);
  await migrate(server.url);
  const store = openStore({ url: server.url });
  context = {
    store,
    cckm: createCckmClient({ url: simulator.url, username: 'admin', password: 'keyferry-simulator' }),
    config: loadConfig({}),
    log: createLog('worker', 'silent'),
    resolving: new Set(),
    session: { id: await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 }) },
  };
}, 120_000);
afterAll(async () => {
  await context?.cckm.close();
  await context?.store.close();
  await Promise.all([server?.stop(), simulator?.stop()]);
});

async function resolved(spec: Partial<PlanSpecInput>, scope: Scope = everywhere) {
  const parsed = planSpecSchema.parse({ name: 'dr', mode: 'preview', regions: ['eu-west-1'], ...spec });
  const plan = { spec: parsed, scope, createdBy: 'test', idempotency: null };
  const { planId } = await insertPlan(context.store, plan);
  await resolvePlan(context, planId);
  return { planId, ...(await read(planId)) };
}
async function read(planId: string) {
  const rows = (await Array.fromAsync(eachReplicaPage(context.store, planId))).flat();
  return { plan: await readPlan(context.store, planId), rows };
}
const place = { account: '100000000001', region: 'us-east-1' };

test('an alias means its primary, in small plans and in those that read the whole inventory', async () => {
  const [key] = await simulator.makeKeys({ ...place, alias: 'alias/one' });
  await simulator.makeKeys({ ...place, region: 'eu-west-1', alias: 'alias/one', multiRegion: false });
  await simulator.makeKeys({ ...place, alias: 'alias/two' });
  await simulator.makeKeys({ ...place, account: '100000000002', alias: 'alias/two' });
  const names = ['alias/one', 'alias/two', 'alias/three', 'arn:aws:kms:us-east-1:100000000002:alias/two'];
  const others = Array.from({ length: 201 }, (_, i) => `mrk-${i.toString(16).padStart(32, '0')}`);
  for (const keys of [names, [...names, ...others]]) {
    const { rows } = await resolved({ keys });
    expect(rows.filter(({ mrk }) => mrk === key?.mrk)).toMatchObject([
      { state: 'pending', alias: 'alias/one', aliases: ['alias/one'], warnings: [], diff: null },
    ]);
    const codes = names.map((name) => rows.find(({ key_id }) => key_id === name)?.error?.code);
    expect(codes).toEqual([undefined, 'ambiguous_alias', 'unknown_key', undefined]);
    expect(rows.filter(({ state }) => state === 'pending')).toHaveLength(2);
  }
});

test('an alias that another key has in the Region is found, however many are asked for', async () => {
  const account = '100000000003';
  await simulator.makeKeys({ account, region: 'eu-west-1', alias: 'alias/busy-007-dr', multiRegion: false });
  await simulator.makeKeys({ account, count: 250, aliasPrefix: 'alias/busy' });
  const replica = { aws_param: { Alias: '{alias}-dr' } };
  for (const alias of ['alias/busy-00*', 'alias/busy-*']) {
    const { rows } = await resolved({ selector: { account, alias }, replica });
    const blocked = rows.filter(({ state }) => state === 'blocked');
    expect(blocked).toMatchObject([{ alias: 'alias/busy-007', error: { code: 'alias_taken' } }]);
  }
});

test('what is there is compared, what another plan makes is warned of, and all of it is counted for the preview', async () => {
  const account = '100000000004';
  const [there, open] = await simulator.makeKeys({ account, count: 2 });
  await simulator.control('POST', '/replicas', { key: there?.id, region: 'eu-west-1', listed: true });
  const first = await resolved({ name: 'first', keys: [open?.id ?? ''] });
  await context.store.prisma.$executeRaw`UPDATE replicas SET state = 'queued' WHERE plan_id = ${first.planId}::uuid`;
  const { planId, rows } = await resolved({
    keys: [there?.id ?? '', open?.id ?? '', 'alias/nobody'],
    replica: { aws_param: { Description: 'dr' } },
  });
  expect(rows.find(({ state }) => state === 'already_present')).toMatchObject({
    diff: [{ field: 'description', wanted: 'dr', present: '' }],
    warnings: [{ code: 'replica_differs' }],
  });
  expect(rows.find(({ state }) => state === 'pending')?.warnings).toMatchObject([{ code: 'in_flight_elsewhere' }]);
  expect(await readReasons(context.store, planId)).toEqual([{ code: 'unknown_key', count: 1 }]);
  expect(await readWarnings(context.store, planId)).toEqual([
    { code: 'in_flight_elsewhere', count: 1 },
    { code: 'replica_differs', count: 1 },
  ]);
  const work = { account, primary_region: 'us-east-1', region: 'eu-west-1', wave: 0, replicas: 1, external: 0 };
  expect(await readPlannedWork(context.store, planId)).toEqual([work]);
  const pair = { mrk: open?.mrk ?? '', account, region: 'eu-west-1' };
  expect(await findInFlight(context.store, first.planId, [pair])).toEqual([]);
});

test('a row is found by any alias of its key', async () => {
  const [key] = await simulator.makeKeys({ account: '100000000005', alias: 'alias/findme' });
  const { planId } = await resolved({ keys: [key?.id ?? ''] });
  const find = (name: string) => listReplicas(context.store, planId, { key: name }, { limit: 10, after: null });
  expect(await find('alias/findme')).toHaveLength(1);
  expect(await find(key?.mrk ?? '')).toHaveLength(1);
  expect(await find('alias/other')).toHaveLength(0);
});

test('a preview that is some time old is checked again: its rows, as they were meant, and no others', async () => {
  const account = '100000000006';
  const keys = await simulator.makeKeys({ account, count: 3, aliasPrefix: 'alias/again' });
  const spec = { selector: { account }, replica: { aws_param: { Alias: '{alias}-dr' } } };
  const { planId, plan } = await resolved(spec);
  expect(plan).toMatchObject({ state: 'previewed', changed_since_preview: null, counts: { pending: 3 } });
  await simulator.control('PATCH', `/keys/${keys[0]?.id}`, { state: 'Disabled' });
  await simulator.control('POST', '/replicas', { key: keys[1]?.id, region: 'eu-west-1', listed: true });
  await simulator.makeKeys({ account, aliasPrefix: 'alias/again' });
  expect(await startPreviewed(context.store, planId, 'anna', 0)).toBe(true);
  expect(await startPreviewed(context.store, planId, 'anna', 0)).toBe(false);
  expect((await read(planId)).plan).toMatchObject({ state: 'resolving', reason: expect.stringContaining('again') });
  await resolvePlan(context, planId);
  const after = await read(planId);
  expect(after.plan).toMatchObject({
    state: 'scheduled',
    counts: { total: 3, pending: 1, blocked: 1, already_present: 1 },
    changed_since_preview: { previewed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\.\d{3}Z$/) },
  });
  expect(after.plan?.changed_since_preview?.changes).toEqual(
    expect.arrayContaining([
      { code: 'key_disabled', count: 1 },
      { code: 'already_present', count: 1 },
    ]),
  );
});

/** A manifest plan as the API stores it. */
async function resolvedManifest(
  rows: readonly Omit<ManifestRow, 'line'>[],
  spec: Partial<PlanSpecInput> = {},
  withAlias = true,
) {
  const { store } = context;
  const manifestId = await beginManifest(store);
  const lines = rows.map((row, i) => ({ ...row, line: i + 1 }));
  for (let start = 0; start < lines.length; start += 5_000) {
    await writeManifestRows(store, manifestId, lines.slice(start, start + 5_000));
  }
  const regions = [...new Set(rows.flatMap(({ region }) => region ?? []))];
  const manifest = { format: 'csv', sha256: '0'.repeat(64), rows: rows.length, regions, with_alias: withAlias };
  const parsed = manifestPlanSchema.parse({ name: 'dr', mode: 'preview', ...spec, manifest });
  const plan = { spec: parsed, scope: everywhere, createdBy: 'test', idempotency: null, manifestId };
  const { planId } = await insertPlan(store, plan);
  await resolvePlan(context, planId);
  return { planId, ...(await read(planId)) };
}
const row = (key: string, region: string | null, aws_param?: ReplicaBlock['aws_param']) => {
  return { key, region, settings: aws_param ? { aws_param } : null };
};

test('the rows of a manifest go where they say, with what they set, in small plans and in large ones', async () => {
  const account = '100000000008';
  const [one, two] = await simulator.makeKeys({ account, count: 2, aliasPrefix: 'alias/row' });
  const { id = '', mrk = '', arn = '' } = one ?? {};
  const Alias = `${one?.alias?.slice(6)}-eu-west-1`;
  const group = { near: { regions: ['eu-west-3'], accounts: { [account]: ['eu-north-1', 'eu-west-1'] } } };
  const rows = [
    row(id, null, { Description: 'by default' }),
    row(arn, 'eu-west-1', { Alias: '{alias}-{region}' }),
    row(mrk, 'group:near', { Description: 'near' }),
    row(two?.id ?? '', 'eu-west-1', { Alias }),
    row('alias/nobody', 'eu-west-1'),
  ];
  const strangers = Array.from({ length: 1_500 }, (_, i) =>
    row(`mrk-${i.toString(16).padStart(32, '0')}`, 'eu-west-1'),
  );
  for (const more of [[], strangers]) {
    const regions = ['eu-west-1', 'eu-central-1'];
    const overrides = [{ region: 'eu-west-1', replica: { aws_param: { Description: 'override' } } }];
    const { plan, rows: made } = await resolvedManifest([...rows, ...more], {
      regions,
      region_groups: group,
      overrides,
    });
    const there = made.filter(({ account: of }) => of === account);
    expect(
      there.map(({ region, state, manifest_line, settings }) => [region, state, manifest_line, settings]).sort(),
    ).toEqual([
      ['eu-central-1', 'pending', 1, { aws_param: { Description: 'by default' } }],
      ['eu-north-1', 'pending', 3, { aws_param: { Description: 'near' } }],
      ['eu-west-1', 'blocked', 2, { aws_param: { Alias: '{alias}-{region}' } }],
      ['eu-west-1', 'pending', 4, { aws_param: { Alias } }],
    ]);
    expect(there.find(({ state }) => state === 'blocked')?.error).toMatchObject({ code: 'alias_taken' });
    expect(plan?.counts).toMatchObject({ total: 5 + more.length, blocked: 2 + more.length });
    expect(made.find(({ key_id }) => key_id === 'alias/nobody')).toMatchObject({
      manifest_line: 5,
      error: { code: 'unknown_key' },
    });
  }
  expect(await context.store.prisma.inventoryReading.count()).toBe(0);
});

test('a manifest is checked again like any preview, and keeps what its rows set', async () => {
  const account = '100000000009';
  const keys = await simulator.makeKeys({ account, count: 250, aliasPrefix: 'alias/later' });
  const rows = keys.map(({ id }) => row(id, 'eu-west-1', { Alias: '{alias}-dr' }));
  const { planId, plan } = await resolvedManifest(rows);
  expect(plan?.counts).toMatchObject({ total: 250, pending: 250 });
  await simulator.control('POST', '/replicas', { key: keys[0]?.id, region: 'eu-west-1', listed: true });
  expect(await startPreviewed(context.store, planId, 'anna', 0)).toBe(true);
  await resolvePlan(context, planId);
  const after = await read(planId);
  expect(after.plan).toMatchObject({ state: 'scheduled', counts: { total: 250, pending: 249, already_present: 1 } });
  expect(after.rows.every(({ settings }) => settings?.aws_param?.Alias === '{alias}-dr')).toBe(true);
});

test('what replicas get from their primaries is read once, kept with each row, and part of what is approved', async () => {
  const account = '100000000077';
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
  };
  const keys = await simulator.makeKeys({ account, count: 2, tags: { tier: '1' }, policy });
  const others = Array.from({ length: 201 }, (_, i) => `mrk-${i.toString(16).padStart(32, '0')}`);
  const replica = { same_as_primary: ['policy' as const, 'tags' as const] };
  const hashes = new Set<string | null | undefined>();
  for (const more of [[], others]) {
    const { plan, rows } = await resolved({ keys: [...keys.map(({ id }) => id), ...more], replica });
    const made = rows.filter(({ state }) => state === 'pending');
    expect(made).toHaveLength(2);
    for (const { id, from_primary_sha256: fromPrimarySha256 } of made) {
      expect((await readReplicaInFull(context.store, plan?.id ?? '', id))?.from_primary).toEqual({
        Policy: policy,
        Tags: [{ TagKey: 'tier', TagValue: '1' }],
      });
      expect(fromPrimarySha256).toMatch(/^[0-9a-f]{64}$/);
    }
    hashes.add(more.length === 0 ? plan?.resolved_sha256 : null);
  }
  const other = await resolved({ keys: keys.map(({ id }) => id), replica: { same_as_primary: ['tags'] } });
  hashes.add(other.plan?.resolved_sha256);
  hashes.add((await resolved({ keys: keys.map(({ id }) => id) })).plan?.resolved_sha256);
  expect(hashes.size).toBe(4);
});

test('a policy that CCKM does not show blocks the replica that is to have it', async () => {
  const [key] = await simulator.makeKeys({ account: '100000000078', policy: {} });
  const { rows } = await resolved({ keys: [key?.id ?? ''], replica: { same_as_primary: ['policy'] } });
  expect(rows).toMatchObject([{ state: 'blocked', error: { code: 'primary_settings_unknown' } }]);
});

test('a reading of the inventory that is taken away is no empty one: the plan is resolved again', async () => {
  const account = '100000000010';
  const keys = await simulator.makeKeys({ account, count: 450 });
  const inventory = new Inventory(
    context,
    planSpecSchema.parse({ name: 'x', keys: ['mrk-1'], regions: ['eu-west-1'] }),
  );
  const parsed = [{ form: 'cckm_id', id: keys[0]?.id ?? '' }] as const;
  expect((await inventory.find(parsed)).byId.size).toBe(1);
  await context.store.prisma.inventoryReading.deleteMany();
  await expect(inventory.find(parsed)).rejects.toThrow('gone');
  await inventory.end();
});

test('a preview that is fresh starts at once', async () => {
  const [key] = await simulator.makeKeys({ account: '100000000007' });
  const { planId } = await resolved({ keys: [key?.id ?? ''] });
  expect(await startPreviewed(context.store, planId, 'anna', 60_000)).toBe(true);
  expect((await read(planId)).plan).toMatchObject({ state: 'scheduled', changed_since_preview: null, reason: null });
});

test('a plan that was approved some time after it was resolved is checked again, and stays approved', async () => {
  const account = '100000000011';
  const keys = await simulator.makeKeys({ account, count: 2 });
  const spec = { mode: 'execute', selector: { account }, options: { require_approval: true } } as const;
  const { planId, plan } = await resolved(spec);
  expect(plan).toMatchObject({ state: 'awaiting_approval', resolved_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  await simulator.control('PATCH', `/keys/${keys[0]?.id}`, { state: 'Disabled' });
  const approval = { approver: 'anna', role: 'approver', limits: {}, comment: null } as const;
  const of = { specSha256: plan?.spec_sha256 ?? '', resolvedSha256: plan?.resolved_sha256 ?? '' };
  const ages = { approvalMaxAgeMs: 60_000, previewMaxAgeMs: 0 };
  expect(await approvePlan(context.store, planId, { ...approval, ...of }, ages)).toBe('approved');
  expect((await read(planId)).plan).toMatchObject({ state: 'resolving' });
  await resolvePlan(context, planId);
  expect((await read(planId)).plan).toMatchObject({
    ...{ state: 'scheduled', counts: { total: 2, pending: 1, blocked: 1 }, resolved_sha256: plan?.resolved_sha256 },
    changed_since_preview: { changes: [{ code: 'key_disabled', count: 1 }] },
    approvals: [{ approver: 'anna', void_reason: null }],
  });
});

test('a plan with a scope finds the keys of its accounts only, and is told nothing of others, in small plans and in large', async () => {
  const [mine, others] = ['100000000012', '100000000013'];
  const scope = { accounts: [mine], regions: ['eu-west-1'] };
  const [key] = await simulator.makeKeys({ account: mine, alias: 'alias/both' });
  const [other] = await simulator.makeKeys({ account: others, alias: 'alias/both' });
  const foreign = [other?.id, other?.mrk, other?.arn, `arn:aws:kms:us-east-1:${others}:alias/both`];
  const names = ['alias/both', ...foreign.map((name) => name ?? ''), 'alias/nobody'];
  const strangers = Array.from({ length: 201 }, (_, i) => `mrk-${i.toString(16).padStart(32, '0')}`);
  for (const keys of [names, [...names, ...strangers]]) {
    const { rows } = await resolved({ keys }, scope);
    const found = rows.filter(({ mrk }) => mrk !== '');
    expect(found).toMatchObject([{ mrk: key?.mrk, account: mine, state: 'pending', warnings: [] }]);
    const blocked = rows.filter(({ mrk }) => mrk === '');
    expect(blocked).toHaveLength(keys.length - 1);
    // Of a key elsewhere as of none: what the plan called it, and no more.
    const told = blocked.map(({ key_id: keyId, account, key_arn: keyArn, alias, origin, state, error }) => {
      return { account, keyArn, alias, origin, state, code: error?.code, message: error?.message.replace(keyId, 'x') };
    });
    expect(new Set(told.map((row) => JSON.stringify(row))).size).toBe(1);
    expect(told[0]).toMatchObject({ account: '', keyArn: null, state: 'blocked', code: 'out_of_scope' });
  }
  const selected = await resolved({ selector: { alias: 'alias/both' } }, scope);
  expect(selected.rows).toMatchObject([{ mrk: key?.mrk, state: 'pending' }]);
  const none = await resolved({ selector: { account: others } }, scope);
  expect(none.plan).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('accounts of its scope'),
  });
});

test('a plan of a scope is not told the name of one outside that makes the same replica', async () => {
  const account = '100000000014';
  const [key] = await simulator.makeKeys({ account });
  const scope = { accounts: [account], regions: ['eu-west-1'] };
  for (const [name, of, told] of [
    ['everywhere', everywhere, /^Another plan is creating/],
    ['within', scope, /^The plan "within" is creating/],
  ] as const) {
    const first = await resolved({ name, keys: [key?.id ?? ''] }, of);
    await context.store.prisma.$executeRaw`UPDATE replicas SET state = 'queued' WHERE plan_id = ${first.planId}::uuid`;
    const { rows } = await resolved({ keys: [key?.id ?? ''] }, scope);
    const codes = rows[0]?.warnings.map(({ code }) => code);
    expect(codes).toEqual(['in_flight_elsewhere']);
    expect(rows[0]?.warnings[0]?.message).toMatch(told);
    await context.store.prisma
      .$executeRaw`UPDATE replicas SET state = 'cancelled' WHERE plan_id = ${first.planId}::uuid`;
  }
});

test('a preview of a scope that is checked again stays within it', async () => {
  const account = '100000000015';
  const [key] = await simulator.makeKeys({ account });
  const { planId } = await resolved({ keys: [key?.id ?? ''] }, { accounts: [account], regions: null });
  // As if the row had come to be some other way.
  const [other] = await simulator.makeKeys({ account: '100000000016' });
  await context.store.prisma.replica.updateMany({ where: { planId }, data: { keyId: other?.id ?? '' } });
  expect(await startPreviewed(context.store, planId, 'anna', 0)).toBe(true);
  await resolvePlan(context, planId);
  const { plan, rows } = await read(planId);
  expect(rows).toMatchObject([{ state: 'blocked', error: { code: 'out_of_scope' } }]);
  expect(plan?.changed_since_preview?.changes).toEqual([{ code: 'out_of_scope', count: 1 }]);
});

test('a Region group is kept, changed and deleted', async () => {
  const { store } = context;
  const accounts = { '111122223333': ['eu-north-1'] };
  await writeRegionGroup(store, 'eu', { regions: ['eu-west-1'], accounts }, 'anna');
  await writeRegionGroup(store, 'eu', { regions: ['eu-west-2'] }, 'bert');
  await writeRegionGroup(store, 'us', { regions: ['us-west-2'], accounts }, 'anna');
  expect(await readRegionGroups(store)).toMatchObject([
    { name: 'eu', regions: ['eu-west-2'], accounts: {}, updatedBy: 'bert' },
    { name: 'us', regions: ['us-west-2'], accounts, updatedBy: 'anna' },
  ]);
  expect(await readRegionGroups(store, ['us', 'none'])).toHaveLength(1);
  expect(await deleteRegionGroup(store, 'eu')).toBe(true);
  expect(await deleteRegionGroup(store, 'eu')).toBe(false);
});

test('a promotion takes any member of a set for its key, and blocks what cannot be promoted or is named twice', async () => {
  const account = '100000000021';
  const replicas = [{ region: 'eu-west-1' }, { region: 'us-west-2' }];
  const [one, two, twice] = await simulator.makeKeys({ account, count: 3, replicas });
  const [bare] = await simulator.makeKeys({ account });
  const [there] = await simulator.makeKeys({ account, region: 'eu-west-1', replicas: [{ region: 'us-east-1' }] });
  const replicaArn = `arn:aws:kms:eu-west-1:${account}:key/${two?.mrk}`;
  const keys = [one?.id, replicaArn, bare?.mrk, there?.mrk].map((key) => key ?? '');
  const { plan, rows } = await resolved({ operation: 'promote', keys });
  const of = (key: typeof one) => rows.find(({ mrk }) => mrk === key?.mrk);
  expect(of(one)).toMatchObject({
    operation: 'promote',
    state: 'pending',
    key_id: one?.id,
    primary_region: 'us-east-1',
  });
  expect(of(two)).toMatchObject({ state: 'pending', key_id: two?.id, primary_region: 'us-east-1' });
  expect(of(bare)).toMatchObject({ state: 'blocked', error: { code: 'replica_missing' } });
  expect(of(there)).toMatchObject({ state: 'already_present', outcome: 'already_present' });
  expect(plan).toMatchObject({ lower_bound_seconds: 2 / 5 });

  const named = [
    row(twice?.id ?? '', 'eu-west-1'),
    row(twice?.arn ?? '', 'us-west-2'),
    row(one?.mrk ?? '', 'us-west-2'),
  ];
  const { rows: fromFile } = await resolvedManifest(named, { operation: 'promote' }, false);
  expect(fromFile.map(({ region, error }) => `${region} ${error?.code}`).sort()).toEqual([
    'eu-west-1 promotion_conflict',
    'us-west-2 promotion_conflict',
    'us-west-2 undefined',
  ]);
});

test('a key that is promoted has nothing else in flight, in whatever Region, and the other way round', async () => {
  const account = '100000000022';
  const [key] = await simulator.makeKeys({ account, replicas: [{ region: 'eu-west-1' }] });
  const keys = [key?.mrk ?? ''];
  const { store } = context;
  const plans = {
    promotion: await resolved({ operation: 'promote', keys }),
    elsewhere: await resolved({ keys, regions: ['us-west-2'] }),
    again: await resolved({ operation: 'promote', keys }),
  };
  const set = (planId: string, state: string) =>
    store.prisma.$executeRaw`UPDATE replicas SET state = ${state}::replica_state WHERE plan_id = ${planId}::uuid`;
  await store.prisma.$executeRaw`ALTER TABLE plans DISABLE TRIGGER plans_start_approved`;
  for (const { planId } of Object.values(plans)) await movePlan(store, planId, 'running');
  const due = async () => {
    const queues = await inTransaction(store, async (tx) => {
      const waiting = await readWaitingQueues(tx, 0);
      return readDueQueues(
        tx,
        waiting.map((queue) => ({ ...queue, at_most: 20 })),
        0,
      );
    });
    const own = queues.filter((queue) => queue.account === account);
    return own.map(({ kind, region }) => `${kind} ${region}`).sort();
  };
  expect(await due()).toEqual(['promote eu-west-1', 'promote eu-west-1', 'replicate us-west-2']);
  await set(plans.promotion.planId, 'queued');
  expect(await due()).toEqual([]);
  await expect(set(plans.again.planId, 'queued')).rejects.toThrow();
  await set(plans.promotion.planId, 'pending');
  await set(plans.elsewhere.planId, 'queued');
  expect(await due()).toEqual([]);
});
