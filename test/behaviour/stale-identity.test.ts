import { randomUUID } from 'node:crypto';
import { createKeyferryClient } from '@keyferry/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import type { SimulatedKey } from '../harness/simulator.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry({ KEYFERRY_QUOTA_UPDATE_PRIMARY_REGION: '60' });
  await keyferry.simulator.control('PATCH', '/settings', { promotionMs: 200, quotas: { UpdatePrimaryRegion: 60 } });
});
afterAll(() => keyferry?.stop());

const control = <T>(method: string, path: string, body?: unknown) => keyferry.simulator.control<T>(method, path, body);

interface Member {
  readonly id: string;
  readonly region: string;
  readonly type: string;
  readonly arn: string;
}

/** A key with a replica in Oregon, where its primary can go. */
async function oneKey(more: Record<string, unknown> = {}): Promise<SimulatedKey> {
  const [key] = await keyferry.simulator.makeKeys({
    account: newAccount(),
    replicas: [{ region: 'us-west-2' }],
    ...more,
  });
  if (!key) throw new Error('no key was made');
  return key;
}
const moveOutside = (key: SimulatedKey, region: string) =>
  control<Member[]>('POST', '/promotions', { key: key.mrk, region });
const memberIn = async (key: SimulatedKey, region: string): Promise<Member> => {
  const found = (await control<Member[]>('GET', `/keys?mrk=${key.mrk}`)).find((member) => member.region === region);
  if (!found) throw new Error(`no member in ${region}`);
  return found;
};
const calls = async (key: SimulatedKey, operation = 'replicate-key') =>
  (await keyferry.simulator.ledger(operation)).filter(({ mrk }) => mrk === key.mrk);

/** A plan that was previewed before the primary moves, and is executed afterwards. */
async function previewed(spec: Record<string, unknown>): Promise<string> {
  const { id } = await keyferry.client.request('POST /v1/plans', {
    body: {
      name: randomUUID(),
      mode: 'preview',
      regions: ['eu-west-1'],
      ...spec,
    },
  });
  await until(
    'it is previewed',
    () => keyferry.client.request('GET /v1/plans/{id}', { id }),
    ({ state }) => state === 'previewed',
  );
  return id;
}
async function execute(id: string) {
  await keyferry.client.request('POST /v1/plans/{id}/execute', { id });
  const plan = await keyferry.settled(id);
  return { plan, rows: await keyferry.replicas(id) };
}

/** Three plans for two Regions each, all of them previewed before the primaries move. */
async function callsThePrimaryOfNow(): Promise<void> {
  const keys = await Promise.all([oneKey(), oneKey(), oneKey()]);
  const ids = await Promise.all(keys.map(({ id }) => previewed({ keys: [id], regions: ['eu-west-1', 'ap-south-1'] })));
  for (const key of keys) await moveOutside(key, 'us-west-2');
  const begun = Date.now();
  for (const [i, key] of keys.entries()) {
    const { plan, rows } = await execute(ids[i] as string);
    const primary = await memberIn(key, 'us-west-2');
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 2, succeeded: 2 } });
    for (const row of rows) {
      expect(row).toMatchObject({
        key_id: primary.id,
        key_arn: primary.arn,
        primary_region: 'us-west-2',
        outcome: 'created',
      });
      expect(row.warnings).toMatchObject([{ code: 'primary_moved' }]);
    }
    const made = (await calls(key)).filter(({ workDone }) => workDone);
    expect(made.map(({ keyId }) => keyId)).toEqual([primary.id, primary.id]);
    expect(made.map(({ primaryRegion }) => primaryRegion)).toEqual(['us-west-2', 'us-west-2']);
    const [matrix] = (await keyferry.client.request('GET /v1/plans/{id}/matrix', { id: plan.id })).items;
    expect(matrix).toMatchObject({ key_id: primary.id, primary_region: 'us-west-2' });
  }
  expect(Date.now() - begun).toBeLessThan(60_000);
}

