import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import {
  type AuditAction,
  type AuditEntryView,
  type AuditLine,
  auditActions,
  everywhere,
  type PlanSpecInput,
  type PlanView,
  type Role,
  roles,
} from '@keyferry/core';
import { auditActionOf, operationNamed, operationNames } from '@keyferry/operations';
import {
  changeDrill,
  changeStep,
  claimCheck,
  claimPlanToResolve,
  finishCheck,
  finishResolving,
  insertReplicas,
  insertToken,
  inTransaction,
  type ResolvedReplica,
  registerWorker,
  setScope,
  settlePlans,
  writeCells,
} from '@keyferry/store';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { signCheckpoint } from './sign-checkpoint.ts';
import { readSigningKey } from './signing-key.ts';

const keys = generateKeyPairSync('ed25519');
const signingKey = readSigningKey(keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
let api: TestApi;
/** Another one on the same database, without a key. */
let second: TestApi;
let workerId: string;
beforeAll(async () => {
  const webhooks = { hosts: ['hooks.example.com'] };
  api = await startForTest({ signingKey, encryptionKeys: [randomBytes(32)], webhooks });
  second = await startForTest({ databaseUrl: api.databaseUrl });
  workerId = await registerWorker(api.store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  for (const role of roles) await api.letIn(role, { name: `the-${role}`, role });
}, 120_000);
afterAll(async () => {
  await second?.stop();
  await api?.stop();
});

const audit = async (query = ''): Promise<AuditEntryView[]> => {
  const { status, json } = await api.ask('auditor', 'GET', `/v1/audit?limit=1000${query}`);
  expect(status).toBe(200);
  return json.items;
};
/** What a request left in the log. */
const entriesOf = async ({ headers }: Answer): Promise<AuditEntryView[]> => {
  const id = headers.get('x-request-id');
  return (await audit()).filter((entry) => entry.request_id === id);
};
const export_ = async (query = ''): Promise<AuditLine[]> => {
  const { text } = await api.ask('auditor', 'GET', `/v1/audit/export${query}`);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};

const row = (state: 'pending' | 'blocked'): ResolvedReplica => ({
  ...{ key_id: state, mrk: `mrk-${state}`, key_arn: null, alias: null, aliases: [], origin: 'AWS_KMS', state },
  ...{ account: '111122223333', primary_region: 'us-east-1', region: 'eu-west-1', wave: 0, outcome: null },
  ...{ replica_key_id: null, replica_arn: null, key_state: null, error: null, warnings: [], diff: null },
  ...{ settings: null, from_primary: null, manifest_line: null },
});

/** A plan of the operator's, resolved as the worker does it, to a pending and a blocked row. */
async function resolved(more: Partial<PlanSpecInput> = {}): Promise<PlanView> {
  const { json } = await api.ask('operator', 'POST', '/v1/plans', {
    ...{ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], ...more },
  });
  await claimPlanToResolve(api.store, json.id, { workerId, planIds: [] });
  await insertReplicas(api.store, json.id, [row('pending'), row('blocked')]);
  await finishResolving(api.store, json.id, { preview: more.mode === 'preview', lowerBoundSeconds: 0 });
  return json;
}
async function running(): Promise<PlanView> {
  const plan = await resolved();
  await settlePlans(api.store);
  return plan;
}
const waiting = (): Promise<PlanView> => resolved({ options: { require_approval: true } });
const withoutBody = async (plan: Promise<PlanView>): Promise<[string]> => [(await plan).id];

const schedule = {
  ...{ name: 'weekly', cron: '0 2 * * sun', time_zone: 'UTC' },
  plan: { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] },
};
async function newSchedule(): Promise<string> {
  return (await api.ask('operator', 'POST', '/v1/schedules', schedule)).json.id;
}

