import { randomUUID } from 'node:crypto';
import { everywhere, planSpecSchema } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { migrate } from '../migrate.ts';
import { writeReleases } from '../pacing/dispatch-board.ts';
import { insertPlan } from '../plans/insert-plan.ts';
import { readPlanStatus } from '../plans/plan-row.ts';
import { dropOldChanges, readChanges, readRevision } from '../plans/read-changes.ts';
import { finishResolving, insertReplicas, type ResolvedReplica } from '../plans/resolve-plan.ts';
import { settlePlans } from '../plans/settle-plans.ts';
import { claimReplicas } from '../replicas/claim-replicas.ts';
import { listReplicas, readReplicaInFull } from '../replicas/read-replicas.ts';
import { recordOutcomes } from '../replicas/record-outcomes.ts';
import { PlanArchived, retryReplicas } from '../replicas/retry-replicas.ts';
import { createSeal } from '../seal/seal.ts';
import { inTransaction, openStore, type Store } from '../store.ts';
import { archiveNext } from './archive-next.ts';

let server: PrivateServer;
let store: Store;
const workerId = randomUUID();
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url, seal: createSeal([Buffer.alloc(32, 7)]) });
  await store.prisma.worker.create({
    data: { id: workerId, aliveUntil: new Date(Date.now() + 3_600_000), host: 'here', pid: 1, concurrency: 10 },
  });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const sql = (text: string, ...values: unknown[]) => store.prisma.$executeRawUnsafe(text, ...values);
const count = async (text: string, ...values: unknown[]): Promise<number> => {
  const [row] = await store.prisma.$queryRawUnsafe<{ n: number }[]>(
    `SELECT count(*)::int AS n FROM ${text}`,
    ...values,
  );
  return row?.n ?? 0;
};

async function newPlan(rows: (Partial<ResolvedReplica> & { key_id: string })[]): Promise<string> {
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const { planId } = await insertPlan(store, {
    spec,
    scope: everywhere,

    createdBy: 'anna',
    idempotency: null,
  });
  await insertReplicas(store, planId, rows.map(newResolved));
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 1 });
  await settlePlans(store);
  return planId;
}

/** Releases all rows of a plan and claims them, as a dispatcher and a worker do. */
async function claimAll(planId: string) {
  const waiting = await listReplicas(store, planId, { state: 'pending' }, { limit: 10_000, after: null });
  const at = Date.now();
  const releases = waiting.map(({ id }) => ({ id, kind: 'replicate' as const, at, sendBefore: at + 60_000 }));
  const jobs = await inTransaction(store, (tx) => writeReleases(tx, releases as never, [], []));
  return (await claimReplicas(store, workerId, jobs)).map(({ row }) => row);
}

const failure = {
  code: 'access_denied',
  message: 'Denied.',
  http_status: null,
  retryable: false,
  provider_code: null,
} as const;

/** A plan that has ended long ago: the first row made by it, its call's answer lost before; the others failed. */
async function ended(rows: (Partial<ResolvedReplica> & { key_id: string })[]): Promise<string> {
  const planId = await newPlan(rows);
  const held = await claimAll(planId);
  const at = new Date();
  const attempt = {
    operation: 'replicate',
    started_at: at,
    finished_at: at,
    http_status: null,
    request_id: null,
    note: null,
  } as const;
  const outcomes = held.map((row, i) => ({
    row,
    changes:
      i === 0
        ? {
            state: 'succeeded' as const,
            outcome: 'created' as const,
            replica_key_id: `made-${row.key_id}`,
            accepted_at: at,
            usable_at: at,
            lost_answer: true,
            lost_call_at: at,
          }
        : { state: 'failed' as const, error: failure },
    attempts: [{ ...attempt, error: i === 0 ? null : failure }],
  }));
  await recordOutcomes(store, workerId, outcomes);
  await settlePlans(store);
  await sql(
    `UPDATE plans SET finished_at = finished_at - interval '40 days' WHERE id = $1::uuid AND finished_at IS NOT NULL`,
    planId,
  );
  return planId;
}

/** All steps but those after `most`; answers how many were taken. */
async function archive(most = Number.POSITIVE_INFINITY): Promise<number> {
  let steps = 0;
  while (steps < most && (await archiveNext(store, 30, 10))) steps += 1;
  return steps;
}
const all = { limit: 10_000, after: null };
const stored = (planId: string) =>
  store.prisma.plan.findUniqueOrThrow({ where: { id: planId }, include: { archive: true } });
const keys = (n: number, prefix: string = randomUUID()) =>
  Array.from({ length: n }, (_, i) => ({ key_id: `${prefix}-${i}` }));

