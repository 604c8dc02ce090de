import { claimCheck, finishCheck, registerWorker, writeCells } from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 120_000);
afterAll(() => api?.stop());

test('gaps are closed once for an Idempotency-Key', async () => {
  const policy = { name: 'tier-one', keys: ['mrk-1'], regions: ['eu-west-1'] };
  const { id } = (await api.ask(adminToken, 'POST', '/v1/coverage/checks', policy)).json;
  const workerId = await registerWorker(api.store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  await claimCheck(api.store, { workerId, checkIds: [] });
  const key = { position: 0, key_id: 'key', mrk: 'mrk-1', key_arn: null, alias: null, origin: 'AWS_KMS' };
  const gap = { position: 0, region: 'eu-west-1', state: 'missing' as const, code: 'no_replica' as const, message: '' };
  await writeCells(
    api.store,
    { checkId: id, workerId, epoch: 1 },
    [{ ...key, account: '111122223333', primary_region: 'us-east-1' }],
    [{ ...gap, member_id: null, key_state: null, valid_to: null, diff: null, material: null }],
  );
  await finishCheck(api.store, { checkId: id, workerId, epoch: 1 });

  const close = (body: object) =>
    fetch(`${api.url}/v1/coverage/checks/${id}/plan`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', 'idempotency-key': 'once' },
      body: JSON.stringify(body),
    });
  const both = await Promise.all([close({ mode: 'preview' }), close({ mode: 'preview' })]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 202]);
  const [first, second] = await Promise.all(both.map(async (answer) => (await answer.json()) as { id: string }));
  expect(first?.id).toBe(second?.id);
  expect((await close({ mode: 'execute' })).status).toBe(409);
  expect((await api.ask(adminToken, 'GET', '/v1/plans')).json.items).toHaveLength(1);
});