describe('a plan that was resolved before its primary moved', () => {
  it('calls the primary of now, at its own pace', callsThePrimaryOfNow);

  it('has nothing to make in a Region that has itself become the primary’s', async () => {
    const key = await oneKey({ replicas: [{ region: 'eu-west-1' }] });
    await control('DELETE', `/keys/${(await memberIn(key, 'eu-west-1')).id}`);
    const id = await previewed({ keys: [key.id] });
    await control('POST', '/replicas', { key: key.mrk, region: 'eu-west-1', state: 'Enabled', listed: true });
    await moveOutside(key, 'eu-west-1');
    const { plan, rows } = await execute(id);
    expect(plan.state).toBe('succeeded');
    expect(rows).toMatchObject([{ state: 'already_present', replica_key_id: (await memberIn(key, 'eu-west-1')).id }]);
    expect((await calls(key)).some(({ workDone }) => workDone)).toBe(false);
  });

  it('keeps what its overrides say of the key that it named', async () => {
    const key = await oneKey();
    const id = await previewed({
      keys: [key.arn],
      overrides: [
        { key: key.arn, replica: { aws_param: { Description: 'as approved' } } },
        { key: (await memberIn(key, 'us-west-2')).id, replica: { aws_param: { Description: 'of the other' } } },
      ],
    });
    await moveOutside(key, 'us-west-2');
    const { rows } = await execute(id);
    expect(rows).toMatchObject([{ state: 'succeeded', primary_region: 'us-west-2' }]);
    const made = await control<{ description: string; region: string }[]>('GET', `/keys?mrk=${key.mrk}`);
    expect(made.find(({ region }) => region === 'eu-west-1')?.description).toBe('as approved');
  });

  it('that names the member which has become the primary too makes each replica once', async () => {
    const key = await oneKey();
    const other = await memberIn(key, 'us-west-2');
    const id = await previewed({ keys: [key.id, other.id] });
    await moveOutside(key, 'us-west-2');
    const { plan, rows } = await execute(id);
    expect(plan.counts).toMatchObject({ total: 2, succeeded: 1, blocked: 1 });
    expect(rows.find(({ state }) => state === 'succeeded')).toMatchObject({ key_id: other.id });
    expect((await calls(key)).filter(({ workDone }) => workDone)).toHaveLength(1);
    await keyferry.client.request('POST /v1/plans/{id}/retry', { id });
    expect((await keyferry.settled(id)).counts).toMatchObject({ total: 2, failed: 0, blocked: 0 });
  });

  it('goes on after a retry, though it failed before', async () => {
    const key = await oneKey();
    await control('POST', '/faults', {
      operation: 'replicate-key',
      key: key.id,
      times: 1,
      effect: { awsError: { name: 'AccessDeniedException', message: 'User is not authorized' } },
    });
    const { id } = await keyferry.run({ name: randomUUID(), keys: [key.id], regions: ['eu-west-1'] });
    expect((await keyferry.client.request('GET /v1/plans/{id}', { id })).counts.failed).toBe(1);
    await moveOutside(key, 'us-west-2');
    await keyferry.client.request('POST /v1/plans/{id}/retry', { id });
    expect((await keyferry.settled(id)).state).toBe('succeeded');
    const made = (await calls(key)).filter(({ workDone }) => workDone);
    expect(made).toMatchObject([{ primaryRegion: 'us-west-2' }]);
  });
});

