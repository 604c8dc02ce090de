import { planSpecSchema } from '@keyferry/core';
import type { ReplicaRow } from '@keyferry/store';
import { finishResolving, insertPlan, insertReplicas, readPlan, resumePlan, settlePlans } from '@keyferry/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReplicatingWorker, startReplicatingWorker } from '../../../../test/harness/replicating-worker.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';
import { addAlias } from './add-alias.ts';

/*
 * Somebody writes to Postgres past Keyferry, between the approval of a plan and its calls.
 */

let worker: ReplicatingWorker;
beforeAll(async () => {
  worker = await startReplicatingWorker();
}, 120_000);
afterAll(() => worker?.stop());

const policy = (sid: string) => ({ Version: '2012-10-17', Statement: [{ Sid: sid, Effect: 'Allow' }] });

/** A resolved plan of two keys, about to start: with a policy of its own, and with one that each replica gets from its primary. */
async function scheduled(more: { Alias?: string } = {}): Promise<string> {
  const { store } = worker.context;
  const spec = planSpecSchema.parse({
    ...{ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] },
    replica: { aws_param: { Description: 'as approved', Policy: policy('Approved'), ...more } },
  });
  const scope = { accounts: null, regions: null };
  const { planId } = await insertPlan(store, { spec, scope, createdBy: 'test', idempotency: null });
  const keys = await worker.simulator.makeKeys({ account: '100000000001', count: 2 });
  const rows = keys.map(({ id, mrk }) => {
    const named = { keyArn: `arn:aws:kms:us-east-1:100000000001:key/${mrk}`, aliases: ['alias/a'], alias: 'alias/a' };
    const fromPrimary = { Policy: policy('OfPrimary') };
    return newResolved({
      key_id: id,
      mrk,
      account: '100000000001',
      ...named,
      from_primary: fromPrimary,
      settings: { aws_param: {} },
    });
  });
  await insertReplicas(store, planId, rows);
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
  return planId;
}
const change = async (sql: string, planId: string, more: readonly unknown[] = []) => {
  const changed = await worker.context.store.prisma.$executeRawUnsafe(sql, planId, ...more);
  expect(changed).toBeGreaterThan(0);
};
const read = async (planId: string) => await readPlan(worker.context.store, planId);
const calls = async () => (await worker.simulator.ledger('replicate-key')).length;
const audited = (planId: string) => worker.context.store.prisma.$queryRaw<{ detail: object }[]>`
  SELECT detail FROM audit_entries WHERE object_id = ${planId} AND action = 'plan.halted'`;

test('a plan that nobody has changed is made', async () => {
  const planId = await scheduled();
  await settlePlans(worker.context.store);
  const rows = await worker.work(planId);
  expect(rows.map(({ error, replica_key_id }) => [error, typeof replica_key_id])).toEqual([
    [null, 'string'],
    [null, 'string'],
  ]);
});

test('a plan that a worker of the version before has resolved is made: its rows have no SHA-256', async () => {
  const { store } = worker.context;
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const scope = { accounts: null, regions: null };
  const { planId } = await insertPlan(store, { spec, scope, createdBy: 'test', idempotency: null });
  const [key] = await worker.simulator.makeKeys({ account: '100000000001' });
  await insertReplicas(store, planId, [
    newResolved({ key_id: key?.id ?? '', mrk: key?.mrk ?? '', account: '100000000001' }),
  ]);
  await change(`UPDATE replicas SET row_sha256 = NULL, resolved_state = NULL WHERE plan_id = $1::uuid`, planId);
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
  await settlePlans(store);
  expect(await worker.work(planId)).toMatchObject([{ error: null, replica_key_id: expect.any(String) }]);
});