const policy = { name: 'tier-one', keys: ['mrk-1'], regions: ['eu-west-1'] };
async function newPolicy(): Promise<string> {
  await api.ask('operator', 'PUT', '/v1/coverage/policies/tier-one', policy);
  return policy.name;
}
/** A check that found a replica missing. */
async function newGap(): Promise<string> {
  const { id } = (await api.ask('operator', 'POST', '/v1/coverage/checks', policy)).json;
  // Checks that others have asked for come before it.
  let held = { checkId: '', workerId, epoch: 0 };
  while (held.checkId !== id) {
    const check = await claimCheck(api.store, { workerId, checkIds: [] });
    held = { ...held, checkId: check?.id ?? id, epoch: check?.epoch ?? 0 };
    if (held.checkId !== id) await finishCheck(api.store, held);
  }
  const key = { position: 0, key_id: 'key', mrk: 'mrk-1', key_arn: null, alias: null, origin: 'AWS_KMS' };
  const cell = {
    position: 0,
    region: 'eu-west-1',
    state: 'missing' as const,
    code: 'no_replica' as const,
    message: '',
  };
  await writeCells(
    api.store,
    held,
    [{ ...key, account: '111122223333', primary_region: 'us-east-1' }],
    [{ ...cell, member_id: null, key_state: null, valid_to: null, diff: null, material: null }],
  );
  await finishCheck(api.store, held);
  return id;
}

/** A drill that its worker has got ready: it waits for an approval, or for one of its steps. */
async function drilled(
  state: 'awaiting_approval' | 'running' | 'paused',
): Promise<{ id: string; spec_sha256: string }> {
  const { json } = await api.ask('operator', 'POST', '/v1/drills', {
    ...{ name: 'drill', scenario: 'A test.', keys: ['mrk-1'], regions: ['eu-west-1'], approvals: 1 },
    steps: [{ step: 'wait', for: '1h' }],
  });
  await inTransaction(api.store, async (tx) => {
    await setScope(tx, json.id, { scopeSha256: '0'.repeat(64), keys: 1 });
    await changeDrill(tx, json.id, 'awaiting_approval', null);
  });
  if (state !== 'awaiting_approval')
    await api.ask('approver', 'POST', `/v1/drills/${json.id}/approve`, { spec_sha256: json.spec_sha256 });
  if (state === 'paused') await api.ask('operator', 'POST', `/v1/drills/${json.id}/pause`);
  return json;
}

const webhook = { name: 'ops', url: 'https://hooks.example.com/path-canary' };
async function newWebhook(): Promise<string> {
  return (await api.ask('admin', 'POST', '/v1/webhooks', webhook)).json.id;
}

/** An object that an operation may change, the body that does, and by what if not a token, or what is below the object. */
type Change = [id: string, body?: object | undefined, more?: { by?: { cookie: string }; below?: string }];

