import { writeRegionGroup } from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 120_000);
afterAll(() => api?.stop());

const ask = (method: string, path: string, body?: unknown) => api.ask(adminToken, method, `/v1/schedules${path}`, body);
const weekly = {
  name: 'weekly',
  cron: '0 2 * * sun',
  time_zone: 'Europe/Berlin',
  plan: { name: 'weekly-dr', keys: ['mrk-1234567890abcdef1234567890abcdef'], regions: ['eu-west-1'] },
};
const make = async (given: object = {}) => (await ask('POST', '', { ...weekly, ...given })).json;

test('a schedule is made, read, replaced and deleted', async () => {
  const made = await ask('POST', '', weekly);
  expect(made).toMatchObject({
    status: 201,
    json: {
      ...weekly,
      enabled: true,
      overlap: 'skip',
      created_by: 'admin',
      next_run_at: expect.stringMatching(/T0[01]:00:00\.000Z$/),
      last_run_at: null,
      last_plan_id: null,
      last_skipped_at: null,
      last_skip_reason: null,
      last_error: null,
    },
  });
  const { id, next_run_at } = made.json;
  expect(made.headers.get('location')).toBe(`/v1/schedules/${id}`);
  expect((await ask('GET', `/${id}`)).json).toEqual(made.json);
  expect((await ask('PUT', `/${id}`, { ...weekly, name: 'renamed' })).json).toMatchObject({
    name: 'renamed',
    next_run_at,
  });
  expect((await ask('PUT', `/${id}`, { ...weekly, enabled: false })).json).toMatchObject({ next_run_at: null });
  expect((await ask('DELETE', `/${id}`)).status).toBe(204);
  for (const [method, path, body] of [
    ['GET', ''],
    ['PUT', '', weekly],
    ['DELETE', ''],
    ['POST', '/run'],
  ] as const) {
    expect(await ask(method, `/${id}${path}`, body)).toMatchObject({ status: 404, json: { title: 'Not found' } });
  }
});

test('schedules are listed in pages, newest first', async () => {
  const ids = [];
  for (const name of ['a', 'b', 'c']) ids.unshift((await make({ name })).id);
  const first = (await ask('GET', '?limit=2')).json;
  const second = (await ask('GET', `?limit=2&cursor=${first.next_cursor}`)).json;
  const found = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
  expect(found.slice(0, 3)).toEqual(ids);
});

test('one that is wrong is refused with all that is wrong about it, of its plan too', async () => {
  const { status, json } = await ask('POST', '', {
    ...weekly,
    cron: '0 2 * *',
    time_zone: 'Mars/Olympus',
    overlaps: 'skip',
    plan: { ...weekly.plan, regions: ['us-wets-2'] },
  });
  expect(status).toBe(422);
  expect(json.errors.map(({ path, code }: Record<string, string>) => [path, code])).toEqual([
    ['cron', 'invalid_cron'],
    ['time_zone', 'unknown_time_zone'],
    ['plan.regions[0]', 'unknown_region'],
    ['overlaps', 'unknown_field'],
  ]);
  const dated = { ...weekly.plan, name: 'n'.repeat(190), options: { start_at: '2027-01-01T00:00:00Z' } };
  expect((await ask('POST', '', { ...weekly, plan: dated })).json.errors).toMatchObject([
    { path: 'plan.options.start_at', code: 'mutually_exclusive' },
    { path: 'plan.name', code: 'too_big' },
  ]);
  const grouped = { ...weekly.plan, regions: ['group:nowhere'] };
  expect((await ask('POST', '', { ...weekly, plan: grouped })).json.errors).toMatchObject([
    { path: 'plan.regions[0]', code: 'unknown_region_group' },
  ]);
});

test('a run by hand submits a plan, whatever is due, and none while the plan before is not finished', async () => {
  const { id, next_run_at } = await make({ enabled: false });
  const { status, headers, json: plan } = await ask('POST', `/${id}/run`);
  expect(status).toBe(202);
  expect(headers.get('location')).toBe(`/v1/plans/${plan.id}`);
  expect(plan).toMatchObject({ schedule_id: id, scheduled_for: null, state: 'resolving', created_by: 'admin' });
  expect(plan.name).toMatch(/^weekly-dr \d{4}-\d\d-\d\d \d\d:\d\d$/);
  expect((await ask('GET', `/${id}`)).json).toMatchObject({ next_run_at, last_plan_id: plan.id });
  expect(await ask('POST', `/${id}/run`)).toMatchObject({
    status: 409,
    json: { detail: expect.stringContaining(plan.id) },
  });
});

test('a run by hand says what has become wrong with the plan', async () => {
  await writeRegionGroup(api.store, 'dr', { regions: ['eu-west-1'] }, 'test');
  const { id } = await make({ plan: { ...weekly.plan, regions: ['group:dr'] } });
  await api.ask(adminToken, 'DELETE', '/v1/region-groups/dr');
  const errors = [{ path: 'plan.regions[0]', code: 'unknown_region_group' }];
  expect(await ask('POST', `/${id}/run`)).toMatchObject({ status: 422, json: { errors } });
});
