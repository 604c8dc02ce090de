import { everywhere, planSpecSchema } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../../test/harness/until.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import {
  finishResolving,
  insertPlan,
  insertReplicas,
  inTransaction,
  isDatabaseAway,
  lockDispatch,
  migrate,
  openStore,
  queueId,
  readDueQueues,
  readWaitingQueues,
  type Store,
  settlePlans,
  writeReleases,
} from '../index.ts';

let server: PrivateServer;
let store: Store;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const origins = { native: 'AWS_KMS', external: 'EXTERNAL' } as const;

/** A plan that runs, with rows whose keys are named for it. */
async function running(name: string, rows: readonly (keyof typeof origins)[], options = {}): Promise<string> {
  const spec = planSpecSchema.parse({ name, keys: ['mrk-1'], regions: ['eu-west-1'], options });
  const plan = { spec, scope: everywhere, createdBy: 'test', idempotency: null };
  const { planId } = await insertPlan(store, plan);
  await insertReplicas(
    store,
    planId,
    rows.map((kind, i) => newResolved({ key_id: `${name}-${kind}-${i}`, origin: origins[kind] })),
  );
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
  await settlePlans(store);
  return planId;
}

/** What is due of a plan: by queue, whether imports are reserved for it and whose its rows are. */
async function due(planId: string) {
  const queues = await inTransaction(store, async (tx) => {
    const waiting = await readWaitingQueues(tx, 0);
    return readDueQueues(
      tx,
      waiting.map((queue) => ({ ...queue, at_most: 10 })),
      0,
    );
  });
  const own = queues.filter((queue) => queue.plan_id === planId);
  expect(new Set(own.map(queueId)).size).toBe(own.length);
  return own.map(({ external, reserves_import, rows }) => ({
    ...{ external, reservesImport: reserves_import },
    keys: rows.map(({ pair }) => pair).sort(),
  }));
}

let made = 0;
/** EXTERNAL replicas become usable after all others, with an import of ours or without. */
async function becomeUsable(count: number, { imported }: { imported: boolean }): Promise<void> {
  made += 1;
  const planId = await running(`made-${made}`, Array(count).fill('external'));
  for (const state of ['queued', 'replicating', 'creating']) {
    await store.prisma.$executeRaw`UPDATE replicas SET state = ${state}::replica_state WHERE plan_id = ${planId}::uuid`;
  }
  await store.prisma.$executeRaw`
    UPDATE replicas SET state = 'succeeded', outcome = 'created', key_state = 'Enabled', usable_at = clock_timestamp(),
      import_called_at = CASE WHEN ${imported} THEN clock_timestamp() END WHERE plan_id = ${planId}::uuid`;
}

test('EXTERNAL keys wait in a queue of their own, and reserve imports where CCKM makes them or may', async () => {
  const planId = await running('mixed', ['native', 'external', 'native']);
  const without = await running('without', ['external'], { import_material: false });
  const queues = (reservesImport: boolean) => [
    { external: false, reservesImport: false, keys: ['mrk-mixed-native-0', 'mrk-mixed-native-2'] },
    { external: true, reservesImport, keys: ['mrk-mixed-external-1'] },
  ];
  expect(await due(planId)).toEqual(queues(true));
  expect(await due(without)).toMatchObject([{ external: true, reservesImport: false }]);
  await becomeUsable(3, { imported: true });
  expect(await due(planId)).toEqual(queues(false));
  await becomeUsable(1, { imported: false });
  await becomeUsable(19, { imported: true });
  expect(await due(planId), 'one of the last twenty').toEqual(queues(true));
  await becomeUsable(1, { imported: true });
  expect(await due(planId), 'one before the last twenty').toEqual(queues(false));
  expect(await due(without)).toMatchObject([{ external: true, reservesImport: false }]);
});

test('whoever holds the lock of the dispatcher and says nothing loses it within seconds', async () => {
  const silence = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<boolean>();
  const holder = inTransaction(store, async (tx) => {
    locked.resolve(await lockDispatch(tx));
    // Its process has died, or stands still; Postgres hears nothing of it.
    await silence.promise;
    await lockDispatch(tx);
  }).catch((error: unknown) => error);
  expect(await locked.promise).toBe(true);
  expect(await inTransaction(store, lockDispatch)).toBe(false);
  await until(
    'another has it',
    () => inTransaction(store, lockDispatch),
    (mine) => mine,
    { withinMs: 15_000 },
  );
  silence.resolve();
  expect(isDatabaseAway(await holder)).toBe(true);
});

test('slots are written into lanes in the order of their ids, so that two who write of a plan never wait for each other', async () => {
  const name = 'ordered';
  const spec = planSpecSchema.parse({ name, keys: ['mrk-1'], regions: ['eu-west-1'] });
  const { planId } = await insertPlan(store, { spec, scope: everywhere, createdBy: 'test', idempotency: null });
  const regions = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1'];
  await insertReplicas(
    store,
    planId,
    regions.map((region) => newResolved({ key_id: name, region })),
  );
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
  await settlePlans(store);
  const rows = await store.prisma.replica.findMany({ where: { planId }, orderBy: { laneId: 'desc' } });
  const [last, first] = [rows[0]?.laneId, rows.at(-1)?.laneId];
  // It stands behind the others in the table, where the ids do not say it.
  await store.prisma.$executeRaw`UPDATE plan_lanes SET wave = wave WHERE id = ${first}::uuid`;
  const held = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const holder = inTransaction(store, async (tx) => {
    await tx.$executeRaw`SELECT 1 FROM plan_lanes WHERE id = ${first}::uuid FOR UPDATE`;
    held.resolve();
    await letGo.promise;
  });
  await held.promise;
  const at = Date.now();
  const released = inTransaction(store, (tx) =>
    writeReleases(
      tx,
      rows.map(({ id }) => ({ id, kind: 'replicate', at, sendBefore: at + 100 })),
      [],
      rows.map(({ laneId }) => ({ laneId, at })),
    ),
  );
  await until(
    'it waits for the first lane',
    () => store.prisma.$queryRaw<unknown[]>`
      SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%last_slot_at%'`,
    (waiting) => waiting.length > 0,
  );
  await expect(
    store.prisma.$executeRaw`SELECT 1 FROM plan_lanes WHERE id = ${last}::uuid FOR UPDATE NOWAIT`,
    'the last is still free',
  ).resolves.toBeDefined();
  letGo.resolve();
  await holder;
  expect(await released).toHaveLength(regions.length);
});