test('whatever step a worker dies in, a plan of several parts reads the same, and only once it is marked rows are deleted', async () => {
  const policy = { Statement: 'who may use it' };
  const planId = await ended(keys(23).map((row) => ({ ...row, from_primary: { Policy: policy } as never })));
  const before = await listReplicas(store, planId, {}, all);
  const [first] = before;
  const inFull = await readReplicaInFull(store, planId, first?.id ?? '');
  expect(before).toHaveLength(23);
  expect(inFull?.from_primary).toEqual({ Policy: policy });
  expect(inFull?.attempts).toHaveLength(1);

  let steps = 0;
  for (let more = true; more; steps += 1) {
    // Each step is a transaction of its own: between two of them a worker may be gone for good.
    more = (await archive(1)) === 1;
    const { archivedAt } = await stored(planId);
    if (archivedAt === null) expect(await count('replicas WHERE plan_id = $1::uuid', planId)).toBe(23);
    expect(await listReplicas(store, planId, {}, all)).toEqual(before);
    expect((await readPlanStatus(store.prisma, planId))?.counts).toMatchObject({ total: 23, succeeded: 1, failed: 22 });
    expect(await readReplicaInFull(store, planId, first?.id ?? '')).toEqual(inFull);
  }
  // Begun; three parts of replicas, three of keys and one of lanes written; marked; deleted; finished; nothing left.
  expect(steps).toBe(1 + 7 + 1 + 7 + 1 + 1);
  expect(await count('replicas WHERE plan_id = $1::uuid', planId)).toBe(0);
  expect(await count('attempts a WHERE NOT EXISTS (SELECT 1 FROM replicas r WHERE r.id = a.replica_id)')).toBe(0);
  expect(await count('plan_keys WHERE plan_id = $1::uuid', planId)).toBe(0);
  expect(await count('plan_lanes WHERE plan_id = $1::uuid', planId)).toBe(0);
  const { archive: kept } = await stored(planId);
  expect(kept).toMatchObject({
    rows: 23n * 3n + 1n,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    emptiedAt: expect.any(Date),
  });
  expect(
    await count(`plan_archive_parts WHERE plan_id = $1::uuid AND rows::text LIKE '%who may use it%'`, planId),
  ).toBe(0);
  expect(await count(`audit_entries WHERE object_id = $1 AND action = 'plan.archive'`, planId)).toBe(1);
});

test('a page and every filter of an archived plan find what they found before', async () => {
  const rows = keys(15);
  const planId = await ended(rows);
  const last = (await listReplicas(store, planId, {}, all)).at(-1);
  const filters = [
    {},
    { state: 'failed' as const },
    { errorCode: 'access_denied' },
    { differs: true },
    { differs: false },
    { region: 'eu-west-1' },
    { key: rows[14]?.key_id ?? '' },
    { key: `mrk-${rows[3]?.key_id}` },
    { key: 'nobody' },
  ];
  const pages = () =>
    Promise.all(
      filters.flatMap((filter) =>
        [null, last?.id ?? null, '00000000-0000-7000-8000-000000000000'].map((after) =>
          listReplicas(store, planId, filter, { limit: 12, after }),
        ),
      ),
    );
  const before = await pages();
  await archive();
  expect((await stored(planId)).archivedAt).not.toBeNull();
  expect(await pages()).toEqual(before);
});

test('an archived plan is not retried, by nobody; one that runs again while it is archived is left alone', async () => {
  const planId = await ended(keys(3));
  await archive(2);
  expect(await retryReplicas(store, planId, {}, 'anna')).toBe(2);
  await archive();
  expect(await stored(planId)).toMatchObject({ archivedAt: null, archive: null, state: 'running' });
  expect(await count('replicas WHERE plan_id = $1::uuid', planId)).toBe(3);

  const other = await ended(keys(3));
  await archive();
  await expect(retryReplicas(store, other, {}, 'anna')).rejects.toThrow(PlanArchived);
  await expect(sql(`UPDATE plans SET state = 'running' WHERE id = $1::uuid`, other)).rejects.toThrow(/is archived/);
  await expect(sql('DELETE FROM plan_archive_parts WHERE plan_id = $1::uuid', other)).rejects.toThrow(/is archived/);
});

test('workers that archive at the same time do not disturb each other', async () => {
  const plans = [await ended(keys(25)), await ended(keys(25))];
  const inTurns = async () => {
    while (!(await Promise.all(plans.map(stored))).every(({ archive: kept }) => kept?.emptiedAt)) await archive(1);
  };
  await Promise.all([inTurns(), inTurns(), inTurns()]);
  expect(await count('replicas WHERE plan_id = ANY($1::uuid[])', plans)).toBe(0);
  for (const planId of plans) expect(await listReplicas(store, planId, {}, all)).toHaveLength(25);
});

