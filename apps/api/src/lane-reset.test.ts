import type { LaneView } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../test/harness/start-api.ts';

let api: TestApi;
const lane = '111122223333:us-east-1:UpdatePrimaryRegion';
const scope = { accounts: ['444455556666'] };
beforeAll(async () => {
  api = await startForTest();
  for (const role of ['operator', 'viewer'] as const) await api.letIn(role, { name: `the-${role}`, role });
  await api.letIn('bound', { name: 'bound', role: 'operator', scope });
});
afterAll(() => api?.stop());

async function open(id: string, state: 'open' | 'half_open' = 'open'): Promise<void> {
  await api.store.prisma.circuit.upsert({
    where: { id },
    create: { id, state, reason: 'kms_unreachable' },
    update: { state, reason: 'kms_unreachable' },
  });
  const [account = '', region = '', operation = ''] = id.split(':');
  const place = { account, region, operation };
  await api.store.prisma.lane.upsert({
    where: { account_region_operation: place },
    create: place,
    update: {},
  });
}

const reset = (token: string, id: string) => api.ask(token, 'POST', `/v1/lanes/${encodeURIComponent(id)}/reset`);
const resets = async (id: string) =>
  (await api.ask(adminToken, 'GET', `/v1/audit?object_id=${encodeURIComponent(id)}`)).json.items;

test('an operator closes the circuit of a lane, once, and the audit log says who', async () => {
  await open(lane);
  expect((await reset('viewer', lane)).status).toBe(403);
  expect(await reset('operator', lane)).toMatchObject({
    status: 200,
    json: { id: lane, circuit: 'closed', circuit_before: 'open', reason_before: 'kms_unreachable' },
  });
  expect((await reset('operator', lane)).json).toMatchObject({ circuit_before: 'closed', reason_before: null });
  const { items } = (await api.ask('viewer', 'GET', '/v1/lanes')).json;
  expect(items.find(({ id }: LaneView) => id === lane)).toMatchObject({ circuit: 'closed', circuit_since: null });
  const done = (await resets(lane)).filter(({ outcome }: { outcome: string }) => outcome === 'done');
  expect(done).toMatchObject([
    {
      action: 'lane.reset',
      actor: { caller: 'the-operator' },
      detail: { circuit_before: 'open', reason: 'kms_unreachable' },
    },
  ]);
});

test('the circuit of CCKM is reset likewise, by those who have no scope', async () => {
  await api.store.prisma.circuit.create({ data: { id: 'cckm', state: 'half_open', reason: 'connection_lost' } });
  expect((await reset('bound', 'cckm')).status).toBe(403);
  expect((await reset('operator', 'cckm')).json).toMatchObject({ id: 'cckm', circuit_before: 'half_open' });
  expect(await resets('cckm')).toMatchObject([
    { action: 'lane.reset', outcome: 'done' },
    { action: 'lane.reset', outcome: 'refused' },
  ]);
});

test('what is no lane is not found, nor is one outside the scope', async () => {
  await open(lane);
  expect((await reset('bound', lane)).status).toBe(404);
  expect((await reset('operator', '111122223333:us-east-1:Decrypt')).json.detail).toMatch(
    /is not a lane. Expected <account>/,
  );
});
