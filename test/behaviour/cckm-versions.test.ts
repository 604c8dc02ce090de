import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const set = (settings: Record<string, unknown>) => keyferry.simulator.control('PATCH', '/settings', settings);
const asNow = {
  rejectsFilters: [],
  rejectsFiltersStatus: 400,
  pageCap: 0,
  total: 'number',
  mayList: 'all',
  replicaFieldsOnly: false,
  keySource: 'local',
  sourceKeyTier: 'local',
  takesTier: 'local',
  syncFails: {},
  autoImport: 'on',
  nextMaterial: 'none',
};
afterEach(() => set(asNow));

/** Six keys of an account of its own, so that a Region is looked at as a whole. */
async function replicate(count: number, group: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) {
  const keys = await keyferry.simulator.makeKeys({ account: newAccount(), count, ...group });
  await set(settings);
  const plan = await keyferry.run({ name: randomUUID(), keys: keys.map(({ id }) => id), regions: ['eu-west-1'] });
  return { keys, plan, rows: await keyferry.replicas(plan.id) };
}

describe('a version of CCKM', () => {
  it.each([
    ['refuses the newest list filter', { rejectsFilters: ['multi_region_key_type'] }],
    [
      'refuses most filters',
      {
        rejectsFilters: ['multi_region', 'multi_region_key_type', 'sort', 'gone', 'kms_id', 'region'],
        rejectsFiltersStatus: 422,
      },
    ],
    ['states no total and caps its pages', { total: 'none', pageCap: 2 }],
    ['states its total as text', { total: 'text', pageCap: 3 }],
    ['lets its user list the keys of a key id alone', { mayList: 'by_keyid' }],
    ['sends tags and policies of replicas in fields of their own', { replicaFieldsOnly: true }],
  ])('that %s stalls no plan', async (_what, settings) => {
    const { plan } = await replicate(6, {}, settings);
    expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 6 } });
  });

  it('whose user may list nothing is asked by id, and where that is not known the row says so', async () => {
    const { plan } = await replicate(3, {}, { mayList: 'none' });
    expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 3 } });
    await set(asNow);
    const [key] = await keyferry.simulator.makeKeys({ account: newAccount() });
    await keyferry.simulator.addFaults({
      operation: 'replicate-key',
      key: key?.id,
      times: 1,
      effect: { dropAfter: true },
    });
    await set({ mayList: 'none' });
    const lost = await keyferry.run({ name: randomUUID(), keys: [key?.id ?? ''], regions: ['eu-west-1'] });
    expect(await keyferry.replicas(lost.id)).toMatchObject([{ state: 'failed', error: { code: 'cckm_forbidden' } }]);
    await set(asNow);
    await keyferry.client.request('POST /v1/plans/{id}/retry', { id: lost.id });
    await keyferry.settled(lost.id);
    expect(await keyferry.replicas(lost.id)).toMatchObject([{ state: 'succeeded', outcome: 'adopted' }]);
    const calls = (await keyferry.simulator.ledger('replicate-key')).filter(({ mrk }) => mrk === key?.mrk);
    expect(calls).toHaveLength(1);
  });

  it('whose user may not list what a selector needs fails the plan, and says why', async () => {
    await set({ mayList: 'none' });
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: randomUUID(),
        selector: { account: newAccount() },
        regions: ['eu-west-1'],
      },
    });
    const plan = await until(
      'it is given up',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ state }) => state === 'failed',
    );
    expect(plan.reason).toContain('refuses to list');
  });

  it.each([
    ['LunaHSM', '', 'hsm-luna'],
    ['dsm', '', 'dsm'],
    ['local', 'external-cm', 'external-cm'],
  ])('with sources in %s / %s takes material from %s', async (keySource, sourceKeyTier, takesTier) => {
    const more = { keySource, sourceKeyTier, takesTier };
    const { plan } = await replicate(
      1,
      { origin: 'EXTERNAL', materialExpiresInDays: 90.5 },
      { autoImport: 'off', ...more },
    );
    expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 1 } });
  });

  it('whose own import is throttled has it done by us', async () => {
    const { plan } = await replicate(2, { origin: 'EXTERNAL' }, { autoImport: 'throttled' });
    expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 2 } });
  });

  it('whose synchronisation of the Region fails ends the rows that wait for it, and says why', async () => {
    const [key] = await keyferry.simulator.makeKeys({ account: newAccount() });
    await keyferry.simulator.control('POST', '/replicas', {
      key: key?.mrk,
      region: 'eu-west-1',
      state: 'Enabled',
      listed: false,
    });
    await set({ syncFails: { 'eu-west-1': 'Failed: AccessDeniedException: kms:ListKeys' } });
    const plan = await keyferry.run({ name: randomUUID(), keys: [key?.id ?? ''], regions: ['eu-west-1'] });
    expect(await keyferry.replicas(plan.id)).toMatchObject([
      { state: 'failed', error: { code: 'already_exists', message: expect.stringContaining('kms:ListKeys') } },
    ]);
  });

  it.each(['PENDING_ROTATION', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'])(
    'that has a next material in %s imports the current one, and the replica is proved by that',
    async (nextMaterial) => {
      const { plan, keys } = await replicate(1, { origin: 'EXTERNAL' }, { autoImport: 'off', nextMaterial });
      expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 1 } });
      const imports = (await keyferry.simulator.ledger('import-material')).filter(({ mrk }) => mrk === keys[0]?.mrk);
      expect(imports.map(({ workDone }) => workDone)).toEqual([true]);
    },
  );

  it('with an archived container beside one in use synchronises the latter alone', async () => {
    const account = newAccount();
    const [key] = await keyferry.simulator.makeKeys({ account });
    const unlisted = { key: key?.mrk, region: 'eu-west-1', state: 'Enabled', listed: false };
    await keyferry.simulator.control('POST', '/replicas', unlisted);
    await set({ archivedContainers: { [account]: 'beside' } });
    const plan = await keyferry.run({ name: randomUUID(), keys: [key?.id ?? ''], regions: ['eu-west-1'] });
    expect(await keyferry.replicas(plan.id)).toMatchObject([{ state: 'already_present', warnings: [] }]);
  });

  it('that has archived all containers of an account is not called for its keys', async () => {
    const account = newAccount();
    const { plan, keys } = await replicate(1, { account }, { archivedContainers: { [account]: 'only' } });
    expect(await keyferry.replicas(plan.id)).toMatchObject([
      { state: 'blocked', error: { code: 'region_not_enabled', message: expect.stringContaining('archived') } },
    ]);
    expect((await keyferry.simulator.ledger('replicate-key')).filter(({ mrk }) => mrk === keys[0]?.mrk)).toEqual([]);
  });

  it('is told of an origin that the plan contradicts before anything is called', async () => {
    const [key] = await keyferry.simulator.makeKeys({ account: newAccount() });
    const plan = await keyferry.run({
      name: randomUUID(),
      keys: [key?.id ?? ''],
      regions: ['eu-west-1'],
      replica: { aws_param: { Origin: 'EXTERNAL' } },
    });
    expect(await keyferry.replicas(plan.id)).toMatchObject([{ state: 'blocked', error: { code: 'origin_mismatch' } }]);
  });
});
