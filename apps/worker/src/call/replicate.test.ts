import { planSpecSchema, type Scope } from '@keyferry/core';
import {
  cckmCircuit,
  closeCircuit,
  finishResolving,
  insertPlan,
  insertReplicas,
  openCircuit,
  retryReplicas,
  settlePlans,
} from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ReplicatingWorker, startReplicatingWorker } from '../../../../test/harness/replicating-worker.ts';
import type { Simulator } from '../../../../test/harness/simulator.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';
import type { WorkContext } from '../work-context.ts';

let worker: ReplicatingWorker;
let context: WorkContext;
let simulator: Simulator;
beforeAll(async () => {
  worker = await startReplicatingWorker();
  ({ context, simulator } = worker);
}, 120_000);
afterAll(() => worker?.stop());

const inside = { account: '100000000001', region: 'eu-west-1' };
const scope: Scope = { accounts: [inside.account], regions: [inside.region] };

/** A plan that runs, with rows that no resolver of today would have written. */
async function running(places: readonly { account: string; region: string }[]): Promise<string> {
  const { store } = context;
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const plan = { spec, scope, createdBy: 'test', idempotency: null };
  const { planId } = await insertPlan(store, plan);
  const rows = places.map(async ({ account, region }) => {
    const [key] = await simulator.makeKeys({ account });
    return newResolved({ key_id: key?.id ?? '', mrk: key?.mrk ?? '', account, region });
  });
  await insertReplicas(store, planId, await Promise.all(rows));
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
  await settlePlans(store);
  return planId;
}

test("nothing is called for a row outside its plan's scope, however it came to be released", async () => {
  const places = [inside, { ...inside, account: '100000000002' }, { ...inside, region: 'eu-west-2' }];
  const planId = await running(places);
  await context.store.prisma.replica.updateMany({ where: { planId }, data: { lookFirst: true } });
  const check = async () => {
    const rows = await worker.work(planId);
    const [mine, ...others] = places.map((place) =>
      rows.find(({ account, region }) => account === place.account && region === place.region),
    );
    expect(mine).toMatchObject({ error: null, replica_key_id: expect.any(String) });
    const asked = (await simulator.ledger()).filter(({ path, keyId, mrk }) =>
      others.some((row) => [keyId, mrk].includes(row?.key_id ?? '') || path.includes(row?.mrk ?? '-')),
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
