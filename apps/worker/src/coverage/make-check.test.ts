import { type Answer, type CckmClient, CckmError, createCckmClient } from '@keyferry/cckm';
import { loadConfig } from '@keyferry/config';
import { type CckmKey, type CoveragePolicyInput, coveragePolicySchema } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import {
  askForCheck,
  claimCheck,
  eachCoverageCell,
  findDuePolicies,
  finishCheck,
  migrate,
  openStore,
  putPolicy,
  readCheck,
  registerWorker,
  removeWorker,
  requestDueCheck,
} from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../../../test/harness/simulator.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { type CheckContext, makeNextCheck } from './make-check.ts';
import { readBack } from './read-back.ts';

let server: PrivateServer;
let simulator: Simulator;
let context: CheckContext;
beforeAll(async () => {
  [server, simulator] = await Promise.all([startPostgres(), startSimulator()]);
  await migrate(server.url);
  const store = openStore({ url: server.url });
  const id = await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  context = {
    store,
    cckm: createCckmClient({ url: simulator.url, username: 'admin', password: 'keyferry-simulator' }),
    config: loadConfig({}),
    log: createLog('worker', 'silent'),
    resolving: new Set(),
    checking: new Set(),
    session: { id, now: () => new Date() },
  };
}, 120_000);
afterAll(async () => {
  await context?.cckm.close();
  await context?.store.close();
  await Promise.all([server?.stop(), simulator?.stop()]);
});

const unanswered = new CckmError({ code: 'cckm_unavailable', message: 'CCKM is away.', mayHaveLanded: false });
const signal = new AbortController().signal;
const account = '100000000001';

function ask(policy: Partial<CoveragePolicyInput>, more: { proof?: boolean; policyName?: string } = {}) {
  const spec = coveragePolicySchema.parse({ name: 'tier-one', regions: ['us-east-1', 'eu-west-1'], ...policy });
  return askForCheck(context.store, { spec, cause: 'asked', requestedBy: 'test', ...more });
}

async function made(policy: Partial<CoveragePolicyInput>, more: { proof?: boolean; policyName?: string } = {}) {
  const { id } = await ask(policy, more);
  expect(await makeNextCheck(context, signal)).toBe(true);
  return {
    check: await readCheck(context.store, id),
    cells: await Array.fromAsync(eachCoverageCell(context.store, id)),
  };
}

test('every required key and Region has a cell, also the primary, and what CCKM does not know is not a gap', async () => {
  const [there, open] = await simulator.makeKeys({ account, count: 2, aliasPrefix: 'alias/one' });
  await simulator.control('POST', '/replicas', { key: there?.id, region: 'eu-west-1', listed: true });
  const { check, cells } = await made({ keys: [there?.id ?? '', `${there?.mrk}`, `${open?.mrk}`, 'alias/nobody'] });
  expect(cells.map(({ position, region, code }) => [position, region, code])).toEqual([
    [0, 'eu-west-1', 'covered'],
    [0, 'us-east-1', 'covered'],
    [1, 'eu-west-1', 'no_replica'],
    [1, 'us-east-1', 'covered'],
    [2, 'eu-west-1', 'unknown_key'],
    [2, 'us-east-1', 'unknown_key'],
  ]);
  expect(check).toMatchObject({ state: 'done', keys: 3, counts: { total: 6, covered: 3, missing: 1, unknown: 2 } });
  expect(check?.by_region[1]).toMatchObject({ region: 'eu-west-1', counts: { total: 3, covered: 1, missing: 1 } });
});

test('a replica that AWS has and CCKM does not list is unknown where the primary names it, and not missing', async () => {
  const account = '100000000002';
  const [key] = await simulator.makeKeys({ account });
  await simulator.control('POST', '/replicas', { key: key?.id, region: 'eu-west-1', listed: true });
  const primary = await context.cckm.getKey(key?.id ?? '');
  const cckm = {
    listKmsContainers: () => context.cckm.listKmsContainers(),
    findMembers: async () => ({ ...primary, value: [primary.value] }),
  } as unknown as CckmClient;
  const { id } = await ask({ keys: [`${key?.mrk}`], regions: ['eu-west-1'] });
  await makeNextCheck({ ...context, cckm }, signal);
  const cells = await Array.fromAsync(eachCoverageCell(context.store, id));
  expect(cells).toMatchObject([{ state: 'unknown', code: 'not_listed' }]);
});

