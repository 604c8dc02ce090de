import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 60_000);
afterAll(() => api?.stop());

it('an unsupported method gets a 405 that lists the supported ones; an unknown path gets a 404', async () => {
  const refused = await api.ask(adminToken, 'DELETE', '/v1/plans/');
  expect(refused.status).toBe(405);
  expect(refused.headers.get('allow')).toBe('POST, GET, HEAD');
  expect(refused.json).toMatchObject({
    title: 'Method not allowed',
    detail: '/v1/plans/ does not support DELETE. Allowed: POST, GET, HEAD.',
  });
  expect((await api.ask(null, 'POST', '/healthz')).status).toBe(405);
  expect((await api.ask(null, 'DELETE', '/v1/plans')).status).toBe(401);
  expect((await api.ask(adminToken, 'DELETE', '/v1/nothing')).status).toBe(404);
});