/** How each operation that changes something is tried. */
const changes: Readonly<Record<string, () => Promise<Change>>> = {
  'POST /v1/plans': async () => ['', { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] }],
  'PATCH /v1/plans/{id}': async () => [(await running()).id, { options: { priority: 7 } }],
  'POST /v1/plans/{id}/execute': () => withoutBody(resolved({ mode: 'preview' })),
  'POST /v1/plans/{id}/approve': async () => {
    const { id, spec_sha256 } = await waiting();
    return [id, { spec_sha256 }];
  },
  'POST /v1/plans/{id}/reject': async () => [(await waiting()).id, { comment: 'Not tonight.' }],
  'POST /v1/plans/{id}/comments': async () => [(await running()).id, { comment: 'Checked with the network team.' }],
  'POST /v1/plans/{id}/pause': () => withoutBody(running()),
  'POST /v1/plans/{id}/resume': async () => {
    const { id } = await running();
    await api.ask('operator', 'POST', `/v1/plans/${id}/pause`);
    return [id];
  },
  'POST /v1/plans/{id}/cancel': () => withoutBody(running()),
  'POST /v1/plans/{id}/retry': async () => [(await running()).id, { region: 'eu-west-1' }],
  'POST /v1/drills': async () => [
    '',
    { name: 'd', scenario: 's', keys: ['mrk-1'], regions: ['eu-west-1'], steps: [{ step: 'preflight' }] },
  ],
  'POST /v1/drills/{id}/approve': async () => {
    const { id, spec_sha256 } = await drilled('awaiting_approval');
    return [id, { spec_sha256 }];
  },
  'POST /v1/drills/{id}/break-glass': async () => [
    (await drilled('awaiting_approval')).id,
    { reason: 'Nobody answers.' },
  ],
  'POST /v1/drills/{id}/pause': async () => [(await drilled('running')).id],
  'POST /v1/drills/{id}/resume': async () => [(await drilled('paused')).id],
  'POST /v1/drills/{id}/abort': async () => [(await drilled('running')).id],
  'POST /v1/drills/{id}/findings': async () => [
    (await drilled('running')).id,
    { message: 'The runbook was out of date.' },
  ],
  'POST /v1/schedules': async () => ['', schedule],
  'PUT /v1/schedules/{id}': async () => [await newSchedule(), { ...schedule, cron: '0 3 * * *' }],
  'DELETE /v1/schedules/{id}': async () => [await newSchedule()],
  'POST /v1/schedules/{id}/run': async () => [await newSchedule()],
  'PUT /v1/coverage/policies/{name}': async () => [
    'tier-one',
    { ...policy, description: randomBytes(4).toString('hex') },
  ],
  'DELETE /v1/coverage/policies/{name}': async () => [await newPolicy()],
  'POST /v1/coverage/policies/{name}/checks': async () => [await newPolicy()],
  'POST /v1/coverage/checks': async () => ['', { ...policy, name: `p${randomBytes(4).toString('hex')}` }],
  'POST /v1/coverage/checks/{id}/plan': async () => [await newGap(), {}],
  'PUT /v1/approval-rules': async () => {
    const { version } = (await api.ask('admin', 'GET', '/v1/approval-rules')).json;
    const rule = { name: randomBytes(4).toString('hex'), when: { accounts: ['999999999999'] }, approvals: 1 };
    return ['', { rules: [rule], version }];
  },
  'PUT /v1/region-groups/{name}': async () => ['eu', { regions: ['eu-west-1'] }],
  'DELETE /v1/region-groups/{name}': async () => {
    await api.ask('operator', 'PUT', '/v1/region-groups/old', { regions: ['eu-west-1'] });
    return ['old'];
  },
  'PATCH /v1/lanes/{id}': async () => ['111122223333:eu-west-1:CreateKey', { quota_per_second: 12.5 }],
  'POST /v1/lanes/{id}/reset': async () => {
    const id = '111122223333:eu-west-1:CreateKey';
    await api.store.prisma.circuit.create({ data: { id, state: 'open', reason: 'kms_unreachable' } });
    return [id];
  },
  'POST /v1/webhooks': async () => ['', webhook],
  'PUT /v1/webhooks/{id}': async () => [await newWebhook(), { ...webhook, enabled: false }],
  'DELETE /v1/webhooks/{id}': async () => [await newWebhook()],
  'POST /v1/webhooks/{id}/rotate-secret': async () => [await newWebhook()],
  'POST /v1/webhooks/{id}/test': async () => [await newWebhook()],
  'POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': async () => {
    const id = await newWebhook();
    const { json } = await api.ask('admin', 'POST', `/v1/webhooks/${id}/test`);
    return [id, undefined, { below: json.id }];
  },
  'POST /v1/tokens': async () => ['', { name: 'anna', role: 'viewer' }],
  'DELETE /v1/tokens/{id}': async () => {
    const { json } = await api.ask('admin', 'POST', '/v1/tokens', { name: 'bert', role: 'viewer' });
    return [json.id];
  },
  'POST /v1/session': async () => [''],
  'DELETE /v1/session': async () => {
    const { headers } = await api.ask('admin', 'POST', '/v1/session');
    return ['', undefined, { by: { cookie: headers.getSetCookie()[0]?.split(';')[0] ?? '' } }];
  },
};
const changing = operationNames.filter((operation) => !operation.startsWith('GET '));

const ask = (
  token: Parameters<TestApi['ask']>[0],
  operation: string,
  id: string,
  body?: object,
  below = 'x',
): Promise<Answer> => {
  const [method = '', path = ''] = operation.split(' ');
  return api.ask(token, method, path.replace(/\{\w+\}/, id).replace(/\{\w+\}/, below), body);
};

it('is told how to try every operation that changes something', () => {
  expect(Object.keys(changes).sort()).toEqual([...changing].sort());
});

describe.each(changing)('%s', (operation) => {
  const action = auditActionOf(operation);
  const type = action?.split('.')[0];

  it('leaves one entry, in the name of who asked', async () => {
    const [id, body, { by = 'admin', below } = {}] = (await changes[operation]?.()) ?? [''];
    const answer = await ask(by, operation, id, body, below);
    expect([200, 201, 202, 204]).toContain(answer.status);
    // What follows of it for other objects has entries of its own.
    const entries = (await entriesOf(answer)).filter(({ object }) => object.type === type);
    expect(entries).toMatchObject([
      {
        actor: { caller: 'the-admin', role: 'admin', token_id: expect.any(String) },
        action,
        object: { type, id: id === '' ? (answer.json?.id ?? expect.any(String)) : id },
        outcome: 'done',
      },
    ]);
    expect(auditActions).toContain(action);
  });

  // Everybody may log in and out.
  if (operationNamed(operation).roles.includes('viewer')) return;
  it('leaves a refusal when the role does not allow it, and changes nothing', async () => {
    const answer = await ask('viewer', operation, 'a-name');
    expect(answer.status).toBe(403);
    expect(await entriesOf(answer)).toMatchObject([
      {
        actor: { caller: 'the-viewer', role: 'viewer' },
        action,
        object: { type, id: operation.includes('{') ? 'a-name' : null },
        outcome: 'refused',
        detail: { status: 403 },
      },
    ]);
  });
});