const ofPlan = 'UPDATE plans SET spec = ';
const toClear = JSON.stringify(policy('Changed'));
const changesOfSpec: readonly [string, string][] = [
  ['its description', `${ofPlan}jsonb_set(spec, '{replica,aws_param,Description}', '"changed"') WHERE id = $1::uuid`],
  ['its policy, in clear', `${ofPlan}jsonb_set(spec, '{replica,aws_param,Policy}', '${toClear}') WHERE id = $1::uuid`],
  [
    'its policy, by one sealed for another plan',
    `${ofPlan}jsonb_set(p.spec, '{replica,aws_param,Policy}', o.spec #> '{replica,aws_param,Policy}')
      FROM plans o WHERE p.id = $1::uuid AND o.id <> p.id`.replace('plans SET', 'plans p SET'),
  ],
  ['its policy, by nothing', `${ofPlan}spec #- '{replica,aws_param,Policy}' WHERE id = $1::uuid`],
  ['its attempts', `${ofPlan}jsonb_set(spec, '{options,max_attempts}', '20') WHERE id = $1::uuid`],
];
const ofRow = (set: string) => `UPDATE replicas SET ${set} WHERE plan_id = $1::uuid`;
const changesOfRows: readonly [string, string][] = [
  ['the Region', ofRow(`region = 'eu-west-2'`)],
  ['the operation', ofRow(`operation = 'promote'`)],
  ['the key', ofRow(`key_id = md5(key_id)`)],
  ['the key, as if its primary had moved', ofRow(`named_as = ARRAY['a'], key_id = md5(key_id)`)],
  [
    'the key, for one of another set, as if its primary had moved there',
    `UPDATE replicas r SET named_as = ARRAY[r.key_id, r.key_arn], key_id = o.key_id, key_arn = o.key_arn
      FROM (SELECT key_id, key_arn FROM replicas WHERE plan_id <> $1::uuid LIMIT 1) o WHERE r.plan_id = $1::uuid
      AND r.id = (SELECT min(id::text)::uuid FROM replicas WHERE plan_id = $1::uuid)`,
  ],
  ['the set', ofRow(`mrk = 'mrk-' || md5(mrk)`)],
  ['the account', ofRow(`account = '100000000002'`)],
  ['the alias', ofRow(`alias = 'alias/b'`)],
  ['the aliases, by which overrides are found', ofRow(`aliases = ARRAY['alias/b']`)],
  ['the settings of its line', ofRow(`settings = '{"aws_param": {"Description": "changed"}}'`)],
  ['the Region of its primary', ofRow(`primary_region = 'us-east-2'`)],
  ['its SHA-256', ofRow('row_sha256 = NULL')],
  ['what it gets from its primary', ofRow(`from_primary = '{"Policy": ${toClear}}'`)],
  ['that and its SHA-256', ofRow(`from_primary = '{"Description": "changed"}', from_primary_sha256 = repeat('0', 64)`)],
  [
    'that by what was sealed for another',
    `WITH o AS (SELECT id, from_primary FROM replicas WHERE plan_id = $1::uuid)
    UPDATE replicas r SET from_primary = o.from_primary FROM o WHERE r.plan_id = $1::uuid AND o.id <> r.id`,
  ],
];

describe('before its start', () => {
  const changesOfPlan: readonly (readonly [string, string])[] = [
    ...changesOfSpec,
    ...changesOfRows.filter(([what]) => ['the Region', 'the key', 'its SHA-256'].includes(what)),
    [
      'that it has one row more',
      `INSERT INTO replicas (id, plan_id, lane_id, key_id, mrk, account, primary_region, region, state)
      SELECT gen_random_uuid(), plan_id, lane_id, key_id, mrk, account, primary_region, 'eu-west-2', 'pending'
      FROM replicas WHERE plan_id = $1::uuid`,
    ],
    ['what a row was resolved to', ofRow(`resolved_state = 'blocked'`)],
  ];
  test.each(changesOfPlan)(
    'a plan of which somebody changes %s halts, is noted, and calls nothing',
    async (_what, sql) => {
      const [planId, before] = [await scheduled(), await calls()];
      // What is known of it from before says nothing.
      await worker.context.store.plans.of(planId);
      await change(sql, planId);
      await settlePlans(worker.context.store);
      const plan = await read(planId);
      expect(plan).toMatchObject({ state: 'halted', started_at: null });
      expect(plan?.reason).toMatch(/(was|were) changed in the database/);
      expect(await audited(planId)).toHaveLength(1);
      expect(await calls()).toBe(before);
    },
  );

  test('it halts again when it is resumed', async () => {
    const planId = await scheduled();
    await change(ofRow(`region = 'eu-west-2'`), planId);
    const { store } = worker.context;
    await settlePlans(store);
    expect(await resumePlan(store, planId, ['halted'])).toBe(true);
    await settlePlans(store);
    expect(await read(planId)).toMatchObject({ state: 'halted', started_at: null });
  });
});

