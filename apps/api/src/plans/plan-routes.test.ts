import { finishResolving, insertReplicas, settlePlans, writeRegionGroup } from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 120_000);
afterAll(() => api?.stop());

const plan = { name: 'dr', keys: ['mrk-1234567890abcdef1234567890abcdef'], regions: ['eu-west-1'] };
const ask = (method: string, path: string, body?: unknown) => api.ask(adminToken, method, `/v1/plans${path}`, body);

test('a submission is repeated by its Idempotency-Key also when its Region group is gone', async () => {
  await writeRegionGroup(api.store, 'dr', { regions: ['eu-west-1'] }, 'test');
  const submit = (body: object) =>
    fetch(`${api.url}/v1/plans`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', 'idempotency-key': 'once' },
      body: JSON.stringify(body),
    });
  const grouped = { ...plan, regions: ['group:dr'] };
  const first = await submit(grouped);
  expect(first.status).toBe(202);
  await api.ask(adminToken, 'DELETE', '/v1/region-groups/dr');
  const again = await submit(grouped);
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({ id: ((await first.json()) as { id: string }).id });
  expect((await submit({ ...grouped, name: 'other' })).status).toBe(409);
  expect((await ask('POST', '', grouped)).json.errors).toMatchObject([{ code: 'unknown_region_group' }]);
});

/** Twelve hours away, an hour long. */
function shut() {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const time = (at: number) => `${String(at).padStart(2, '0')}:00`;
  return {
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    from: time(hour),
    to: time(hour + 1),
    time_zone: 'UTC',
  };
}

test('a plan tells of its window: when it opens, that it rests, and whether it is long enough', async () => {
  const { id } = (await ask('POST', '', { ...plan, options: { windows: [shut()] } })).json;
  const rows = Array.from({ length: 10_000 }, (_, n) => newResolved({ key_id: `key-${n}` }));
  await insertReplicas(api.store, id, rows);
  await finishResolving(api.store, id, { preview: false, lowerBoundSeconds: 1_000 });
  await settlePlans(api.store);

  const resting = (await ask('GET', `/${id}`)).json;
  const { opens_at, closes_at } = resting.window;
  expect(Date.parse(closes_at) - Date.parse(opens_at)).toBe(3_600_000);
  expect(resting).toMatchObject({
    state: 'running',
    window: { open: false },
    reason: `Outside its maintenance windows until ${opens_at}; replicas in flight finish.`,
    eta_seconds: null,
    spec: { options: { windows: [shut()] } },
  });
  const fits = async () => (await ask('GET', `/${id}/preview`)).json.window.fits;
  expect(await fits()).toBe(false);
  expect((await ask('GET', `/${id}/preview`)).json.warnings).toMatchObject([{ code: 'exceeds_window', count: 10_000 }]);

  const always = { ...shut(), from: '00:00', to: '24:00' };
  const open = (await ask('PATCH', `/${id}`, { options: { windows: [always] } })).json;
  expect(open).toMatchObject({ reason: null, window: { open: true }, spec: { options: { windows: [always] } } });
  expect(open.eta_seconds).toBeGreaterThan(0);
  expect(await fits()).toBe(true);
  expect((await ask('GET', `/${id}/preview`)).json.warnings).toEqual([]);

  // No worker has moved it on: the view does not tell of what has passed.
  await api.store.prisma.plan.update({ where: { id }, data: { windowClosesAt: new Date(Date.now() - 1_000) } });
  expect((await ask('GET', `/${id}`)).json.window.open).toBe(true);

  const wrong = await ask('PATCH', `/${id}`, { options: { windows: [{ ...always, days: ['someday'] }] } });
  expect(wrong).toMatchObject({ status: 422, json: { errors: [{ path: 'options.windows[0].days[0]' }] } });
  expect((await ask('PATCH', `/${id}`, { options: { windows: [] } })).json.window).toBeNull();
  await ask('POST', `/${id}/cancel`);
  expect((await ask('GET', `/${id}`)).json).toMatchObject({ state: 'cancelled', window: null });
});

test('a plan that is read is the plan that was submitted, with its options as they are by now', async () => {
  const whole = { ...plan, name: 'the "whole"', options: { priority: 7, failure_tolerance: { count: 3 } } };
  const made = (await ask('POST', '', whole)).json;
  expect((await ask('GET', `/${made.id}`)).json).toEqual(made);
  const changed = (await ask('PATCH', `/${made.id}`, { options: { priority: 2, failure_tolerance: { count: 1 } } }))
    .json;
  expect(changed.spec).toEqual({
    ...made.spec,
    options: { ...made.spec.options, priority: 2, failure_tolerance: { count: 1 } },
  });
  const read = await ask('GET', `/${made.id}`);
  expect(read.json).toEqual(changed);
  expect(read.headers.get('content-type')).toBe('application/json; charset=utf-8');
});
