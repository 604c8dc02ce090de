import { everywhere, type ScheduleInput, type Scope, scheduleSchema } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { movePlan } from '../../../../test/models/plans/move-plan.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import {
  deleteRegionGroup,
  deleteSchedule,
  findDueSchedules,
  insertSchedule,
  migrate,
  openStore,
  readPlan,
  readRunTimes,
  readSchedule,
  replaceSchedule,
  runDueSchedule,
  runScheduleNow,
  type Store,
  writeRegionGroup,
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

const weekly = (given: Partial<ScheduleInput> = {}) =>
  scheduleSchema.parse({
    name: 'weekly',
    cron: '0 2 * * sun',
    time_zone: 'Europe/Berlin',
    plan: { name: 'weekly-dr', keys: ['mrk-1'], regions: ['eu-west-1'] },
    ...given,
  });
/** A schedule that was due at 2026-11-01 02:00 in Berlin, and five times since. */
async function due(given: Partial<ScheduleInput> = {}, scope: Scope = everywhere): Promise<string> {
  const id = await insertSchedule(store, weekly(given), { createdBy: 'anna', scope });
  await setDue(id);
  return id;
}
const missed = new Date('2026-11-01T01:00:00Z');
const setDue = (id: string, nextRunAt = missed) => store.prisma.schedule.update({ where: { id }, data: { nextRunAt } });
const scheduleOf = async (id: string) => {
  const schedule = await readSchedule(store, id);
  if (schedule === null) throw new Error('no such schedule');
  return schedule;
};
const plansOf = (scheduleId: string) => store.prisma.plan.findMany({ where: { scheduleId }, orderBy: { id: 'asc' } });

test('a run that is due is made once, whoever looks, and once for all the times that were missed', async () => {
  const id = await due();
  expect(await findDueSchedules(store)).toContain(id);
  const runs = await Promise.all(Array.from({ length: 10 }, () => runDueSchedule(store, id)));
  const made = runs.filter((run) => run !== null);
  expect(made).toMatchObject([{ outcome: 'submitted' }]);
  const [plan, ...others] = await plansOf(id);
  expect(others).toEqual([]);
  expect(plan).toMatchObject({
    name: 'weekly-dr 2026-11-01 02:00',
    scheduledFor: missed,
    createdBy: 'anna',
    state: 'resolving',
  });
  const schedule = await scheduleOf(id);
  expect(schedule).toMatchObject({ last_plan_id: plan?.id, last_skipped_at: null, last_error: null });
  expect(schedule.next_run_at?.getTime()).toBeGreaterThan(Date.now());
  expect(await findDueSchedules(store)).not.toContain(id);
  expect(await runDueSchedule(store, id)).toBeNull();
});

test('a run that could not be stored is made later: the schedule moves on with it or not at all', async () => {
  const id = await due();
  await store.prisma.$executeRaw`ALTER TABLE plans ADD CONSTRAINT no_luck CHECK (schedule_id IS NULL) NOT VALID`;
  await expect(runDueSchedule(store, id)).rejects.toThrow();
  expect(await scheduleOf(id)).toMatchObject({ next_run_at: missed, last_plan_id: null });
  await store.prisma.$executeRaw`ALTER TABLE plans DROP CONSTRAINT no_luck`;
  expect(await runDueSchedule(store, id)).toMatchObject({ outcome: 'submitted' });
});

test('no two plans are of one time of a schedule, even were it due twice', async () => {
  const id = await due({ overlap: 'allow' });
  await runDueSchedule(store, id);
  await setDue(id);
  expect(await runDueSchedule(store, id)).toBeNull();
  expect(await plansOf(id)).toHaveLength(1);
  expect((await scheduleOf(id)).next_run_at?.getTime()).toBeGreaterThan(Date.now());
});