describe('once it runs', () => {
  test.each(changesOfRows)(
    'a row of which somebody changes %s is not called for, and its plan halts',
    async (_what, sql) => {
      const [planId, before] = [await scheduled(), await calls()];
      await settlePlans(worker.context.store);
      await change(sql, planId);
      const rows = await worker.work(planId, async () => (await read(planId))?.state === 'halted');
      expect(rows.some(({ state, error }) => state === 'blocked' && error?.code === 'not_as_resolved')).toBe(true);
      expect(rows.every(({ attempts }) => attempts === 0)).toBe(true);
      expect(await calls()).toBe(before);
      expect(await audited(planId)).toHaveLength(1);
    },
  );
});

describe('once a replica is there', () => {
  let aliases = 0;
  const finishings = async () =>
    (await worker.simulator.ledger()).filter(({ operation }) => operation === 'add-alias').length;
  /** Has an alias made on the replica of a row, as a worker does where CCKM has made none, after what `sql` has changed. */
  async function finish(sql: string): Promise<{ planId: string; id: string }> {
    // Of the two keys one gets it.
    aliases += 1;
    const alias = `as-approved-${aliases}`;
    const planId = await scheduled({ Alias: alias });
    await settlePlans(worker.context.store);
    const made = (rows: readonly ReplicaRow[]) => rows.find(({ state }) => state === 'creating');
    const row = made(await worker.work(planId, (rows) => made(rows) !== undefined));
    const [id, epoch] = [row?.id ?? '', row?.epoch ?? 0];
    await change(
      `UPDATE replicas SET alias_due = $3, next_look_at = NULL, worker_id = NULL, slot_at = now(),
        send_before = now() + interval '1 minute', alias_called_at = NULL WHERE plan_id = $1::uuid AND id = $2::uuid`,
      planId,
      [id, alias],
    );
    if (sql !== '') await change(`UPDATE replicas r SET ${sql}`, planId, [id]);
    await addAlias(worker.context, { id, epoch });
    return { planId, id };
  }
  const ofRow = 'WHERE r.plan_id = $1::uuid AND r.id = $2::uuid';

  test('its alias is made', async () => {
    const before = await finishings();
    const { planId } = await finish('');
    expect((await read(planId))?.state).toBe('running');
    expect(await finishings()).toBe(before + 1);
  });

  test.each([
    ['an alias that nobody asked for', `alias_due = 'prod-payments' ${ofRow}`],
    [
      'another replica',
      `replica_key_id = o.replica_key_id FROM replicas o ${ofRow} AND o.mrk <> r.mrk AND o.replica_key_id IS NOT NULL`,
    ],
    ['the key that it is a replica of', `replica_key_id = r.key_id ${ofRow}`],
  ])('nothing is called for %s, and its plan halts', async (_what, sql) => {
    const before = await finishings();
    const { planId, id } = await finish(sql);
    expect(await finishings()).toBe(before);
    const row = (await worker.rowsOf(planId)).find((one) => one.id === id);
    expect(row).toMatchObject({ state: 'failed', error: { code: 'not_as_resolved' } });
    expect((await read(planId))?.state).toBe('halted');
    expect(await audited(planId)).toHaveLength(1);
  });
});