describe('a promotion that was resolved before the primary moved elsewhere', () => {
  it('is called for the primary of now, or by the id of the replica where CCKM wants that', async () => {
    const approvers = await Promise.all(
      ['ada', 'bob'].map(async (name) => {
        const { token } = await keyferry.client.request('POST /v1/tokens', { body: { name, role: 'approver' } });
        return createKeyferryClient({ url: keyferry.url, token });
      }),
    );
    const promote = async (key: SimulatedKey, before: () => Promise<unknown>) => {
      const { id } = await keyferry.client.request('POST /v1/plans', {
        body: {
          name: randomUUID(),
          operation: 'promote',
          keys: [key.id],
          regions: ['eu-west-1'],
        },
      });
      const waiting = await until(
        'it waits for approval',
        () => keyferry.client.request('GET /v1/plans/{id}', { id }),
        ({ state }) => state === 'awaiting_approval',
      );
      await before();
      for (const approver of approvers)
        await approver.request('POST /v1/plans/{id}/approve', { id, body: { spec_sha256: waiting.spec_sha256 } });
      const plan = await keyferry.settled(id);
      return { plan, rows: await keyferry.replicas(id) };
    };
    const replicas = [{ region: 'us-west-2' }, { region: 'eu-west-1' }];
    const moved = await oneKey({ replicas });
    const first = await promote(moved, () => moveOutside(moved, 'us-west-2'));
    expect(first.plan.state).toBe('succeeded');
    expect(first.rows).toMatchObject([{ state: 'succeeded', primary_region: 'us-west-2' }]);
    expect((await memberIn(moved, 'eu-west-1')).type).toBe('PRIMARY');

    await control('PATCH', '/settings', { updatePrimaryBy: 'replica' });
    const still = await oneKey({ replicas });
    const second = await promote(still, async () => undefined);
    await control('PATCH', '/settings', { updatePrimaryBy: 'primary' });
    expect(second.plan.state).toBe('succeeded');
    const asked = await calls(still, 'update-primary-region');
    expect(asked.map(({ keyId }) => keyId)).toEqual([still.id, (await memberIn(still, 'eu-west-1')).id]);
  });
});

describe('two records of one key, one of them gone', () => {
  it('lead to the live one, whatever the plan calls the key', async () => {
    const [key] = await keyferry.simulator.makeKeys({ account: newAccount(), aliasPrefix: 'alias/twice' });
    if (!key) throw new Error('no key was made');
    const { id: gone } = await control<{ id: string }>('POST', '/gone-records', { key: key.id });
    const regions = ['eu-west-1', 'us-west-2', 'ap-south-1', 'eu-central-1', 'ca-central-1'];
    const named = [gone, key.id, key.mrk, key.arn, key.alias ?? ''];
    for (const [i, name] of named.entries()) {
      const plan = await keyferry.run({ name: randomUUID(), keys: [name], regions: [regions[i] as string] });
      expect(await keyferry.replicas(plan.id)).toMatchObject([{ state: 'succeeded', key_id: key.id }]);
    }
  });
});

describe('a key that CCKM has rotated into another', () => {
  it('is replicated as it is named, with a warning, or followed where the plan asks for that', async () => {
    const [old] = await keyferry.simulator.makeKeys({
      account: newAccount(),
      origin: 'EXTERNAL',
      alias: `alias/${randomUUID()}`,
      replicas: [{ region: 'us-west-2' }],
    });
    if (!old) throw new Error('no key was made');
    const fresh = await control<Member>('POST', '/rotations', { key: old.id });
    const rows = async (spec: { keys: string[]; options?: { follow_rotation: boolean } }) =>
      keyferry.replicas(await previewed(spec));
    expect(await rows({ keys: [old.id] })).toMatchObject([
      { key_id: old.id, state: 'pending', warnings: [{ code: 'rotated_away' }] },
    ]);
    expect(await rows({ keys: [old.alias ?? ''] })).toMatchObject([
      { key_id: fresh.id, warnings: [{ code: 'rotated_away' }] },
    ]);
    for (const name of [old.id, old.mrk, old.arn]) {
      expect(await rows({ keys: [name], options: { follow_rotation: true } })).toMatchObject([{ key_id: fresh.id }]);
    }
  });
});

/** Last: a CCKM that has refused a refresh is not asked for one again for some minutes. */
describe('a CCKM that offers no refresh', () => {
  it('is synchronised instead, and the primary of now is called', async () => {
    await control('PATCH', '/settings', { offersRefresh: false });
    await callsThePrimaryOfNow();
  });
});