test('while its plan is not finished the next run is left out and noted, unless runs may overlap', async () => {
  const id = await due();
  await runDueSchedule(store, id);
  const [first] = await plansOf(id);
  const second = new Date('2026-11-08T01:00:00Z');
  await setDue(id, second);
  expect(await runDueSchedule(store, id)).toEqual({ outcome: 'skipped', unfinished: first?.id });
  const skipped = await scheduleOf(id);
  expect(skipped).toMatchObject({
    last_plan_id: first?.id,
    last_skip_reason: expect.stringContaining(first?.id ?? '-'),
  });
  expect(skipped.last_skipped_at?.getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(skipped.next_run_at?.getTime()).toBeGreaterThan(Date.now());
  expect(await runScheduleNow(store, id, 'anna')).toMatchObject({ outcome: 'skipped' });

  await replaceSchedule(store, id, weekly({ overlap: 'allow' }), 'anna');
  const asked = await runScheduleNow(store, id, 'bert');
  expect(asked).toMatchObject({ outcome: 'submitted' });
  // Neither of the two may approve it.
  const plan = await store.prisma.plan.findFirst({ where: { scheduleId: id }, orderBy: { id: 'desc' } });
  expect(plan?.proposedBy).toEqual(['anna', 'bert']);
  await replaceSchedule(store, id, weekly({ overlap: 'skip' }), 'anna');
  for (const plan of await plansOf(id)) await movePlan(store, plan.id, 'succeeded');
  await store.prisma.plan.updateMany({ where: { scheduleId: id }, data: { finishedAt: new Date() } });
  expect(await runScheduleNow(store, id, 'anna')).toMatchObject({ outcome: 'submitted' });
  // A preview that nobody has executed holds up nothing.
  await store.prisma.plan.updateMany({ where: { scheduleId: id, finishedAt: null }, data: { state: 'previewed' } });
  expect(await runScheduleNow(store, id, 'anna')).toMatchObject({ outcome: 'submitted' });
  expect((await plansOf(id)).map(({ scheduledFor }) => scheduledFor)).toEqual([missed, null, null, null]);
});

test('Region groups are what they are at each run; without one the error is noted and the next time tried', async () => {
  const id = await due({ plan: { name: 'groups', keys: ['mrk-1'], regions: ['group:dr'] }, overlap: 'allow' });
  expect(await runDueSchedule(store, id)).toMatchObject({
    outcome: 'invalid',
    errors: [{ path: 'regions[0]', code: 'unknown_region_group' }],
  });
  const failed = await scheduleOf(id);
  expect(failed).toMatchObject({ last_plan_id: null, last_error: { errors: [{ code: 'unknown_region_group' }] } });
  expect(failed.next_run_at?.getTime()).toBeGreaterThan(Date.now());

  for (const [n, region] of ['eu-west-1', 'eu-west-2'].entries()) {
    await writeRegionGroup(store, 'dr', { regions: [region] }, 'anna');
    await setDue(id, new Date(missed.getTime() + n * 60_000));
    await runDueSchedule(store, id);
  }
  await deleteRegionGroup(store, 'dr');
  const plans = await Promise.all((await plansOf(id)).map((plan) => readPlan(store, plan.id)));
  expect(plans.map((plan) => plan?.spec.regions)).toEqual([['eu-west-1'], ['eu-west-2']]);
  expect(await scheduleOf(id)).toMatchObject({ last_error: null, plan: { regions: ['group:dr'] } });
});

test('a schedule that is replaced keeps a run that is due, unless its times were changed', async () => {
  const id = await due();
  await replaceSchedule(store, id, weekly({ name: 'renamed' }), 'bert');
  expect(await scheduleOf(id)).toMatchObject({
    name: 'renamed',
    next_run_at: missed,
    created_by: 'anna',
    updated_by: 'bert',
  });
  await replaceSchedule(store, id, weekly({ enabled: false }), 'bert');
  expect(await scheduleOf(id)).toMatchObject({ next_run_at: null });
  expect((await readRunTimes(store)).map((times) => times.id)).not.toContain(id);
  await replaceSchedule(store, id, weekly({ cron: '0 3 * * *' }), 'bert');
  expect((await scheduleOf(id)).next_run_at?.getTime()).toBeGreaterThan(Date.now());
  expect(await readRunTimes(store)).toContainEqual({ id, cron: '0 3 * * *', time_zone: 'Europe/Berlin' });
  await runScheduleNow(store, id, 'anna');
  expect(await plansOf(id)).toMatchObject([{ createdBy: 'bert', scheduledFor: null }]);
});

test('a schedule that is gone runs no more, and its plans stay', async () => {
  const id = await due();
  await runDueSchedule(store, id);
  expect(await deleteSchedule(store, id)).toBe(true);
  expect(await deleteSchedule(store, id)).toBe(false);
  expect(await runDueSchedule(store, id)).toBeNull();
  expect(await runScheduleNow(store, id, 'anna')).toBeNull();
  expect(await plansOf(id)).toHaveLength(1);
});

test('the plans of a schedule have its scope, whoever runs or changes it; a group that has come to go outside makes none', async () => {
  const scope = { accounts: ['111122223333'], regions: ['eu-west-1', 'eu-west-2'] };
  await writeRegionGroup(store, 'near', { regions: ['eu-west-1'] }, 'anna');
  const given: Partial<ScheduleInput> = {
    plan: { name: 'near', keys: ['mrk-1'], regions: ['group:near'] },
    overlap: 'allow',
  };
  const id = await due(given, scope);
  await runDueSchedule(store, id);
  await replaceSchedule(store, id, weekly(given), 'root');
  expect(await runScheduleNow(store, id, 'root')).toMatchObject({ outcome: 'submitted' });
  const plans = await plansOf(id);
  expect(plans).toMatchObject([scope, scope]);
  await writeRegionGroup(store, 'near', { regions: ['eu-west-1', 'us-east-1'] }, 'anna');
  await setDue(id, new Date(missed.getTime() + 60_000));
  expect(await runDueSchedule(store, id)).toMatchObject({
    outcome: 'invalid',
    errors: [{ path: 'regions[0]', code: 'region_out_of_scope', message: expect.stringContaining('us-east-1') }],
  });
  expect(await scheduleOf(id)).toMatchObject({ scope, last_error: { errors: [{ code: 'region_out_of_scope' }] } });
  expect(await plansOf(id)).toHaveLength(2);
});
