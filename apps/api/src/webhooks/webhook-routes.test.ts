import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  const webhooks = { hosts: ['hooks.example.com', '127.0.0.1:9000'], networks: ['127.0.0.1'] };
  api = await startForTest({ encryptionKeys: [key], webhooks });
}, 120_000);
afterAll(() => api?.stop());

const ask = (method: string, path: string, body?: unknown) => api.ask(adminToken, method, `/v1/webhooks${path}`, body);
const hook = { name: 'ops', url: 'https://hooks.example.com/keyferry?key=1' };
/** That seals. */
const key = randomBytes(32);
const make = async (given: object = {}) => (await ask('POST', '', { ...hook, ...given })).json;

test('a webhook is made with a secret that is told once, read, replaced, rotated and deleted', async () => {
  const made = await ask('POST', '', hook);
  expect(made).toMatchObject({
    status: 201,
    json: {
      ...{ ...hook, events: null, enabled: true, created_by: 'admin', updated_by: 'admin' },
      ...{ disabled_at: null, disabled_reason: null, failing_since: null, previous_secret_until: null },
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    },
  });
  expect(made.headers.get('cache-control')).toBe('no-store');
  const { secret, ...view } = made.json;
  expect(made.headers.get('location')).toBe(`/v1/webhooks/${view.id}`);
  const path = `/${view.id}`;
  expect((await ask('GET', path)).json).toEqual(view);
  const events = ['com.keyferry.plan.halted', 'com.keyferry.plan.approved'];
  const replaced = (await ask('PUT', path, { ...hook, url: 'HTTPS://hooks.EXAMPLE.com', events, enabled: false })).json;
  expect(replaced).toMatchObject({ url: 'https://hooks.example.com/', events, enabled: false });
  expect((await ask('POST', `${path}/test`)).status).toBe(409);
  const rotated = (await ask('POST', `${path}/rotate-secret`)).json;
  expect(rotated.secret).not.toBe(secret);
  expect(rotated.previous_secret_until).toMatch(/Z$/);
  expect(Object.keys((await ask('GET', path)).json)).not.toContain('secret');
  expect((await ask('DELETE', path)).status).toBe(204);
  for (const [method, below, body] of [
    ['GET', ''],
    ['PUT', '', hook],
    ['DELETE', ''],
    ['POST', '/rotate-secret'],
    ['POST', '/test'],
    ['GET', '/deliveries'],
    ['POST', `/deliveries/${view.id}/redeliver`],
  ] as const) {
    expect(await ask(method, `${path}${below}`, body)).toMatchObject({ status: 404, json: { title: 'Not found' } });
  }
});

test('an address may hold a secret: it is stored sealed, and the audit log tells its host', async () => {
  const url = 'https://hooks.example.com/services/path-canary?key=query-canary';
  const { id, url: told } = await make({ url });
  expect(told).toBe(url);
  const stored = async () => {
    const rows = await api.store.prisma.$queryRaw`SELECT * FROM webhooks WHERE id = ${id}::uuid`;
    const entries = await api.store.prisma.$queryRaw`SELECT * FROM audit_entries WHERE object_id = ${id}`;
    return JSON.stringify([rows, entries], (_, value) => (typeof value === 'bigint' ? Number(value) : value));
  };
  expect(await stored()).toContain('hooks.example.com');
  expect(await stored()).not.toMatch(/path-canary|query-canary/);
  const replaced = await ask('PUT', `/${id}`, { ...hook, url: `${url}2` });
  expect(replaced.json.url).toBe(`${url}2`);
  expect(await stored()).not.toMatch(/path-canary|query-canary/);
  await api.store.prisma
    .$executeRaw`UPDATE webhooks SET sealed_url = (SELECT sealed_url FROM webhooks o WHERE o.id <> ${id}::uuid LIMIT 1) WHERE id = ${id}::uuid`;
  expect((await ask('GET', `/${id}`)).json.url).toMatch(/^https:\/\/hooks\.example\.com\/#[0-9a-f]{8}$/);
});

test('webhooks are listed in pages, newest first', async () => {
  const ids = [];
  for (const name of ['a', 'b', 'c']) ids.unshift((await make({ name })).id);
  const first = (await ask('GET', '?limit=2')).json;
  const second = (await ask('GET', `?limit=1&cursor=${first.next_cursor}`)).json;
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
});

test('everything that is wrong with one is told, and nothing is stored', async () => {
  const before = (await ask('GET', '?limit=1000')).json.items.length;
  const wrong = await ask('POST', '', { name: ' ', url: 'hooks', events: ['com.keyferry.plan.haltd'], colour: 1 });
  expect(wrong.status).toBe(422);
  expect(wrong.json.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
    'colour',
    'events[0]',
    'name',
    'url',
  ]);
  expect((await ask('POST', '', { ...hook, events: [] })).json.errors).toMatchObject([{ path: 'events' }]);
  for (const url of [
    'https://evil.example.net/',
    'http://hooks.example.com/',
    'https://a:b@hooks.example.com/',
    'https://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:5432/',
  ]) {
    const { status, json } = await ask('POST', '', { ...hook, url });
    expect([status, json.errors]).toMatchObject([422, [{ path: 'url', code: 'forbidden_destination' }]]);
  }
  const { id } = await make();
  expect((await ask('PUT', `/${id}`, { ...hook, url: 'https://evil.example.net/' })).status).toBe(422);
  expect((await ask('GET', '?limit=1000')).json.items.length).toBe(before + 1);
});

