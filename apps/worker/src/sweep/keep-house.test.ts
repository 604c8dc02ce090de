import { everywhere, planSpecSchema } from '@keyferry/core';
import { insertPlan, migrate, openStore, readPlanStatus, type Store } from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { keepHouse } from './keep-house.ts';

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

test('plans are archived only where a time is set, and only those that finished before', async () => {
  const submit = async (days: number): Promise<string> => {
    const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
    const idempotency = { key: `key-${days}`, bodySha256: '' };
    const plan = { spec, scope: everywhere, createdBy: 'anna', idempotency };
    const { planId } = await insertPlan(store, plan);
    await store.prisma.$executeRaw`
      UPDATE plans SET state = 'cancelled', finished_at = now() - make_interval(days => ${days}::int)
      WHERE id = ${planId}::uuid`;
    await store.prisma.$executeRaw`
      UPDATE idempotency_keys SET created_at = now() - make_interval(days => ${days}::int) WHERE plan_id = ${planId}::uuid`;
    return planId;
  };
  const plans = [await submit(91), await submit(89), await submit(0)];
  const archived = async () =>
    Promise.all(plans.map(async (id) => (await readPlanStatus(store.prisma, id))?.archived_at?.constructor === Date));
  const { signal } = new AbortController();
  await keepHouse(store, null, signal);
  expect(await archived()).toEqual([false, false, false]);
  expect(await store.prisma.idempotencyKey.findMany({ select: { key: true } })).toEqual([{ key: 'key-0' }]);
  await keepHouse(store, 90, signal);
  expect(await archived()).toEqual([true, false, false]);
  await keepHouse(store, 0.5, AbortSignal.abort());
  expect(await archived()).toEqual([true, false, false]);
});
