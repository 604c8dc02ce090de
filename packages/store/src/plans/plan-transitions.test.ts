import { everywhere, type PlanState, planSpecSchema, planStates, planTransitions } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { movePlan } from '../../../../test/models/plans/move-plan.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { insertPlan, migrate, openStore, type Store } from '../index.ts';

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

/** Why Postgres refuses to move a plan to a state; null: it does not. The plan stays where it is. */
async function refusal(planId: string, state: PlanState): Promise<string | null> {
  const undone = new Error('undone');
  const moved = store.prisma.$transaction(async (tx) => {
    await tx.plan.update({ where: { id: planId }, data: { state } });
    throw undone;
  });
  return moved.catch((error: unknown) => (error === undone ? null : String(error)));
}

test.each(planStates)('a plan that is %s goes nowhere but where core lets it', async (from) => {
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const { planId } = await insertPlan(store, { spec, scope: everywhere, createdBy: 'anna', idempotency: null });
  await movePlan(store, planId, from);
  for (const to of planStates) {
    const allowed = to === from || planTransitions[from].includes(to);
    const said = allowed ? null : expect.stringContaining(`cannot go from ${from} to ${to}`);
    expect([to, await refusal(planId, to)]).toEqual([to, said]);
  }
});
