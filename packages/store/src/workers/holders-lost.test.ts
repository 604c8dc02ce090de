import { coveragePolicySchema, everywhere, planSpecSchema } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import {
  askForCheck,
  claimCheck,
  claimDelivery,
  claimPlanToResolve,
  createSeal,
  insertPlan,
  insertWebhook,
  migrate,
  openStore,
  postponeResolving,
  readCheck,
  readDelivery,
  readPlan,
  redeliver,
  registerWorker,
  removeWorker,
  retryReplicas,
  type Store,
  testWebhook,
} from '../index.ts';

let server: PrivateServer;
let store: Store;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url, seal: createSeal([Buffer.alloc(32, 1)]) });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

/** What a worker gets that is there for one claim, and is lost with it. */
async function ofLostWorker<T>(claim: (workerId: string) => Promise<T>): Promise<T> {
  const workerId = await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  const claimed = await claim(workerId);
  await removeWorker(store, workerId);
  return claimed;
}

async function newPlan(): Promise<string> {
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const plan = { spec, scope: everywhere, createdBy: 'test', idempotency: null };
  return (await insertPlan(store, plan)).planId;
}
const resolving = (planId: string) =>
  ofLostWorker((workerId) => claimPlanToResolve(store, planId, { workerId, planIds: [] }));

test('a plan that three workers one after the other were lost with fails, and a person may have it tried again', async () => {
  const id = await newPlan();
  for (let lost = 0; lost < 3; lost += 1) expect(await resolving(id)).toMatchObject({ id });
  expect(await resolving(id)).toBeNull();
  expect(await readPlan(store, id)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/^Given up: 3 workers in a row were lost while they resolved this plan/),
    finished_at: expect.any(Date),
  });
  expect(await resolving(id)).toBeNull();
  expect(await retryReplicas(store, id, {}, 'ada')).toBe(0);
  expect(await readPlan(store, id)).toMatchObject({ state: 'resolving', reason: null, finished_at: null });
  expect(await resolving(id)).toMatchObject({ id });
});

test('workers that gave it back are none of them', async () => {
  const id = await newPlan();
  for (let round = 0; round < 3; round += 1) {
    for (let lost = 0; lost < 2; lost += 1) expect(await resolving(id)).toMatchObject({ id });
    await postponeResolving(store, id, 0, 'CCKM is away');
  }
  expect(await readPlan(store, id)).toMatchObject({ state: 'resolving' });
});

test('a coverage check ends likewise', async () => {
  const spec = coveragePolicySchema.parse({ name: 'all', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const { id } = await askForCheck(store, { spec, cause: 'asked', requestedBy: 'test' });
  const making = () => ofLostWorker((workerId) => claimCheck(store, { workerId, checkIds: [] }));
  for (let lost = 0; lost < 3; lost += 1) expect(await making()).toMatchObject({ id });
  expect(await making()).toBeNull();
  expect(await readCheck(store, id)).toMatchObject({
    state: 'failed',
    error: { code: 'workers_lost', message: expect.stringContaining('check again') },
  });
});

test('a delivery ends likewise, and is sent again on request', async () => {
  const hook = { name: 'ops', url: 'https://example.com/', events: null, enabled: true };
  const webhook = await insertWebhook(store, hook, 'a secret', 'test');
  const { id = '' } = (await testWebhook(store, webhook.id, 'test')) ?? {};
  const claim = () => claimDelivery(store, id);
  const lose = () =>
    store.prisma
      .$executeRaw`UPDATE webhook_deliveries SET claimed_until = now() - interval '1 second' WHERE id = ${id}::uuid`;
  for (let lost = 0; lost < 3; lost += 1) {
    expect(await claim()).toMatchObject({ id, attempt: lost + 1 });
    expect(await claim()).toBeNull();
    await lose();
  }
  expect(await claim()).toBeNull();
  const delivery = await readDelivery(store.prisma, webhook.id, id);
  expect(delivery).toMatchObject({ state: 'failed', attempts: 4 });
  expect(delivery?.attempt_log.at(-1)?.error).toMatch(/^Given up: 3 workers/);
  await redeliver(store, webhook.id, id);
  expect(await claim()).toMatchObject({ id, attempt: 5 });
});