test('without the KMS containers only what is not listed is unknown', async () => {
  const account = '100000000006';
  const [key] = await simulator.makeKeys({ account });
  await simulator.control('POST', '/replicas', { key: key?.id, region: 'eu-west-1', listed: true });
  await simulator.addFaults({ operation: 'list-kms', times: 1, effect: { status: 403 } });
  const { cells } = await made({ selector: { account }, regions: ['us-east-1', 'eu-west-1', 'us-west-2'] });
  expect(cells.map(({ region, code }) => [region, code])).toEqual([
    ['eu-west-1', 'covered'],
    ['us-east-1', 'covered'],
    ['us-west-2', 'containers_unknown'],
  ]);
});

test('a difference between replica and primary is drift, reported by field and sealed like a policy', async () => {
  const account = '100000000003';
  const [key] = await simulator.makeKeys({ account, aliasPrefix: 'alias/drift' });
  await simulator.control('POST', '/replicas', { key: key?.id, region: 'eu-west-1', listed: true });
  const { cells } = await made({
    selector: { account },
    regions: ['eu-west-1'],
    same_as_primary: ['alias'],
    replica: { aws_param: { Description: '{alias} for dr' } },
  });
  expect(cells).toMatchObject([{ state: 'drifted', code: 'differs' }]);
  expect(cells[0]?.diff?.map(({ field }) => field).sort()).toEqual(['alias', 'description']);
});

test('a proof reads every member back and says how', async () => {
  const account = '100000000004';
  const [key] = await simulator.makeKeys({ account });
  await simulator.control('POST', '/replicas', { key: key?.id, region: 'eu-west-1', listed: true });
  const { cells } = await made({ selector: { account }, regions: ['eu-west-1'] }, { proof: true });
  expect(cells).toMatchObject([{ state: 'covered', material: { how: 'refreshed' } }]);
}, 20_000);

test('a proof of imported key material is that the replica has all that its primary has', async () => {
  const account = '100000000010';
  await simulator.makeKeys({ account, origin: 'EXTERNAL', replicas: [{ region: 'eu-west-1' }] });
  const { cells } = await made({ selector: { account }, regions: ['eu-west-1'] }, { proof: true });
  expect(cells).toMatchObject([{ state: 'covered', material: { ids: [expect.any(String)] } }]);
  expect(cells[0]?.material?.ids).toEqual(cells[0]?.material?.primary_ids);
}, 20_000);

test('a proof goes by no record that is older than its refresh, and one that is refreshed late is waited for', async () => {
  const account = '100000000007';
  await simulator.control('PATCH', '/settings', { promotionMs: 0, promotionStaleMs: 600_000, refreshMs: 500 });
  const [key] = await simulator.makeKeys({ account, replicas: [{ region: 'eu-west-1' }] });
  const { value: members } = await context.cckm.findMembers(key?.mrk ?? '');
  const ids = members.map(({ id }) => id);
  await context.cckm.updatePrimaryRegion(key?.id ?? '', 'eu-west-1', {});
  // One of them is refreshed at once, so that the other is known to be late.
  const [late = '', ...others] = ids;
  await simulator.control('PATCH', '/settings', { refreshMs: 60_000 });
  await context.cckm.refreshKey(late);
  await simulator.control('PATCH', '/settings', { refreshMs: 0 });
  const tooSoon = await readBack({ cckm: withoutRefreshOf(late) }, ids, 0);
  expect(tooSoon.readings.get(late)).toEqual({ how: 'refreshed', settled: false });
  for (const id of others) expect(tooSoon.readings.get(id)).toEqual({ how: 'refreshed', settled: true });
  await simulator.control('PATCH', '/settings', { refreshMs: 500 });
  const { readings, keys } = await readBack(context, ids);
  expect([...readings.values()]).toEqual(ids.map(() => ({ how: 'refreshed', settled: true })));
  const types = [...keys.values()].map(({ region, multiRegionKeyType }) => `${region} ${multiRegionKeyType}`);
  expect(types.sort()).toEqual(['eu-west-1 PRIMARY', 'us-east-1 REPLICA']);
  await simulator.control('PATCH', '/settings', { promotionStaleMs: 0, refreshMs: 0, offersRefresh: false });
  const twice = await readBack(context, ids);
  expect([...twice.readings.values()]).toEqual(ids.map(() => ({ how: 'read_twice', settled: true })));
}, 20_000);

