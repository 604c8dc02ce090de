import type { Log } from '@keyferry/log';
import { eachReplicaPage, readHeld, retryReplicas, type Store, sweep } from '@keyferry/store';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStuckReplicas } from '../../../../packages/store/src/overview/read-stuck-replicas.ts';
import { until } from '../../../../test/harness/until.ts';
import { startWorkerRows, type WorkerRows } from '../../../../test/harness/worker-rows.ts';
import { OutcomeWriter } from './outcome-writer.ts';

let worker: WorkerRows;
let store: Store;
let session: WorkerRows['session'];
let log: Log;

beforeAll(async () => {
  worker = await startWorkerRows();
  ({ store, session, log } = worker);
}, 120_000);
afterAll(() => worker?.stop());

const rowsOf = async (planId: string) =>
  (await Array.fromAsync(eachReplicaPage(store, planId))).flat().sort((a, b) => a.key_id.localeCompare(b.key_id));
const attempt = () => ({
  operation: 'replicate' as const,
  started_at: session.now(),
  finished_at: session.now(),
  http_status: 201,
  error: null,
  request_id: 'r-1',
  note: 'accepted',
});
const accepted = { state: 'creating' as const, attempts: 1, accepted_at: new Date(), next_look_at: new Date() };

test.each<[string, object, object]>([
  ['a text with NUL', { replica_arn: 'arn\0' }, {}],
  ['half a surrogate pair', { key_state: '\ud800' }, {}],
  ['an attempt that cannot be stored', {}, { request_id: 'a\0b' }],
  ['a number out of range', { attempts: 3_000_000_000 }, {}],
  ['a transition that is none', { state: 'queued' }, {}],
  ['a time that is none', { usable_at: new Date(Number.NaN) }, { started_at: new Date(Number.NaN) }],
])('an outcome that Postgres refuses fails its own row and no other: %s', async (_what, changes, call) => {
  const writer = new OutcomeWriter(store, session, log);
  const { planId, rows } = await worker.claimed(9);
  const written = await Promise.all(
    rows.map((row, at) =>
      writer.write(session.id, {
        row,
        changes: at === 4 ? { ...accepted, ...changes } : accepted,
        attempts: [at === 4 ? { ...attempt(), ...call } : attempt()],
      }),
    ),
  );
  expect(written).toEqual(rows.map(() => true));
  const after = await rowsOf(planId);
  expect(after.filter(({ state }) => state === 'creating')).toHaveLength(8);
  expect(after[4]).toMatchObject({
    state: 'failed',
    lost_answer: true,
    error: { code: 'outcome_not_stored', retryable: false, message: expect.stringContaining('Postgres refused') },
  });
  expect(await store.prisma.replica.count({ where: { planId, workerId: { not: null } } })).toBe(0);
  expect(worker.lines.join('')).toContain('Postgres refused an outcome');
  // A call that may have landed is not made again before CCKM was asked.
  await retryReplicas(store, planId, {}, 'anna');
  expect((await rowsOf(planId))[4]).toMatchObject({ state: 'pending', look_first: true });
});

test('what even then cannot be written is left to the sweeper, and holds nothing up', async () => {
  const writer = new OutcomeWriter(store, session, log);
  const { planId, rows } = await worker.claimed(4);
  const stuck = rows[1];
  await store.prisma.$executeRawUnsafe(
    `ALTER TABLE replicas ADD CONSTRAINT refused CHECK (id <> '${stuck?.id}' OR state = 'replicating') NOT VALID`,
  );
  const written = await Promise.all(
    rows.map((row) => writer.write(session.id, { row, changes: accepted, attempts: [attempt()] })),
  );
  expect(written).toEqual([true, false, true, true]);
  expect((await rowsOf(planId)).map(({ state }) => state)).toEqual(['creating', 'replicating', 'creating', 'creating']);
  await store.prisma.$executeRawUnsafe('ALTER TABLE replicas DROP CONSTRAINT refused');
});

test('what may pass is written once it has passed', async () => {
  const writer = new OutcomeWriter(store, session, log);
  const { planId, rows } = await worker.claimed(2);
  const client = new pg.Client({ connectionString: worker.url });
  await client.connect();
  /** For the connections to come; those that are open are closed. */
  const readOnly = async (on: boolean) => {
    await client.query(`BEGIN READ WRITE; ALTER DATABASE postgres SET default_transaction_read_only = ${on}; COMMIT`);
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`);
  };
  await readOnly(true);
  const before = worker.lines.length;
  const writing = rows.map((row) => writer.write(session.id, { row, changes: accepted, attempts: [attempt()] }));
  await until(
    'a write has failed, and its connection is not the cause',
    () => worker.lines.slice(before).join(''),
    (text) => text.includes('could not write outcomes') && text.includes('read-only'),
    { withinMs: 20_000 },
  );
  await readOnly(false);
  await client.end();
  expect(await Promise.all(writing)).toEqual([true, true]);
  expect((await rowsOf(planId)).map(({ state }) => state)).toEqual(['creating', 'creating']);
});

test('rows of dead workers are freed one by one where Postgres refuses one of them', async () => {
  const { planId, rows } = await worker.claimed(3);
  const stuck = rows[1]?.id;
  await store.prisma.$executeRawUnsafe(
    `ALTER TABLE replicas ADD CONSTRAINT refused CHECK (id <> '${stuck}' OR worker_id IS NOT NULL) NOT VALID`,
  );
  const ids = rows.map(({ id }) => id);
  expect((await sweep(store, { workerId: session.id, ids })).heldByDead).toBe(2);
  expect((await readHeld(store, session.id)).filter((id) => ids.includes(id))).toEqual([stuck]);
  await store.prisma.$executeRawUnsafe('ALTER TABLE replicas DROP CONSTRAINT refused');
  expect((await sweep(store, { workerId: session.id, ids })).heldByDead).toBe(1);
  expect((await rowsOf(planId)).every(({ unsettled_since }) => unsettled_since !== null)).toBe(true);
});

test('rows that made no progress for longer than a call takes are counted as stuck', async () => {
  const count = async () => (await readStuckReplicas(store.prisma, 120_000)).count;
  const before = await count();
  const { rows } = await worker.claimed(3);
  expect(await count()).toBe(before);
  const id = rows[0]?.id;
  await store.prisma.$executeRaw`UPDATE replicas SET slot_at = now() - interval '10 minutes' WHERE id = ${id}::uuid`;
  const { count: stuck, since } = await readStuckReplicas(store.prisma, 120_000);
  expect(stuck).toBe(before + 1);
  expect(Date.now() - (since?.getTime() ?? 0)).toBeGreaterThan(590_000);
});