test('a test and a redelivery are deliveries, which are listed with what is known of them', async () => {
  const { id } = await make({ url: 'http://127.0.0.1:9000/' });
  const tested = await ask('POST', `/${id}/test`);
  expect(tested).toMatchObject({
    status: 202,
    json: {
      ...{ webhook_id: id, state: 'pending', attempts: 0, settled_at: null, attempt_log: [] },
      event: { type: 'com.keyferry.webhook.test', subject: id, sequence: expect.stringMatching(/^\d{19}$/) },
    },
  });
  expect(tested.json.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
  await api.store.prisma.$executeRaw`UPDATE webhook_deliveries SET state = 'failed', failures = 10, attempts = 10,
    settled_at = now() WHERE id = ${tested.json.id}::uuid`;
  await api.ask(adminToken, 'POST', '/v1/plans', { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const { items } = (await ask('GET', `/${id}/deliveries`)).json;
  expect(items).toMatchObject([
    { event: { type: 'com.keyferry.plan.resolving' }, state: 'pending' },
    { event: { type: 'com.keyferry.webhook.test' }, state: 'failed', next_attempt_at: null },
  ]);
  const page = (await ask('GET', `/${id}/deliveries?limit=1`)).json;
  expect((await ask('GET', `/${id}/deliveries?cursor=${page.next_cursor}`)).json.items).toEqual(items.slice(1));
  expect((await ask('GET', `/${id}/deliveries?state=failed`)).json.items).toEqual(items.slice(1));
  expect((await ask('GET', `/${id}/deliveries?state=lost`)).status).toBe(422);
  const again = await ask('POST', `/${id}/deliveries/${tested.json.id}/redeliver`);
  expect(again).toMatchObject({ status: 202, json: { state: 'pending', attempts: 10, event: tested.json.event } });
  const other = await make();
  expect((await ask('POST', `/${other.id}/deliveries/${tested.json.id}/redeliver`)).status).toBe(404);
  await ask('PUT', `/${id}`, { ...hook, enabled: false });
  expect((await ask('POST', `/${id}/deliveries/${tested.json.id}/redeliver`)).status).toBe(409);
});

test('without a key that seals its secret, or without a host that may be called, there is no webhook', async () => {
  const unsealed = await startForTest({ databaseUrl: api.databaseUrl, webhooks: { hosts: ['hooks.example.com'] } });
  const closed = await startForTest({ databaseUrl: api.databaseUrl, encryptionKeys: [key] });
  try {
    const refused = await unsealed.ask(adminToken, 'POST', '/v1/webhooks', hook);
    expect(refused).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining('KEYFERRY_ENCRYPTION_KEY') },
    });
    const { id } = await make();
    expect((await unsealed.ask(adminToken, 'POST', `/v1/webhooks/${id}/rotate-secret`)).status).toBe(409);
    const off = await closed.ask(adminToken, 'POST', '/v1/webhooks', hook);
    // One whose host is not named any more can be disabled, and not enabled.
    const put = (enabled: boolean) => closed.ask(adminToken, 'PUT', `/v1/webhooks/${id}`, { ...hook, enabled });
    expect([(await put(false)).status, (await put(true)).status]).toEqual([200, 422]);
    expect(off.json.errors).toMatchObject([{ message: expect.stringContaining('KEYFERRY_WEBHOOK_HOSTS is empty') }]);
  } finally {
    await unsealed.stop();
    await closed.stop();
  }
});