test('a CCKM that dates none of its refreshes is believed where nothing has changed meanwhile', async () => {
  const [key] = await simulator.makeKeys({ account: '100000000009', replicas: [{ region: 'eu-west-1' }] });
  const { value: members } = await context.cckm.findMembers(key?.mrk ?? '');
  const ids = members.map(({ id }) => id);
  const cckm = withoutRefreshOf(...ids);
  const { readings } = await readBack({ cckm }, ids, 0);
  expect([...readings.values()]).toEqual(ids.map(() => ({ how: 'read_twice', settled: true })));
  const states = ['Enabled', 'Disabled'];
  const changing = {
    ...cckm,
    findById: async (id: string) => changed(await context.cckm.findById(id), states.shift()),
  };
  const [id = ''] = ids;
  const { readings: moved } = await readBack({ cckm: changing as unknown as CckmClient }, [id], 0);
  expect(moved.get(id)).toEqual({ how: 'read_twice', settled: false });
}, 20_000);

/** A CCKM that takes refreshes of these keys and does nothing. */
function withoutRefreshOf(...ids: string[]): CckmClient {
  const { cckm } = context;
  const refreshKey = async (id: string) => ids.includes(id) || cckm.refreshKey(id);
  return { findById: (id: string) => cckm.findById(id), refreshKey } as unknown as CckmClient;
}

const changed = (answer: Answer<CckmKey | null>, keyState = 'Disabled') => ({
  ...answer,
  value: answer.value && { ...answer.value, keyState },
});

test('a check that CCKM leaves unanswered for ten minutes is given up, and says so', async () => {
  const account = '100000000008';
  await simulator.makeKeys({ account });
  const { id } = await ask({ selector: { account }, regions: ['us-east-1'] });
  const cckm = { listKmsContainers: () => Promise.reject(unanswered) } as unknown as CckmClient;
  const tryAfter = async (minutes: number) => {
    await context.store.prisma.$executeRaw`
      UPDATE coverage_checks SET started_at = now() - make_interval(mins => ${minutes}::int), not_before = now() - interval '1 second'
      WHERE id = ${id}::uuid`;
    await makeNextCheck({ ...context, cckm }, signal);
    return readCheck(context.store, id);
  };
  // However old it is, it is not given up after one try.
  expect(await tryAfter(60)).toMatchObject({ state: 'pending', tries: 1 });
  expect(await tryAfter(9)).toMatchObject({ state: 'pending', tries: 2 });
  expect(await tryAfter(11)).toMatchObject({
    state: 'failed',
    reason: null,
    error: {
      code: 'cckm_unavailable',
      message: expect.stringMatching(/^It was retried for 11 minutes\. .* Then check again\.$/),
    },
  });
  await makeNextCheck(context, signal);
  expect(await readCheck(context.store, id)).toMatchObject({ state: 'failed' });
});

test('an outage leaves it waiting with a reason, and then it is made', async () => {
  const account = '100000000005';
  await simulator.makeKeys({ account });
  const { id } = await ask({ selector: { account }, regions: ['us-east-1'] });
  await context.cckm.close();
  const away = createCckmClient({ url: 'http://127.0.0.1:9', username: 'admin', password: 'x' });
  await makeNextCheck({ ...context, cckm: away }, signal);
  expect(await readCheck(context.store, id)).toMatchObject({
    state: 'pending',
    tries: 1,
    reason: expect.stringMatching(/CCKM/),
  });
  await context.store.prisma.coverageCheck.update({ where: { id }, data: { notBefore: new Date(0) } });
  context = {
    ...context,
    cckm: createCckmClient({ url: simulator.url, username: 'admin', password: 'keyferry-simulator' }),
  };
  await makeNextCheck(context, signal);
  expect(await readCheck(context.store, id)).toMatchObject({ state: 'done', counts: { covered: 1, total: 1 } });
  await ask({ selector: { account }, regions: ['us-east-1'] });
}, 30_000);

test('a check of a dead worker is made by another, and of a living one it is not', async () => {
  const { store, session } = context;
  const other = await registerWorker(store, { host: 'there', pid: 2, concurrency: 1, leaseMs: 600_000 });
  const claimed = await claimCheck(store, { workerId: other, checkIds: [] });
  expect(claimed).not.toBeNull();
  expect(await claimCheck(store, { workerId: session.id, checkIds: [] })).toBeNull();
  await removeWorker(store, other);
  await makeNextCheck(context, signal);
  expect(await readCheck(store, claimed?.id ?? '')).toMatchObject({ state: 'done' });
});

