import { everywhere, type MaintenanceWindow, type PlanSpecInput, planSpecSchema } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import {
  changePlanLimits,
  claimReplicas,
  finishResolving,
  insertPlan,
  insertReplicas,
  inTransaction,
  migrate,
  moveWindowsOn,
  openStore,
  readDueQueues,
  readPlan,
  readRevision,
  readWaitingQueues,
  registerWorker,
  type Store,
  settlePlans,
  sweep,
  writeReleases,
} from '../index.ts';

let server: PrivateServer;
let store: Store;
let workerId: string;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url });
  workerId = await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

/** Open for an hour at a time that lies twelve hours away. */
function shut(): MaintenanceWindow {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const time = (at: number) => `${String(at).padStart(2, '0')}:00`;
  return {
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    from: time(hour),
    to: time(hour + 1),
    time_zone: 'UTC',
  };
}

let accounts = 200_000_000_000;
/** A plan of one replica that runs. */
async function running(windows: MaintenanceWindow[]): Promise<string> {
  const input: PlanSpecInput = { name: 'w', keys: ['mrk-1'], regions: ['eu-west-1'], options: { windows } };
  const spec = planSpecSchema.parse(input);
  const plan = { spec, scope: everywhere, createdBy: 'test', idempotency: null };
  const { planId } = await insertPlan(store, plan);
  accounts += 1;
  const account = String(accounts);
  const row = newResolved({ key_id: account, account });
  await insertReplicas(store, planId, [row]);
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
  await settlePlans(store);
  return planId;
}
const due = (planId: string, aheadMs = 1_000) =>
  inTransaction(store, async (tx) => {
    const waiting = await readWaitingQueues(tx, aheadMs);
    return readDueQueues(
      tx,
      waiting.map((queue) => ({ ...queue, at_most: 10 })),
      aheadMs,
    );
  }).then((all) => all.filter((one) => one.plan_id === planId));
/** Lays the interval `from` and `to` seconds from now. */
const lay = (planId: string, from: number, to: number) => store.prisma.$executeRaw`
  UPDATE plans SET window_opens_at = now() + make_interval(secs => ${from}),
    window_closes_at = now() + make_interval(secs => ${to}) WHERE id = ${planId}::uuid`;
const planOf = async (planId: string) => {
  const plan = await readPlan(store, planId);
  if (plan === null) throw new Error('no such plan');
  return plan;
};
/** Gives the plan's row a slot so many milliseconds from now, whatever its window says. */
async function release(planId: string, inMs: number) {
  const [row] = await store.prisma.replica.findMany({ where: { planId } });
  const at = Date.now() + inMs;
  const [released] = await inTransaction(store, (tx) =>
    writeReleases(tx, [{ id: row?.id ?? '', kind: 'replicate', at, sendBefore: at + 100 }], [], []),
  );
  if (!released) throw new Error('not released');
  return released;
}

test('a plan without windows is due at any time', async () => {
  const planId = await running([]);
  expect(await planOf(planId)).toMatchObject({ windows: [], window_opens_at: null, window_closes_at: null });
  expect(await due(planId)).toHaveLength(1);
});

test('outside its window nothing of a plan is due; inside all is, as long as the slots given lie in it too', async () => {
  const planId = await running([shut()]);
  const { window_opens_at: windowOpensAt, window_closes_at: windowClosesAt } = await planOf(planId);
  expect(windowOpensAt?.getTime()).toBeGreaterThan(Date.now());
  expect((windowClosesAt?.getTime() ?? 0) - (windowOpensAt?.getTime() ?? 0)).toBe(3_600_000);
  expect(await due(planId)).toEqual([]);
  await lay(planId, -60, 60);
  expect(await due(planId, 50_000)).toHaveLength(1);
  expect(await due(planId, 70_000)).toEqual([]);
});

test('an interval that has passed lets nothing through until it is moved on, by one of many workers', async () => {
  const planId = await running([shut()]);
  const { window_closes_at: windowClosesAt } = await planOf(planId);
  await lay(planId, -60, -1);
  expect(await due(planId)).toEqual([]);
  const before = await readRevision(store, planId);
  const moved = await Promise.all(Array.from({ length: 5 }, () => moveWindowsOn(store)));
  expect(moved.reduce((sum, count) => sum + count, 0)).toBe(1);
  expect((await planOf(planId)).window_closes_at).toEqual(windowClosesAt);
  expect(await moveWindowsOn(store)).toBe(0);
  // Who follows the plan is told.
  expect(await readRevision(store, planId)).toBe(before + 1);
});

test('a row whose slot lies in no window any more is taken by no worker, and put back', async () => {
  const planId = await running([]);
  const late = await release(planId, 2_000);
  await changePlanLimits(store, planId, ['running'], { windows: [shut()] }, 'test');
  expect((await planOf(planId)).windows).toEqual([shut()]);
  expect(await claimReplicas(store, workerId, [late])).toEqual([]);
  await sweep(store);
  expect((await planOf(planId)).counts).toMatchObject({ pending: 1, queued: 0 });
  await changePlanLimits(store, planId, ['running'], { windows: [] }, 'test');
  expect(await due(planId)).toHaveLength(1);
  expect(await claimReplicas(store, workerId, [late])).toEqual([]);
});

test('a call may not begin in the last moments of a window, when it could go out after its end', async () => {
  const planId = await running([]);
  const row = await release(planId, 5_000);
  await lay(planId, -60, 5);
  expect(await claimReplicas(store, workerId, [row])).toEqual([]);
  await lay(planId, -60, 60);
  expect(await claimReplicas(store, workerId, [row])).toHaveLength(1);
});