test('rows of a plan that is not archived are deleted by nobody', async () => {
  const planId = await ended(keys(1));
  await expect(sql('DELETE FROM attempts')).rejects.toThrow(/attempts is append-only/);
  await expect(sql('DELETE FROM replicas WHERE plan_id = $1::uuid', planId)).rejects.toThrow(
    /append-only|attempts_replica_id_fkey/,
  );
  await expect(sql('TRUNCATE replicas CASCADE')).rejects.toThrow(/append-only/);
});

test('a row that differs from its archive is not deleted, and holds up no other plan', async () => {
  const [planId, other] = [await ended(keys(2)), await ended(keys(2))];
  while ((await stored(planId)).archivedAt === null) await archive(1);
  await sql(`UPDATE replicas SET alias = 'alias/other' WHERE plan_id = $1::uuid`, planId);
  await expect(archive()).rejects.toThrow(/differs from the table/);
  expect(await count('replicas WHERE plan_id = $1::uuid', planId)).toBe(2);
  await archive();
  expect((await stored(other)).archive?.emptiedAt).not.toBeNull();
});

test('a plan of a drill, and one of which a row is still looked at, stay where they are', async () => {
  const [ofDrill, watched] = [await ended(keys(1)), await ended(keys(1))];
  await sql('UPDATE plans SET drill_id = $2::uuid WHERE id = $1::uuid', ofDrill, randomUUID());
  await sql('UPDATE replicas SET next_look_at = now() WHERE plan_id = $1::uuid', watched);
  await archive();
  expect([(await stored(ofDrill)).archivedAt, (await stored(watched)).archivedAt]).toEqual([null, null]);
  await sql('UPDATE replicas SET next_look_at = NULL WHERE plan_id = $1::uuid', watched);
});

test('a later plan for the same key and Region knows whose the replica is, and that a call may have made one', async () => {
  const pair = { key_id: randomUUID() };
  const waiting = await newPlan([pair]);
  const old = await ended([pair]);
  const claimed = async (planId: string) => {
    const [row] = await claimAll(planId);
    await sql(
      `UPDATE replicas SET state = 'pending', worker_id = NULL, look_first = false WHERE plan_id = $1::uuid`,
      planId,
    );
    return row;
  };
  const mine = { others_replicas: [`made-${pair.key_id}`], another_called_last: true, look_first: true };
  expect(await claimed(waiting)).toMatchObject(mine);
  await archive();
  expect(await count('replicas WHERE plan_id = $1::uuid', old)).toBe(0);
  expect(await claimed(waiting)).toMatchObject(mine);
  expect(await claimed(await newPlan([pair]))).toMatchObject(mine);
  const elsewhere = await newPlan([{ ...pair, account: '999988887777', region: 'eu-west-2' }]);
  expect(await claimed(elsewhere)).toMatchObject({
    others_replicas: [],
    another_called_last: false,
    look_first: false,
  });
});

test('what a late worker has called for an archived plan is not held against its other outcomes', async () => {
  const planId = await newPlan(keys(1));
  const [late] = await claimAll(planId);
  await sql(`UPDATE replicas SET worker_id = NULL, slot_at = NULL, state = 'failed' WHERE plan_id = $1::uuid`, planId);
  await settlePlans(store);
  await sql(`UPDATE plans SET finished_at = now() - interval '40 days' WHERE id = $1::uuid`, planId);
  await archive();
  const [row] = await claimAll(await newPlan(keys(1)));
  const at = new Date();
  const attempts = [
    {
      operation: 'replicate',
      started_at: at,
      finished_at: at,
      http_status: 201,
      error: null,
      request_id: null,
      note: null,
    },
  ] as const;
  if (late === undefined || row === undefined) throw new Error('nothing was claimed');
  const written = await recordOutcomes(
    store,
    workerId,
    [late, row].map((one) => ({ row: one, changes: { state: 'failed' as const, error: failure }, attempts })),
  );
  expect(written).toEqual([row.id]);
});

test('a stream that goes on from a change that was dropped is sent to read anew', async () => {
  const planId = await newPlan(keys(1));
  const since = await readRevision(store, planId);
  await claimAll(planId);
  expect(await readChanges(store, planId, since, { most: 10 })).toMatchObject({ truncated: false });
  await sql(`UPDATE plan_changes SET changed_at = changed_at - interval '1 hour' WHERE plan_id = $1::uuid`, planId);
  await dropOldChanges(store);
  const revision = await readRevision(store, planId);
  expect(await readChanges(store, planId, since, { most: 10 })).toEqual({ revision, replicas: [], truncated: true });
  expect(await readChanges(store, planId, revision, { most: 10 })).toBeNull();
});