test('a schedule asks for one check however often it was due, and cells are kept of the newest', async () => {
  const { store } = context;
  const schedule = { cron: '0 2 * * *', time_zone: 'UTC' };
  const policy = coveragePolicySchema.parse({
    name: 'nightly',
    selector: { account },
    regions: ['us-east-1'],
    schedule,
  });
  expect(await putPolicy(store, policy, 'test')).toBe('created');
  expect(await putPolicy(store, policy, 'test')).toBe('unchanged');
  expect(await findDuePolicies(store)).toEqual([]);
  const due = () => store.prisma.$executeRaw`UPDATE coverage_policies SET next_check_at = now() - interval '3 days'`;
  await due();
  expect(await findDuePolicies(store)).toEqual(['nightly']);
  const [one, two] = await Promise.all([requestDueCheck(store, 'nightly'), requestDueCheck(store, 'nightly')]);
  expect([one, two].filter((id) => id !== null)).toHaveLength(1);
  await due();
  expect(await requestDueCheck(store, 'nightly')).toBeNull();
  await makeNextCheck(context, signal);
  const first = (one ?? two) as string;
  expect(await readCheck(store, first)).toMatchObject({ state: 'done', cause: 'scheduled', cells_kept: true });
  await due();
  const second = (await requestDueCheck(store, 'nightly')) as string;
  await makeNextCheck(context, signal);
  expect(await readCheck(store, first)).toMatchObject({
    cells_kept: false,
    spec: null,
    spec_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    counts: { total: 2 },
  });
  expect(await readCheck(store, second)).toMatchObject({ cells_kept: true });
});

test('two rounds of one worker never make the same check, and an earlier claim of it writes nothing', async () => {
  const keys = (await simulator.makeKeys({ account, count: 3 })).map(({ id }) => id);
  const ids = [(await ask({ keys })).id, (await ask({ keys, name: 'other' })).id];
  const rounds = await Promise.all(Array.from({ length: 4 }, () => makeNextCheck(context, signal)));
  expect(rounds.filter(Boolean)).toHaveLength(2);
  for (const id of ids) expect(await readCheck(context.store, id)).toMatchObject({ state: 'done', keys: 3, tries: 0 });

  const { id } = await ask({ keys });
  const workerId = context.session.id;
  const [first, second] = [
    await claimCheck(context.store, { workerId, checkIds: [] }),
    await claimCheck(context.store, { workerId, checkIds: [] }),
  ];
  expect([first?.id, second?.id]).toEqual([id, id]);
  const held = (epoch = 0) => ({ checkId: id, workerId, epoch });
  expect(await finishCheck(context.store, held(first?.epoch))).toBe(false);
  expect(await finishCheck(context.store, held(second?.epoch))).toBe(true);
});

test('a proof keeps to the budget of reads, its refreshes too', async () => {
  const keys = (await simulator.makeKeys({ account, count: 8, replicas: [{ region: 'eu-west-1' }] })).map(
    ({ id }) => id,
  );
  const gentle = createCckmClient({
    ...{ url: simulator.url, username: 'admin', password: 'keyferry-simulator' },
    reads: { perSecond: 20, atOnce: 4 },
  });
  const before = (await simulator.ledger()).length;
  const { id } = await ask({ keys }, { proof: true });
  await makeNextCheck({ ...context, cckm: gentle }, signal);
  await gentle.close();
  expect(await readCheck(context.store, id)).toMatchObject({ state: 'done', counts: { total: 16, covered: 16 } });
  const reads = (await simulator.ledger())
    .slice(before)
    .filter(({ operation }) => !['login', 'revoke'].includes(operation));
  expect(reads.length).toBeGreaterThan(48);
  for (const { at } of reads) {
    expect(reads.filter((other) => other.at >= at && other.at < at + 1_000).length).toBeLessThanOrEqual(41);
    // Bulk work takes half of what may be under way.
    const underWay = reads.filter((other) => other.at <= at && at < other.at + (other.durationMs ?? 0));
    expect(underWay.length).toBeLessThanOrEqual(3);
  }
}, 60_000);
