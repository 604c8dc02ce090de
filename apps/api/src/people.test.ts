import { randomUUID } from 'node:crypto';
import { claimPlanToResolve, finishResolving, insertReplicas } from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../test/harness/start-api.ts';
import { newResolved } from '../../../test/models/plans/new-resolved.ts';

/*
 * Approvals count people: what one of them may not do under one name they may not do under another.
 */

let api: TestApi;
const tokens = new Map<string, string>();
const newToken = (name: string, role: string, person?: string) =>
  api.ask(adminToken, 'POST', '/v1/tokens', { name, role, ...(person === undefined ? {} : { person }) });
const as = (name: string, method: string, path: string, body?: unknown) =>
  api.ask(tokens.get(name) ?? adminToken, method, path, body);
beforeAll(async () => {
  api = await startForTest();
  const people: readonly (readonly [string, string, string?])[] = [
    ['olga', 'operator'],
    ['otto', 'operator'],
    ['olga-approves', 'approver', 'olga'],
    ['ann', 'approver', 'oidc:ann'],
    ['ann-2', 'approver', 'oidc:ann'],
    ['abe', 'approver'],
    ['root', 'admin'],
    ['root-2', 'admin', 'root'],
    ['rita', 'admin'],
  ];
  for (const [name, role, person] of people) {
    const { json } = await newToken(name, role, person);
    expect(json).toMatchObject({ name, person: person ?? null });
    tokens.set(name, json.token);
  }
}, 120_000);
afterAll(() => api?.stop());

const named = { keys: ['mrk-1'], regions: ['eu-west-1'] };

async function waiting(approvals: number) {
  const spec = { name: 'dr', ...named, options: { require_approval: true, approvals } };
  const { json } = await as('olga', 'POST', '/v1/plans', spec);
  await claimPlanToResolve(api.store, json.id, { workerId: randomUUID(), planIds: [] });
  await insertReplicas(api.store, json.id, [newResolved({ key_id: json.id })]);
  await finishResolving(api.store, json.id, { preview: false, lowerBoundSeconds: 0 });
  return (name: string) => as(name, 'POST', `/v1/plans/${json.id}/approve`, { spec_sha256: json.spec_sha256 });
}

test('nobody approves a plan of their own by another token', async () => {
  const approve = await waiting(1);
  expect((await approve('olga-approves')).status).toBe(403);
  expect((await approve('ann')).json.state).toBe('scheduled');
});

test('one person with two tokens is one approver', async () => {
  const approve = await waiting(2);
  for (const name of ['ann', 'ann-2', 'ann']) {
    expect((await approve(name)).json).toMatchObject({ state: 'awaiting_approval', approvals: [{ approver: 'ann' }] });
  }
  expect((await approve('abe')).json.state).toBe('scheduled');
});

test('the tokens of a name are one person’s, also where a new one does not say whose', async () => {
  expect(await newToken('ann-2', 'viewer', 'olga')).toMatchObject({
    status: 422,
    json: { errors: [{ path: 'person', message: expect.stringContaining('belong to oidc:ann') }] },
  });
  expect((await newToken('ann-2', 'viewer')).json.person).toBe('oidc:ann');
  expect((await newToken('x', 'viewer', 'a b')).status).toBe(422);
});

async function drill(by: string, approvals: number) {
  const runbook = { name: 'd', scenario: 's', ...named, approvals, steps: [{ step: 'wait', for: '1h' }] };
  const { json } = await as(by, 'POST', '/v1/drills', runbook);
  await api.store.prisma.$executeRaw`
    UPDATE drills SET state = 'awaiting_approval', scope_sha256 = ${'a'.repeat(64)} WHERE id = ${json.id}::uuid`;
  return (name: string, command: string, body: object = { spec_sha256: json.spec_sha256 }) =>
    as(name, 'POST', `/v1/drills/${json.id}/${command}`, body);
}

test('the same holds for drills', async () => {
  const tell = await drill('olga', 2);
  expect((await tell('olga-approves', 'approve')).status).toBe(403);
  for (const name of ['ann', 'ann-2']) {
    expect((await tell(name, 'approve')).json).toMatchObject({
      state: 'awaiting_approval',
      approvals: [{ approver: 'ann' }],
    });
  }
  expect((await tell('abe', 'approve')).json.state).toBe('running');
});

test('nobody breaks the glass for a drill of their own', async () => {
  const tell = await drill('root', 1);
  const reason = { reason: 'Nobody answers.' };
  expect(await tell('root', 'break-glass', reason)).toMatchObject({
    status: 403,
    json: { detail: expect.stringContaining('Another person must decide') },
  });
  expect((await tell('root-2', 'break-glass', reason)).status).toBe(403);
  expect((await tell('rita', 'break-glass', reason)).json).toMatchObject({
    state: 'running',
    broken_glass: { by: 'rita' },
  });
});

test('who has ever written what a schedule says approves none of its plans', async () => {
  const schedule = { name: 's', cron: '0 2 * * sun', time_zone: 'UTC', enabled: false, plan: { name: 'p', ...named } };
  const { json } = await as('olga', 'POST', '/v1/schedules', schedule);
  const path = `/v1/schedules/${json.id}`;
  for (const name of ['otto', 'rita']) expect((await as(name, 'PUT', path, schedule)).status).toBe(200);
  const run = await as('root', 'POST', `${path}/run`);
  expect(run.json).toMatchObject({ created_by: 'rita' });
  expect([...run.json.proposed_by].sort()).toEqual(['olga', 'otto', 'rita', 'root']);
});