describe('an entry', () => {
  it('tells what was changed, and from what', async () => {
    const { id, spec_sha256 } = await running();
    await ask('operator', 'PATCH /v1/plans/{id}', id, { options: { failure_tolerance: { percent: 2.5 } } });
    await ask('operator', 'POST /v1/plans/{id}/pause', id);
    const [paused, patched, started, scheduled, submitted] = await audit(`&object_id=${id}`);
    expect(submitted).toMatchObject({ action: 'plan.submit', detail: { name: 'dr', mode: 'execute', spec_sha256 } });
    const system = { actor: { caller: 'system', role: null, token_id: null }, request_id: null, outcome: 'done' };
    expect(scheduled).toMatchObject({
      ...system,
      action: 'plan.scheduled',
      detail: { from: 'resolving', spec_sha256, resolved_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(started).toMatchObject({ ...system, action: 'plan.running', detail: { from: 'scheduled' } });
    expect(patched).toMatchObject({
      detail: { limits: { failure_tolerance: { percent: 2.5 } }, limits_before: { priority: 0, max_in_flight: 50 } },
    });
    expect(paused).toMatchObject({ action: 'plan.pause', detail: { from: 'running', state: 'paused' } });
  });

  it('has the id that the caller gave the request beside ours, also where it is refused', async () => {
    const asked = async (token: string, given: string) => {
      const response = await fetch(`${api.url}/v1/region-groups/by-id`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-request-id': given },
        body: JSON.stringify({ regions: ['eu-west-1'] }),
      });
      const id = response.headers.get('x-request-id');
      return (await audit())
        .filter((entry) => entry.request_id === id)
        .map(({ detail, outcome }) => ({ detail, outcome }));
    };
    const operators = { detail: { caller_request_id: 'change-7', regions: ['eu-west-1'] }, outcome: 'done' };
    expect(await asked('operator', 'change-7')).toMatchObject([operators]);
    expect(await asked('auditor', 'change-8')).toMatchObject([
      { detail: { caller_request_id: 'change-8', status: 403 }, outcome: 'refused' },
    ]);
    const [entry] = await asked('operator', 'not a plain id');
    expect(entry?.detail).not.toHaveProperty('caller_request_id');
  });

  it('of a retry tells what was chosen, and where the plan went', async () => {
    const { id } = await running();
    for (const state of ['queued', 'replicating', 'failed']) {
      await api.store.prisma.$executeRaw`
        UPDATE replicas SET state = ${state}::replica_state WHERE plan_id = ${id}::uuid AND state <> 'blocked'`;
    }
    await settlePlans(api.store);
    await ask('operator', 'POST /v1/plans/{id}/retry', id, { region: 'eu-west-1' });
    const [retried, ended] = await audit(`&object_id=${id}`);
    expect(ended).toMatchObject({ action: 'plan.completed_with_failures', actor: { caller: 'system' } });
    expect(retried).toMatchObject({
      actor: { caller: 'the-operator' },
      action: 'plan.retry',
      detail: { region: 'eu-west-1', state: 'running', spec_sha256: expect.any(String) },
    });
  });

  it('of an approval names its hashes; a change then voids it in an entry of its own', async () => {
    const { id, spec_sha256 } = await resolved({ options: { require_approval: true, approvals: 2 } });
    await ask('approver', 'POST /v1/plans/{id}/approve', id, { spec_sha256 });
    const [approved] = await audit(`&object_id=${id}`);
    expect(approved).toMatchObject({ action: 'plan.approve', detail: { approver: 'the-approver', spec_sha256 } });
    const answer = await ask('operator', 'PATCH /v1/plans/{id}', id, { options: { priority: 1 } });
    expect((await entriesOf(answer)).map(({ action, object }) => [action, object.id]).sort()).toEqual([
      ['approval.void', approved?.detail.approval_id],
      ['plan.patch', id],
    ]);
  });

  it('is left by every break-glass of a drill, not only by the first', async () => {
    const { json } = await api.ask('operator', 'POST', '/v1/drills', {
      ...{ name: 'drill', scenario: 'A test.', keys: ['mrk-1'], regions: ['eu-west-1'], approvals: 1 },
      steps: [{ step: 'approve' }],
    });
    await inTransaction(api.store, async (tx) => {
      await setScope(tx, json.id, { scopeSha256: '0'.repeat(64), keys: 1 });
      await changeDrill(tx, json.id, 'awaiting_approval', null);
    });
    const breakGlass = () => ask('admin', 'POST /v1/drills/{id}/break-glass', json.id, { reason: 'Nobody answers.' });
    const first = await breakGlass();
    await inTransaction(api.store, async (tx) => {
      await changeStep(tx, json.id, 0, { state: 'running' });
      await changeStep(tx, json.id, 0, { state: 'awaiting_approval' });
    });
    const second = await breakGlass();
    expect([first.status, second.status]).toEqual([200, 200]);
    const by = { actor: { caller: 'the-admin' }, action: 'drill.break_glass', outcome: 'done' };
    expect(await entriesOf(first)).toMatchObject([{ ...by, detail: { broken_glass: 'Nobody answers.' } }]);
    expect(await entriesOf(second)).toMatchObject([
      { ...by, detail: { seq: 2, message: expect.stringContaining('Nobody answers.') } },
    ]);
  });

  it.each<[string, () => Promise<Answer>, AuditAction, object]>([
    [
      'a plan approved by who submitted it',
      async () => {
        const { id, spec_sha256 } = await waiting();
        await api.letIn('operator-2', { name: 'the-operator', role: 'approver' });
        return ask('operator-2', 'POST /v1/plans/{id}/approve', id, { spec_sha256 });
      },
      'plan.approve',
      { status: 403 },
    ],
    [
      'a command that the state forbids',
      async () => ask('operator', 'POST /v1/plans/{id}/execute', (await running()).id),
      'plan.execute',
      { status: 409 },
    ],
    ['a look that the role forbids', () => ask('viewer', 'GET /v1/tokens', ''), 'read', { status: 403 }],
  ])('is left by %s', async (_what, refused, action, detail) => {
    const entries = await entriesOf(await refused());
    expect(entries).toMatchObject([{ action, outcome: 'refused', detail }]);
  });

  it.each([
    ['/v1/plans', 'plan.submit', { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] }],
    [
      '/v1/drills',
      'drill.run',
      { name: 'd', scenario: 's', keys: ['mrk-1'], regions: ['eu-west-1'], steps: [{ step: 'preflight' }] },
    ],
  ])('is left by another body under the same Idempotency-Key: POST %s', async (path, action, body) => {
    await api.letIn('kfy_rita', { name: 'rita', role: 'operator' }).catch(() => undefined);
    const send = (sent: object) =>
      fetch(`${api.url}${path}`, {
        method: 'POST',
        headers: {
          ...{ authorization: 'Bearer kfy_rita', 'content-type': 'application/json' },
          'idempotency-key': action,
        },
        body: JSON.stringify(sent),
      });
    const { id } = (await (await send(body)).json()) as { id: string };
    const again = await send(body);
    expect([again.status, ((await again.json()) as { id: string }).id]).toEqual([200, id]);
    const other = await send({ ...body, name: 'other' });
    expect(other.status).toBe(409);
    const entries = (await audit()).filter(({ request_id }) => request_id === other.headers.get('x-request-id'));
    expect(entries).toMatchObject([
      {
        ...{ actor: { caller: 'rita', role: 'operator' }, action, outcome: 'refused' },
        object: { type: action.split('.')[0], id: null },
        detail: { status: 409, reason: expect.stringContaining(`${id} with a different body`) },
      },
    ]);
  });

  it.each<[string, () => Promise<Answer>]>([
    ['what changed nothing', async () => ask('operator', 'POST /v1/plans/{id}/resume', (await running()).id)],
    ['wrong input', () => ask('operator', 'PATCH /v1/plans/{id}', 'x', { options: {} })],
    ['what is not there', () => ask('operator', 'POST /v1/plans/{id}/pause', 'x')],
  ])('is not left as done by %s', async (_what, work) => {
    expect((await entriesOf(await work())).filter(({ outcome }) => outcome === 'done')).toEqual([]);
  });

  it('of a caller that repeats a refused command is left by the first of them, of another caller and another command too', async () => {
    await api.letIn('kfy_dora', { name: 'dora', role: 'viewer' });
    await api.letIn('kfy_emil', { name: 'emil', role: 'viewer' });
    const pause = 'POST /v1/plans/{id}/pause';
    const asked: [string, string, string][] = [
      ...Array.from({ length: 20 }, (_, i): [string, string, string] => ['kfy_dora', pause, `plan-${i}`]),
      ['kfy_dora', 'POST /v1/plans/{id}/cancel', 'plan-0'],
      ['kfy_emil', pause, 'plan-0'],
    ];
    for (const [token, operation, id] of asked) expect((await ask(token, operation, id)).status).toBe(403);
    const left = await Promise.all(['dora', 'emil'].map((name) => audit(`&actor=${name}`)));
    expect(left.map((entries) => entries.map(({ action, object }) => [action, object.id]))).toEqual([
      [
        ['plan.cancel', 'plan-0'],
        ['plan.pause', 'plan-0'],
      ],
      [['plan.pause', 'plan-0']],
    ]);
  });

  it('of callers without a valid token is left by the first of them, and of each token that works no more', async () => {
    const before = (await audit('&action=authenticate')).length;
    const expired = new Date(Date.now() - 1_000);
    await api.letIn('kfy_old', { name: 'carl', role: 'operator', expiresAt: expired });
    for (const token of [null, 'kfy_guess', 'kfy_old', 'kfy_guess2', 'kfy_old', null]) {
      expect((await ask(token, 'POST /v1/plans/{id}/pause', 'x')).status).toBe(401);
    }
    const entries = await audit('&action=authenticate');
    expect(entries.length - before).toBe(2);
    expect(entries.slice(0, 2)).toMatchObject([
      { actor: { caller: 'carl', role: 'operator' }, outcome: 'refused' },
      { actor: { caller: null }, object: { type: 'operation', id: 'POST /v1/plans/{id}/pause' } },
    ]);
    expect(JSON.stringify(entries)).not.toContain('kfy_');
  });
});

describe('a change and its entry', () => {
  const make = (name: string) =>
    insertToken(api.store, {
      ...{ sha256: name, name, role: 'viewer', scope: everywhere, expiresAt: null, createdBy: 'test' },
    });
  const tokens = (name: string) => api.store.prisma.apiToken.count({ where: { name } });

  it('are undone together', async () => {
    const before = await audit();
    const failing = inTransaction(api.store, async (tx) => {
      await tx.$executeRaw`
        INSERT INTO api_tokens (id, sha256, name, role, created_by)
        VALUES (gen_random_uuid(), 'undone', 'undone', 'viewer', 'test')`;
      // As at the end of the transaction: its entry is there.
      await tx.$executeRaw`SET CONSTRAINTS ALL IMMEDIATE`;
      expect(await tx.auditEntry.count()).toBe(before.length + 1);
      throw new Error('killed');
    });
    await expect(failing).rejects.toThrow('killed');
    expect(await tokens('undone')).toBe(0);
    expect(await audit()).toEqual(before);
  });

  it('are both there or neither: what cannot be noted is not done', async () => {
    const { prisma } = api.store;
    await prisma.$executeRaw`ALTER TABLE audit_entries ADD CONSTRAINT nothing_more CHECK (seq < 0) NOT VALID`;
    expect((await ask('admin', 'POST /v1/tokens', '', { name: 'unnoted', role: 'viewer' })).status).toBe(500);
    await prisma.$executeRaw`ALTER TABLE audit_entries DROP CONSTRAINT nothing_more`;
    expect(await tokens('unnoted')).toBe(0);
  });

  it('are noted whoever makes the change, without Keyferry too', async () => {
    await make('by-hand');
    await api.store.prisma.$executeRaw`UPDATE api_tokens SET role = 'admin' WHERE name = 'by-hand'`;
    expect((await audit()).slice(0, 2)).toMatchObject([
      { actor: { caller: 'system' }, action: 'token.change', detail: { name: 'by-hand', role: 'admin' } },
      { action: 'token.create' },
    ]);
  });
});
describe('the log', () => {
  it('is one chain, though APIs and workers write it at once', async () => {
    const put = (one: TestApi, name: string) =>
      one.ask('operator', 'PUT', `/v1/region-groups/${name}`, { regions: ['eu-west-1'] });
    const plans = await Promise.all(Array.from({ length: 5 }, () => resolved()));
    const answers = await Promise.all([
      ...Array.from({ length: 40 }, (_, i) => put(i % 2 === 0 ? api : second, `group-${i % 7}`)),
      ...Array.from({ length: 5 }, () => settlePlans(api.store).then(() => ({ status: 200 }))),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(
      (await audit('&action=region_group.put')).filter(({ object }) => /^group-/.test(object.id ?? '')),
    ).toHaveLength(40);
    const started = (await audit('&action=plan.running')).filter(({ object }) =>
      plans.some(({ id }) => id === object.id),
    );
    expect(started).toHaveLength(5);
    const entries = (await audit()).reverse();
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
    expect(entries.map(({ prev_hash }) => prev_hash)).toEqual([
      '0'.repeat(64),
      ...entries.slice(0, -1).map(({ hash }) => hash),
    ]);
  });

  it('tells no token and no secret', async () => {
    const answer = await ask('admin', 'POST /v1/tokens', '', { name: 'dora', role: 'viewer' });
    const { secret } = (await ask('admin', 'POST /v1/webhooks', '', webhook)).json;
    const told = JSON.stringify(await export_());
    expect(told).toContain('dora');
    expect(told).not.toContain(answer.json.token);
    expect(secret).toMatch(/^whsec_/);
    expect(told).not.toContain(secret);
    // The address of a receiver may be a secret too: only its host is told.
    expect(told).toContain('hooks.example.com');
    expect(told).not.toContain('path-canary');
    expect(told).not.toContain(adminToken);
  });

  it('is paged, and filtered by who, what, about what, when and whether it was refused', async () => {
    const seen: number[] = [];
    let cursor = '';
    do {
      const { json } = await api.ask('auditor', 'GET', `/v1/audit?actor=the-viewer&limit=4${cursor}`);
      seen.push(...json.items.map(({ seq }: AuditEntryView) => seq));
      cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
    } while (cursor !== '');
    expect(seen).toEqual((await audit()).filter(({ actor }) => actor.caller === 'the-viewer').map(({ seq }) => seq));
    const [entry] = await audit('&action=plan.pause');
    const at = Date.parse(entry?.at ?? '');
    const window = `&from=${new Date(at).toISOString()}&to=${new Date(at + 1).toISOString()}`;
    expect(await audit(`&object_id=${entry?.object.id}${window}`)).toContainEqual(entry);
    expect(await audit(`&object_type=plan&object_id=${entry?.object.id}${window}`)).toContainEqual(entry);
    expect(await audit(`&object_type=token&object_id=${entry?.object.id}`)).toEqual([]);
    const all = await audit();
    for (const outcome of ['done', 'refused']) {
      expect(await audit(`&outcome=${outcome}`)).toEqual(all.filter((one) => one.outcome === outcome));
    }
    expect(await audit(`&to=${new Date(at - 3_600_000).toISOString()}`)).toEqual([]);
    expect((await api.ask('auditor', 'GET', '/v1/audit?from=yesterday&seq=1')).json.errors).toMatchObject([
      { path: 'from' },
      { path: 'seq' },
    ]);
  });

  it('is hashed over canonical JSON as the rest of the world writes it', async () => {
    const bits = new DataView(crypto.getRandomValues(new Uint8Array(8 * 1_000)).buffer);
    // Of integers beyond 2^53 Postgres writes some with a digit more than ECMAScript; the log holds none.
    const numbers = Array.from({ length: 1_000 }, (_, i) => bits.getFloat64(i * 8)).filter(
      (number) => Math.abs(number) <= Number.MAX_SAFE_INTEGER,
    );
    const values = [
      ...[...numbers, 0, -0, 5, -1, 0.1 + 0.2, 1e21, 1e20, 1e-6, 1e-7, 123456789.25, 5e-324, Number.MAX_VALUE],
      ...['', '"\\/', 'é😀\u2028\u007f', String.fromCharCode(...Array.from({ length: 31 }, (_, i) => i + 1))],
      ...[null, true, [], {}, [1, [2, { b: 1, a: [] }]], { b: 1, aa: 2, a: { Z: 1, _: 2 }, '': null }],
    ];
    const [{ texts }] = await api.store.prisma.$queryRaw<[{ texts: string[] }]>`
      SELECT array_agg(canonical_json(value) ORDER BY ordinality) AS texts
      FROM jsonb_array_elements(${JSON.stringify(values)}::jsonb) WITH ORDINALITY`;
    expect(texts).toEqual(values.map((value) => canonicalize(value)));
  });

  it.each([
    'UPDATE audit_entries SET caller = $$eve$$ WHERE seq = 1',
    'DELETE FROM audit_entries WHERE seq = 1',
    'TRUNCATE audit_entries',
    'INSERT INTO audit_entries SELECT (jsonb_populate_record(e, $${"seq": 1000000}$$)).* FROM audit_entries e LIMIT 1',
    'DELETE FROM audit_head',
    'UPDATE audit_checkpoints SET seq = 1',
    'DELETE FROM audit_checkpoints',
    'TRUNCATE audit_checkpoints',
  ])('refuses %s', async (sql) => {
    const months = await api.store.prisma.$queryRaw<{ name: string }[]>`
      SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_entries'::regclass`;
    expect(months.length).toBeGreaterThan(0);
    for (const table of ['audit_entries', ...months.map(({ name }) => name)]) {
      const statement = sql.replace('audit_entries', table);
      await expect(api.store.prisma.$executeRawUnsafe(statement)).rejects.toThrow(
        /append-only|written by append_audit/,
      );
    }
  });

  it('is open to auditors and admins only', () => {
    const readers = operationNames.filter((operation) => operation.includes('/v1/audit'));
    expect(readers.map((operation) => operationNamed(operation).roles)).toEqual(
      readers.map((): Role[] => ['auditor', 'admin']),
    );
  });
});

describe('a checkpoint', () => {
  it('signs the log as it stands when it is exported, once', async () => {
    await export_();
    const lines = await export_();
    const [last, before] = [lines.at(-1), lines.at(-2)];
    if (!last || !('checkpoint' in last) || !before || !('entry' in before))
      throw new Error('no checkpoint at the end');
    const { signature, ...signed } = last.checkpoint;
    expect(signed).toMatchObject({ seq: before.entry.seq, hash: before.entry.hash });
    expect(
      verify(null, Buffer.from(canonicalize(signed) ?? ''), keys.publicKey, Buffer.from(signature, 'base64')),
    ).toBe(true);
    const { json } = await api.ask('auditor', 'GET', '/v1/audit/checkpoints?limit=1');
    expect(json.items).toEqual([last.checkpoint]);
    const publicKey = (await api.ask('auditor', 'GET', '/v1/audit/key')).json;
    expect(publicKey).toEqual({
      key_id: signed.key_id,
      algorithm: 'Ed25519',
      public_key: keys.publicKey.export({ type: 'spki', format: 'pem' }),
    });
  });

  it('is due after enough entries or enough time, and not without an entry', async () => {
    const last = async () => (await api.ask('auditor', 'GET', '/v1/audit/checkpoints?limit=1')).json.items[0]?.seq;
    const put = () => ask('operator', 'PUT /v1/region-groups/{name}', 'eu', { regions: ['eu-west-1'] });
    await signCheckpoint(api.store, signingKey);
    const seq = await last();
    await signCheckpoint(api.store, signingKey, { entries: 2, ms: 0 });
    await put();
    await signCheckpoint(api.store, signingKey, { entries: 2, ms: 60_000 });
    expect(await last()).toBe(seq);
    await signCheckpoint(api.store, signingKey, { entries: 2, ms: 0 });
    expect(await last()).toBe(seq + 1);
    await put();
    await put();
    const both = [api, second].map(({ store }) => signCheckpoint(store, signingKey, { entries: 2, ms: 60_000 }));
    await Promise.all(both);
    expect(await last()).toBe(seq + 3);
  });

  it('stands before an export that begins behind it', async () => {
    const [{ seq }] = (await api.ask('auditor', 'GET', '/v1/audit/checkpoints?limit=1')).json.items;
    await ask('operator', 'PUT /v1/region-groups/{name}', 'eu', { regions: ['eu-west-1'] });
    const [first, next] = await export_(`?from_seq=${seq + 1}`);
    expect([first, next]).toMatchObject([{ checkpoint: { seq } }, { entry: { seq: seq + 1 } }]);
  });

  it('needs a key, which is told what it has to be', async () => {
    expect((await second.ask('auditor', 'GET', '/v1/audit/key')).status).toBe(404);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const pem of ['no key', rsa.toString()]) {
      expect(() => readSigningKey(pem)).toThrow(/KEYFERRY_SIGNING_KEY is not an Ed25519 private key in PEM/);
    }
  });
});
