import { createCckmClient } from '@keyferry/cckm';
import { loadConfig } from '@keyferry/config';
import { planSpecSchema, type Scope } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import {
  cckmCircuit,
  closeCircuit,
  eachReplicaPage,
  finishResolving,
  insertPlan,
  insertReplicas,
  migrate,
  openCircuit,
  openStore,
  retryReplicas,
  settlePlans,
} from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newResolved } from '../../../packages/store/src/plans/model/new-resolved.ts';
import { type Simulator, startSimulator } from '../../../test/harness/simulator.ts';
import { until } from '../../../test/harness/until.ts';
import { type PrivateServer, startPostgres } from '../../../test/servers/index.ts';
import { Circuits } from './circuits.ts';
import { Claims } from './claims.ts';
import { Dispatcher } from './dispatch.ts';
import { HeldRows } from './held-rows.ts';
import { LateSlots } from './late-slots.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { replicate } from './replicate.ts';
import type { WorkContext } from './work-context.ts';
import { WorkerSession } from './worker-session.ts';

let server: PrivateServer;
let simulator: Simulator;
let context: WorkContext;
beforeAll(async () => {
  [server, simulator] = await Promise.all([startPostgres(), startSimulator()]);
  await migrate(server.url);
  const config = loadConfig({});
  const log = createLog('worker', 'silent');
  const store = openStore({ url: server.url });
  const cckm = createCckmClient({ url: simulator.url, username: 'admin', password: 'keyferry-simulator' });
  const session = new WorkerSession(store, log, { host: 'here', pid: 1, concurrency: 10, leaseMs: 60_000 });
  await session.start();
  context = {
    ...{ store, cckm, log, session, config, random: Math.random, resolving: new Set() },
    checking: new Set(),
    circuits: new Circuits(store, cckm, log),
    claims: new Claims(store),
    lateSlots: new LateSlots(store, config.quotas),
    outcomes: new OutcomeWriter(store, session, log),
    held: new HeldRows(),
  };
}, 120_000);
afterAll(async () => {
  await context?.session.stop();
  await context?.cckm.close();
  await context?.store.close();
  await Promise.all([server?.stop(), simulator?.stop()]);
});

const inside = { account: '100000000001', region: 'eu-west-1' };
const scope: Scope = { accounts: [inside.account], regions: [inside.region] };

/** A plan that runs, with rows that no resolver of today would have written. */
async function running(places: readonly { account: string; region: string }[]): Promise<string> {
  const { store } = context;
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const plan = { spec, specSha256: '', scope, createdBy: 'test', idempotency: null };
  const { planId } = await insertPlan(store, plan);
  const rows = places.map(async ({ account, region }) => {
    const [key] = await simulator.makeKeys({ account });
    return newResolved({ keyId: key?.id ?? '', mrk: key?.mrk ?? '', account, region });
  });
  await insertReplicas(store, planId, await Promise.all(rows));
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
  await settlePlans(store);
  return planId;
}
const rowsOf = async (planId: string) => (await Array.fromAsync(eachReplicaPage(context.store, planId))).flat();

/** Dispatches and works until no row of the plan waits. */
async function work(planId: string): Promise<void> {
  const dispatcher = new Dispatcher(context.store, context.config.quotas, () => context.session.id);
  await until(
    'no row waits',
    async () => {
      const jobs = await dispatcher.tick();
      await Promise.all(jobs.map((job) => replicate(context, job)));
      return rowsOf(planId);
    },
    (rows) => rows.every(({ state }) => !['pending', 'queued', 'replicating'].includes(state)),
  );
}

test("nothing is called for a row outside its plan's scope, however it came to be released", async () => {
  const places = [inside, { ...inside, account: '100000000002' }, { ...inside, region: 'eu-west-2' }];
  const planId = await running(places);
  await context.store.prisma.replica.updateMany({ where: { planId }, data: { lookFirst: true } });
  const check = async () => {
    await work(planId);
    const rows = await rowsOf(planId);
    const [mine, ...others] = places.map((place) =>
      rows.find(({ account, region }) => account === place.account && region === place.region),
    );
    expect(mine).toMatchObject({ error: null, replicaKeyId: expect.any(String) });
    const asked = (await simulator.ledger()).filter(({ path, keyId, mrk }) =>
      others.some((row) => [keyId, mrk].includes(row?.keyId ?? '') || path.includes(row?.mrk ?? '-')),
    );
    expect(asked).toEqual([]);
    for (const row of others) {
      expect(row).toMatchObject({ state: 'blocked', attempts: 0, error: { code: 'out_of_scope', retryable: false } });
    }
  };
  await check();
  expect(await retryReplicas(context.store, planId, {}, 'anna')).toBe(2);
  await check();
  expect((await simulator.ledger('replicate-key')).length).toBe(1);
});

test('a call that failed in the last moment of an outage is no attempt, though CCKM answers when that is asked', async () => {
  const { circuits, store, session } = context;
  const during = session.now();
  await openCircuit(store, cckmCircuit, 'cckm_unavailable');
  await closeCircuit(store, cckmCircuit);
  expect(await circuits.wasCckmDown(during)).toBe(true);
  const afterwards = new Date(session.now().getTime() + 60_000);
  expect(await circuits.wasCckmDown(afterwards)).toBe(false);
});
