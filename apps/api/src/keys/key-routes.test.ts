import { everywhere, planSpecSchema } from '@keyferry/core';
import {
  beginReading,
  claimCheck,
  claimEstate,
  finishCheck,
  insertPlan,
  insertReplicas,
  registerWorker,
  replaceEstate,
  wantEstate,
  writeCells,
  writeReading,
} from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { newKey, newReplicaKey } from '../../../../test/models/keys/new-key.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';

const account = '111122223333';
const arn = `arn:aws:kms:eu-west-1:${account}:key/mrk-1`;

let api: TestApi;
let workerId: string;
const ask = (path: string) => api.ask(adminToken, 'GET', path);
const aliases = async (query: Record<string, string>): Promise<string[]> =>
  (await ask(`/v1/keys?${new URLSearchParams(query)}`)).json.items.map((key: { alias: string }) => key.alias);

beforeAll(async () => {
  api = await startForTest();
  workerId = await registerWorker(api.store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  await wantEstate(api.store);
  await claimEstate(api.store, workerId, 0);
  const reading = await beginReading(api.store, workerId);
  await writeReading(api.store, reading, [
    newKey({ id: 'primary', aliases: ['alias/one'] }),
    newReplicaKey({ aliases: ['alias/one'], arn, tags: [{ key: 'tier', value: '1' }] }),
    newKey({ id: 'other', keyId: 'mrk-2', arn: null, aliases: ['alias/two'], tags: [{ key: 'tier', value: '2' }] }),
  ]);
  await replaceEstate(api.store, workerId, reading);
}, 120_000);
afterAll(() => api?.stop());

test('keys are found by a whole ARN of any member, and by tag', async () => {
  expect(await aliases({ q: arn })).toEqual(['alias/one']);
  expect(await aliases({ q: arn.replace(account, '444455556666') })).toEqual([]);
  expect(await aliases({ tag: 'tier' })).toEqual(['alias/one', 'alias/two']);
  expect(await aliases({ tag: 'tier=1' })).toEqual(['alias/one']);
  expect(await aliases({ tag: 'tier=' })).toEqual([]);
});

test.each(['primary', 'replica', 'mrk-1', arn])('a key is read with its set by %s', async (id) => {
  const { json } = await ask(`/v1/keys/${encodeURIComponent(id)}`);
  expect(json).toMatchObject({
    key_id: 'primary',
    alias: 'alias/one',
    primary_region: 'us-east-1',
    regions: [
      { region: 'eu-west-1', key_id: 'replica', primary: false, key_arn: arn, tags: [{ key: 'tier', value: '1' }] },
      { region: 'us-east-1', key_id: 'primary', primary: true, tags: [] },
    ],
  });
});

test('what is no key is not there', async () => {
  for (const id of ['mrk-3', '%00', 'a%20b', 'x'.repeat(400)]) {
    for (const part of ['', '/replicas', '/coverage']) expect((await ask(`/v1/keys/${id}${part}`)).status).toBe(404);
  }
});

test('plans tell what they did with a key, the newest first', async () => {
  const spec = planSpecSchema.parse({ name: 'plan', keys: ['mrk-1'], regions: ['eu-west-1', 'eu-west-2'] });
  const by = { scope: everywhere, createdBy: 'anna', idempotency: null };
  for (const name of ['first', 'second']) {
    const { planId } = await insertPlan(api.store, { spec: { ...spec, name }, ...by });
    await insertReplicas(api.store, planId, [
      newResolved({ key_id: 'primary', mrk: 'mrk-1' }),
      newResolved({ key_id: 'other', mrk: 'mrk-2' }),
    ]);
  }
  const first = (await ask('/v1/keys/mrk-1/replicas?limit=1')).json;
  expect(first.items).toMatchObject([{ plan_name: 'second', operation: 'replicate', region: 'eu-west-1' }]);
  const rest = (await ask(`/v1/keys/mrk-1/replicas?cursor=${first.next_cursor}`)).json;
  expect(rest).toMatchObject({ items: [{ plan_name: 'first', plan_state: 'resolving' }], next_cursor: null });
});

test('the newest check of each policy tells what it found of a key', async () => {
  const policy = { name: 'tier-one', keys: ['mrk-1', 'mrk-2'], regions: ['eu-west-1'] };
  await api.ask(adminToken, 'PUT', '/v1/coverage/policies/tier-one', policy);
  const { id } = (await api.ask(adminToken, 'POST', '/v1/coverage/policies/tier-one/checks')).json;
  await claimCheck(api.store, { workerId, checkIds: [] });
  const held = { checkId: id, workerId, epoch: 1 };
  const of = { key_arn: null, alias: null, origin: 'AWS_KMS', account, primary_region: 'us-east-1' };
  const cell = {
    region: 'eu-west-1',
    state: 'missing' as const,
    code: 'no_replica' as const,
    message: 'It is missing.',
  };
  const none = { member_id: null, key_state: null, valid_to: null, diff: null, material: null };
  await writeCells(
    api.store,
    held,
    [
      { ...of, position: 0, key_id: 'primary', mrk: 'mrk-1' },
      { ...of, position: 1, key_id: 'other', mrk: 'mrk-2' },
    ],
    [
      { ...cell, ...none, position: 0 },
      { ...cell, ...none, position: 1 },
    ],
  );
  expect((await ask('/v1/keys/mrk-1/coverage')).json.items).toEqual([]);
  await finishCheck(api.store, held);
  expect((await ask('/v1/keys/mrk-1/coverage')).json.items).toMatchObject([
    { policy: 'tier-one', check_id: id, key_id: 'primary', region: 'eu-west-1', code: 'no_replica' },
  ]);
});
