import { type DrillLogView, type DrillView, runbookSchema } from '@keyferry/core';
import {
  changeDrill,
  changeStep,
  insertDrill,
  inTransaction,
  noteInLog,
  readDrillFacts,
  setScope,
  writeRegionGroup,
} from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest({
    checkTokens: new Map([['payments', { token: 'canary-of-a-check', hosts: ['checks.example.com'] }]]),
  });
  for (const role of ['operator', 'approver', 'auditor', 'viewer'] as const)
    await api.letIn(role, { name: `the-${role}`, role });
});
afterAll(() => api?.stop());

const runbook = {
  ...{ name: 'drill', scenario: 'A test.', keys: ['mrk-1'], regions: ['eu-west-1'], approvals: 1 },
  steps: [{ step: 'approve', id: 'go' }],
};
const declare = async (more: object = {}): Promise<DrillView> =>
  (await api.ask('operator', 'POST', '/v1/drills', { ...runbook, ...more })).json;
/** As a worker does it that has read the keys. */
const resolve = (id: string) =>
  inTransaction(api.store, async (tx) => {
    await setScope(tx, id, { scopeSha256: 'a'.repeat(64), keys: 1 });
    await changeDrill(tx, id, 'awaiting_approval', null);
  });
/** As a worker does it that has begun an approve step. */
const letStepWait = (id: string) =>
  inTransaction(api.store, async (tx) => {
    await changeStep(tx, id, 0, { state: 'running' });
    await changeStep(tx, id, 0, { state: 'awaiting_approval' });
  });

test('a runbook that is none is refused with all that is wrong with it, and nothing is stored', async () => {
  const { status, json } = await api.ask('operator', 'POST', '/v1/drills', {
    ...runbook,
    regions: ['group:nowhere'],
    lost_regions: ['eu-wets-1'],
    steps: [{ step: 'promote', to: 'us-west-2' }, { step: 'wait' }],
  });
  expect(status).toBe(422);
  expect(json.errors.map(({ path }: { path: string }) => path)).toEqual(['lost_regions[0]', 'steps[1].for']);
  const unknown = await api.ask('operator', 'POST', '/v1/drills', { ...runbook, regions: ['group:nowhere'] });
  expect(unknown.json.errors).toMatchObject([{ path: 'regions[0]', code: 'unknown_region_group' }]);
  expect((await api.ask('auditor', 'GET', '/v1/drills')).json.items).toEqual([]);
});

test('a token of a check for a host that it is not bound to is refused where the API knows it', async () => {
  const call = (bearer: string, host: string) => ({
    ...runbook,
    steps: [
      { step: 'wait', for: '1s' },
      { step: 'http', url: `https://${host}/decrypt`, bearer },
    ],
  });
  const refused = await api.ask('operator', 'POST', '/v1/drills', call('payments', 'other.example.com'));
  expect(refused.status).toBe(422);
  expect(refused.json.errors).toMatchObject([{ path: 'steps[1].bearer', code: 'token_for_other_host' }]);
  expect(refused.text).not.toContain('canary-of-a-check');
  expect((await api.ask('auditor', 'GET', '/v1/drills')).json.items).toEqual([]);
});

test('a drill is declared once for an Idempotency-Key, which is taken for nothing else', async () => {
  const declareOnce = async (body: object, path = '/v1/drills') => {
    const headers = { authorization: 'Bearer operator', 'content-type': 'application/json', 'idempotency-key': 'once' };
    const response = await fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, json: (await response.json()) as { id: string; detail: string } };
  };
  await writeRegionGroup(api.store, 'dr', { regions: ['eu-west-1'] }, 'test');
  const grouped = { ...runbook, regions: ['group:dr'] };
  const both = await Promise.all([declareOnce(grouped), declareOnce(grouped)]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 202]);
  await api.ask(adminToken, 'DELETE', '/v1/region-groups/dr');
  const again = await declareOnce(grouped);
  expect(again.status).toBe(200);
  const { id } = again.json;
  expect(new Set(both.map(({ json }) => json.id))).toEqual(new Set([id]));
  const other = await declareOnce({ ...grouped, name: 'other' });
  expect(other).toMatchObject({ status: 409, json: { detail: expect.stringContaining(`used for drill ${id} with`) } });
  const plan = { name: 'dr', keys: ['mrk-1234567890abcdef1234567890abcdef'], regions: ['eu-west-1'] };
  expect((await declareOnce(plan, '/v1/plans')).json.detail).toContain(`used for drill ${id} with`);
  expect((await api.ask('auditor', 'GET', '/v1/drills')).json.items).toHaveLength(1);
});

