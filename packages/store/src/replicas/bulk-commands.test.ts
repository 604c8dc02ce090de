import { blockedError, planSpecSchema } from '@keyferry/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { migrate } from '../migrate.ts';
import { stopPlan } from '../plans/change-plan.ts';
import { insertPlan } from '../plans/insert-plan.ts';
import { readPlanStatus } from '../plans/plan-row.ts';
import { finishResolving, insertReplicas } from '../plans/resolve-plan.ts';
import { settlePlans } from '../plans/settle-plans.ts';
import { openStore, type Store } from '../store.ts';
import { cancelWaiting } from '../workers/cancel-waiting.ts';
import { readOpenWork } from '../workers/open-work.ts';
import { continueRetry, retryReplicas } from './retry-replicas.ts';

/** More than one transaction takes. */
const many = 6_000;

let server: PrivateServer;
let store: Store;
let plans = 0;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

/** A plan of many rows; the last hundred go to another Region. */
async function planOf(state: 'pending' | 'blocked'): Promise<string> {
  plans += 1;
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1', 'eu-west-2'] });
  const plan = { spec, scope: { accounts: null, regions: null }, createdBy: 'test', idempotency: null };
  const { planId } = await insertPlan(store, plan);
  const error = state === 'blocked' ? blockedError('same_region', 'It is the Region of the primary.') : null;
  const rows = Array.from({ length: many }, (_, n) => {
    const key = `${plans}-${n}`;
    const region = n < many - 100 ? 'eu-west-1' : 'eu-west-2';
    return { ...newResolved({ key_id: key, mrk: `mrk-${key}`, account: '100000000001', region }), state, error };
  });
  await insertReplicas(store, planId, rows);
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
  // It starts, and ends where there is nothing to do.
  await settlePlans(store);
  return planId;
}
const standing = async (planId: string) => {
  const plan = await readPlanStatus(store.prisma, planId);
  return { state: plan?.state, ...plan?.counts };
};
const entries = (planId: string) =>
  store.prisma.auditEntry.count({ where: { objectId: planId, action: 'plan.retry' } });

describe('a command for a plan of many replicas', () => {
  test('retry: the command puts some back, and the rest follows while the plan stays open', async () => {
    const planId = await planOf('blocked');
    expect(await standing(planId)).toMatchObject({ state: 'completed_with_failures', blocked: many });
    expect(await retryReplicas(store, planId, {}, 'anna')).toBe(5_000);
    expect(await standing(planId)).toMatchObject({ pending: 5_000, blocked: 1_000 });
    expect(await continueRetry(store)).toBe(true);
    expect(await standing(planId)).toMatchObject({ state: 'running', pending: many, blocked: 0 });
    expect(await continueRetry(store)).toBe(false);
    expect(await entries(planId)).toBe(1);
    await stopPlan(store, planId, ['running'], 'cancelled', 'olga');
    while (await cancelWaiting(store));
  });

  test('retry: what a filter means is found behind what it does not, and the plan does not end before', async () => {
    const planId = await planOf('blocked');
    expect(await retryReplicas(store, planId, { region: 'eu-west-2' }, 'anna')).toBe(0);
    await settlePlans(store);
    expect(await standing(planId)).toMatchObject({ state: 'running', pending: 0, blocked: many });
    expect((await readOpenWork(store)).plans).toBe(true);
    while (await continueRetry(store));
    expect(await standing(planId)).toMatchObject({ state: 'running', pending: 100, blocked: many - 100 });
    await stopPlan(store, planId, ['running'], 'cancelled', 'olga');
    while (await cancelWaiting(store));
  });

  test('retry: a filter that means nothing lets the plan end as it was', async () => {
    const planId = await planOf('blocked');
    expect(await retryReplicas(store, planId, { errorCode: 'throttled' }, 'anna')).toBe(0);
    while (await continueRetry(store));
    await settlePlans(store);
    expect(await standing(planId)).toMatchObject({ state: 'completed_with_failures', blocked: many });
  });

  test('retry: what is left of it is dropped when the plan is cancelled', async () => {
    const planId = await planOf('blocked');
    await retryReplicas(store, planId, {}, 'anna');
    await stopPlan(store, planId, ['running'], 'cancelled', 'olga');
    while ((await cancelWaiting(store)) || (await continueRetry(store)));
    await settlePlans(store);
    expect(await standing(planId)).toMatchObject({ state: 'cancelled', cancelled: 5_000, blocked: 1_000 });
    expect((await readOpenWork(store)).plans).toBe(false);
  });

  test('cancel: all that waits is cancelled, some at a time, and nothing of another plan', async () => {
    const [planId, other] = [await planOf('pending'), await planOf('pending')];
    await stopPlan(store, planId, ['running'], 'cancelled', 'olga');
    expect(await cancelWaiting(store, other)).toBe(false);
    expect(await cancelWaiting(store, planId)).toBe(true);
    expect(await standing(planId)).toMatchObject({ state: 'cancelled', cancelled: 5_000, pending: 1_000 });
    while (await cancelWaiting(store));
    await settlePlans(store);
    expect(await standing(planId)).toMatchObject({ cancelled: many, pending: 0 });
    expect(await standing(other)).toMatchObject({ state: 'running', pending: many });
  });
});