test('only others decide, on what they have seen, and on what waits', async () => {
  const { id, spec_sha256, state } = await declare();
  expect(state).toBe('resolving');
  const decide = (token: string, body: object) =>
    api.ask(token, 'POST', `/v1/drills/${id}/approve`, { spec_sha256, ...body });
  expect((await decide('approver', {})).status).toBe(409);
  expect((await api.ask('operator', 'GET', `/v1/drills/${id}/keys`)).status).toBe(409);
  await resolve(id);
  expect((await decide('approver', { spec_sha256: '0'.repeat(64) })).json.detail).toMatch(
    /spec_sha256 does not match this drill/,
  );
  expect((await decide('approver', { scope_sha256: '0'.repeat(64) })).json.detail).toMatch(
    /does not match the keys of this drill/,
  );
  expect((await decide('approver', { step: 'go' })).json.detail).toMatch(/A different decision is pending/);
  expect((await decide('operator', {})).status).toBe(403);
  expect((await api.ask('operator', 'POST', `/v1/drills/${id}/break-glass`, { reason: 'x' })).status).toBe(403);
  expect((await decide('approver', { scope_sha256: 'a'.repeat(64), comment: 'Go.' })).json).toMatchObject({
    state: 'running',
    approvals: [{ approver: 'the-approver', step: null, decision: 'approve', comment: 'Go.' }],
  });
  const paused = await api.ask('operator', 'POST', `/v1/drills/${id}/pause`);
  expect(paused.json).toMatchObject({ state: 'paused', paused_at: expect.any(String) });
  expect((await api.ask('operator', 'POST', `/v1/drills/${id}/pause`)).status).toBe(409);
  await api.ask(adminToken, 'POST', `/v1/drills/${id}/resume`);
  // An admin who has let it go on has no say in it any more.
  await letStepWait(id);
  expect((await decide(adminToken, { step: 'go' })).json.detail).toMatch(/cannot decide\. Another person must decide/);
  expect((await decide('approver', { step: 'go', decision: 'reject' })).status).toBe(200);
  // Each state it came to stands in its timeline, and from that follows what held it up.
  const log = await api.ask('auditor', 'GET', `/v1/drills/${id}/log`);
  const moves = log.json.items.filter(({ kind }: DrillLogView) => kind === 'drill');
  expect(moves.map(({ detail }: DrillLogView) => detail.state ?? null)).toEqual([
    ...[null, 'awaiting_approval', 'running', 'paused', 'running'],
  ]);
  const pauses = (await readDrillFacts(api.store, id))?.pauses;
  const [, waits, runs, pausedAt, again] = moves.map(({ at }: DrillLogView) => Date.parse(at));
  expect(pauses?.pauses).toEqual([{ from: pausedAt, to: again }]);
  expect(pauses?.approvals[0]).toEqual({ from: waits, to: runs });
});

test('says how many approvals are missing, and that no step waits for one', async () => {
  for (const name of ['anna', 'bert']) await api.letIn(name, { name, role: 'approver' });
  const { id, spec_sha256 } = await declare({ approvals: 2 });
  await resolve(id);
  const decide = (token: string, body: object = {}) =>
    api.ask(token, 'POST', `/v1/drills/${id}/approve`, { spec_sha256, ...body });
  const { state, reason } = (await decide('anna')).json;
  expect({ state, reason }).toEqual({
    state: 'awaiting_approval',
    reason: '1 of 2 approvals, waiting for 1 more, not by the-operator.',
  });
  expect((await decide('bert')).json.state).toBe('running');
  expect(await decide('anna', { step: 'go' })).toMatchObject({
    status: 409,
    json: { detail: 'No step is waiting for approval.' },
  });
  await letStepWait(id);
  expect((await decide('anna', { step: 'go' })).status).toBe(200);
  await inTransaction(api.store, (tx) => changeStep(tx, id, 0, { state: 'succeeded' }));
  expect((await decide('bert', { step: 'go' })).json.detail).toBe(
    'No step is waiting for approval. Step go was approved by anna.',
  );
  await inTransaction(api.store, (tx) => changeDrill(tx, id, 'succeeded', null, { finished: true }));
  expect((await decide('bert', { step: 'go' })).json.detail).toMatch(
    /^No step is waiting for approval: the drill is succeeded\./,
  );
});

test('the stream of a drill tells what was logged after what the reader knows, then the drill, and ends with it', async () => {
  const { id } = await declare({ approvals: 0 });
  await inTransaction(api.store, (tx) => noteInLog(tx, id, { kind: 'drill', message: 'The second.' }));
  expect((await api.ask('operator', 'POST', `/v1/drills/${id}/abort`, { rollback: true })).json).toMatchObject({
    state: 'aborted',
    finished_at: expect.any(String),
  });
  const found = { message: 'Nobody knew the number.', owner: 'anna', due: '2027-04-01', ticket: 'OPS-7' };
  expect((await api.ask('auditor', 'POST', `/v1/drills/${id}/findings`, found)).status).toBe(403);
  expect((await api.ask('approver', 'POST', `/v1/drills/${id}/findings`, found)).json.findings).toMatchObject([
    { severity: 'warning', code: 'noted', by: 'the-approver', ...found },
  ]);
  const stream = await fetch(`${api.url}/v1/drills/${id}/events`, {
    headers: { authorization: 'Bearer auditor', 'last-event-id': '1' },
  });
  const text = await stream.text();
  expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq))).toEqual([2, 3, 4]);
  expect(text).toContain('"message":"The second."');
  expect(text.match(/^event: drill.updated$/gm)).toHaveLength(1);
  expect(text).not.toContain('"spec":');
});

test('a runbook of a time when any header was taken is still read, and viewers do not see its value', async () => {
  const step = { step: 'http', url: 'https://checks.example.com/decrypt', headers: { accept: 'text/plain' } };
  const spec = runbookSchema.parse({ ...runbook, steps: [step] });
  Object.assign(spec.steps[0] ?? {}, { headers: { accept: 'text/plain', 'X-Team-Token': 's3cret' } });
  const { id } = await insertDrill(api.store, { spec, createdBy: 'anna' });
  const seen = async (token: string) => (await api.ask(token, 'GET', `/v1/drills/${id}`)).json.spec.steps[0].headers;
  expect(await seen('viewer')).toEqual({ accept: 'text/plain', 'X-Team-Token': '[hidden]' });
  expect(await seen('approver')).toEqual({ accept: 'text/plain', 'X-Team-Token': 's3cret' });
});
