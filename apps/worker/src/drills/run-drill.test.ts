import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '@keyferry/config';
import {
  type AuditAction,
  checkInput,
  type Role,
  type Runbook,
  type RunbookInput,
  runbookSchema,
  type StepOf,
} from '@keyferry/core';
import { verifyPack, writePack } from '@keyferry/evidence';
import { createLog } from '@keyferry/log';
import {
  abortDrill,
  breakGlass,
  createSeal,
  type DrillRow,
  type DrillStepRow,
  decideDrill,
  fixRunbookRegions,
  insertDrill,
  insertWebhook,
  inTheNameOf,
  migrate,
  openStore,
  type PlanRow,
  pauseDrill,
  putApprovalRules,
  readApprovalRules,
  readDrill,
  readDrillEvidence,
  readDrillFacts,
  readDrillFindings,
  readDrillLog,
  readDrillSteps,
  readPlan,
  resumeDrill,
  type Store,
  startPreviewed,
} from '@keyferry/store';
import { newSecret } from '@keyferry/webhook';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAccount } from '../../../../test/harness/run-keyferry.ts';
import { type Simulator, startSimulator } from '../../../../test/harness/simulator.ts';
import { until } from '../../../../test/harness/until.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { type RunningWorker, startWorker } from '../start-worker.ts';

let server: PrivateServer;
let simulator: Simulator;
let store: Store;
let worker: RunningWorker;
let checks: Server;
/** Paths whose next call is never answered. */
const hang = new Set<string>();
const redirects = new Map<string, string>();
const asked: { method: string; key: string; authorization: string }[] = [];
/** The events that a webhook was told. */
const told: { type: string; data: Record<string, unknown> }[] = [];
let answer: { status: number; body: string } = { status: 200, body: '{"decrypted": true}' };
const address = () => `http://127.0.0.1:${(checks.address() as AddressInfo).port}`;

beforeAll(async () => {
  [server, simulator] = await Promise.all([startPostgres(), startSimulator()]);
  await migrate(server.url);
  const key = randomBytes(32);
  store = openStore({ url: server.url, seal: createSeal([key]) });
  const quotas = { ReplicateKey: 50, CreateKey: 100, CreateAlias: 50, UpdatePrimaryRegion: 50 };
  await simulator.control('PATCH', '/settings', {
    quotas,
    creatingMs: { min: 50, max: 150 },
    promotionMs: 200,
  });
  checks = createServer(async (request, response) => {
    if (request.url === '/hook') {
      told.push(JSON.parse((await request.toArray()).join('')));
      response.end();
      return;
    }
    const location = redirects.get(String(request.url));
    if (location !== undefined) {
      response.writeHead(307, { location }).end();
      return;
    }
    if (hang.has(String(request.url))) {
      hang.delete(String(request.url));
      asked.push({ method: 'lost', key: String(request.headers['idempotency-key']), authorization: '' });
      return;
    }
    const { 'idempotency-key': key, authorization } = request.headers;
    asked.push({ method: String(request.method), key: String(key), authorization: String(authorization) });
    response.statusCode = answer.status;
    response.end(`${answer.body} ${authorization}`);
  });
  await new Promise<void>((done) => checks.listen(0, '127.0.0.1', () => done()));
  const config = loadConfig({
    CCKM_URL: simulator.url,
    CCKM_USERNAME: 'admin',
    CCKM_PASSWORD: 'keyferry-simulator',
    KEYFERRY_VERIFY_POLL_MS: '50',
    KEYFERRY_ENCRYPTION_KEY: key.toString('base64'),
    KEYFERRY_QUOTA_REPLICATE_KEY: '50',
    KEYFERRY_QUOTA_CREATE_KEY: '100',
    KEYFERRY_QUOTA_UPDATE_PRIMARY_REGION: '50',
    KEYFERRY_WEBHOOK_HOSTS: new URL(address()).host,
    KEYFERRY_WEBHOOK_NETWORKS: '127.0.0.0/8',
    KEYFERRY_CHECK_TOKENS: `payments@${new URL(address()).host}=the-secret-token\nledger@ledger.example=other-token`,
  });
  worker = await startWorker(
    config,
    { url: server.url, migrationUrl: null },
    createLog('worker', (process.env.TEST_LOG as 'debug') ?? 'silent'),
  );
}, 120_000);
afterAll(async () => {
  checks?.closeAllConnections();
  await worker?.stop();
  await store?.close();
  checks?.close();
  await Promise.all([server?.stop(), simulator?.stop()]);
});

const within = { withinMs: 40_000, everyMs: 50 };

/** The store in the name of who calls, as the API has it. */
const by = (caller: string, role: Role, action: AuditAction) =>
  inTheNameOf(store, { caller, role, token_id: null, request_id: null, action });

/** `before`: turns the runbook into one of a time when more was taken. */
async function declare(
  given: Omit<RunbookInput, 'name' | 'scenario'> & { name?: string },
  before: (runbook: Runbook) => void = () => undefined,
): Promise<string> {
  const checked = checkInput(runbookSchema, { name: 'drill', scenario: 'A test.', ...given });
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors));
  const fixed = await fixRunbookRegions(store, checked.data);
  if ('errors' in fixed) throw new Error(JSON.stringify(fixed.errors));
  before(fixed.spec);
  return (await insertDrill(by('olga', 'operator', 'drill.run'), { spec: fixed.spec, createdBy: 'olga' })).id;
}

const reaches = (id: string, ...states: DrillRow['state'][]) =>
  until(
    `the drill is ${states.join(' or ')}`,
    async () => (await readDrill(store.prisma, id)) as DrillRow,
    ({ state, finished_at }) =>
      states.includes(state) && (finished_at !== null || !['aborted', 'failed', 'succeeded'].includes(state)),
    within,
  );
const steps = async (id: string) => (await readDrillSteps(store.prisma, id)).map(({ id, state }) => `${id} ${state}`);
const step = async (id: string, name: string) =>
  (await readDrillSteps(store.prisma, id)).find((one) => one.id === name) as DrillStepRow;
const stepReaches = (id: string, name: string, state: DrillStepRow['state']) =>
  until(
    `step ${name} is ${state}`,
    () => step(id, name),
    (one) => one.state === state,
    within,
  );
const findings = async (id: string) => (await readDrillFindings(store.prisma, id)).map(({ code }) => code);

/** The calls after so many that do more than read. */
const changesSince = async (calls: number) =>
  (await simulator.ledger())
    .slice(calls)
    .filter(({ operation }) => !/^(list-|get-|login$)/.test(operation))
    .map(({ operation, path }) => `${operation} ${path}`);

/** What its evidence pack says, and the pack. */
async function evidenceOf(id: string) {
  const facts = await readDrillFacts(store, id);
  if (facts?.drill.finished_at == null) throw new Error('The drill is not closed.');
  const evidence = await readDrillEvidence(store, facts, facts.drill.finished_at);
  const written = writePack({ version: '0', cckmHost: null, ...evidence }, null, new Date().toISOString());
  const [pack, items, moves] = [
    Buffer.concat(await Array.fromAsync(written)),
    (await Array.fromAsync(evidence.items())).flat(),
    (await Array.fromAsync(evidence.moves())).flat(),
  ];
  return { pack, items, moves };
}

async function approve(id: string, approver: string, more: { step?: string; decision?: 'reject' } = {}) {
  const drill = (await readDrill(store.prisma, id)) as DrillRow;
  const { spec_sha256: specSha256, scope_sha256: scopeSha256 } = drill;
  const decision = more.decision ?? 'approve';
  return decideDrill(by(approver, 'approver', `drill.${decision}`), id, {
    ...{ approver, role: 'approver', step: more.step ?? null, decision, comment: null },
    ...{ specSha256, scopeSha256: scopeSha256 ?? undefined },
  });
}

test('a drill that a rule asks approvals for, by the accounts and the number of its keys, begins with them', async () => {
  const [account, other] = [newAccount(), newAccount()];
  await simulator.makeKeys({ account, count: 2 });
  await simulator.makeKeys({ account: other, count: 1 });
  const pair = { accounts: [account, other], min_replicas: 2, operations: ['replicate' as const] };
  const rules = [{ name: 'two-keys', for: ['drill' as const], when: pair, approvals: 1 }];
  const version = (await readApprovalRules(store))?.version ?? 0;
  expect(await putApprovalRules(store, { rules, version, comment: null }, 'adam')).toBe('put');
  const closing = { regions: ['us-west-2'], steps: [{ step: 'replicate' as const }] };
  const small = await declare({ selector: { account: other }, ...closing });
  expect(await reaches(small, 'succeeded', 'awaiting_approval')).toMatchObject({ state: 'succeeded' });
  const id = await declare({ selector: { account }, ...closing });
  expect(await reaches(id, 'succeeded', 'awaiting_approval')).toMatchObject({
    ...{ state: 'awaiting_approval', approvals_required: 1, approval_rule_names: ['two-keys'] },
    reason: '0 of 1 approval, waiting for 1 more, not by olga.',
  });
  expect(await approve(id, 'anna')).toBe('done');
  expect(await reaches(id, 'succeeded', 'completed_with_findings')).toMatchObject({ state: 'succeeded' });
  const more = { rules: rules.map((one) => ({ ...one, approvals: 2 })), version: version + 1, comment: null };
  expect(await putApprovalRules(store, more, 'adam')).toBe('put');
  const alone = await declare({ selector: { account }, ...closing, approvers: ['anna'], approvals: 1 });
  await reaches(alone, 'awaiting_approval');
  expect(await findings(alone)).toEqual(['too_few_approvers']);
});

test('a whole drill: gaps are closed, keys promoted, proven and brought back, as two others approved', async () => {
  const account = newAccount();
  const keys = await simulator.makeKeys({ account, count: 3 });
  const id = await declare({
    selector: { account },
    regions: ['us-west-2'],
    targets: { rto: '1h' },
    steps: [
      { step: 'preflight' },
      { step: 'coverage', at_least: 0 },
      { step: 'replicate' },
      { step: 'verify', every: '1s' },
      { step: 'promote', to: 'us-west-2' },
      {
        step: 'http',
        url: `${address()}/decrypt`,
        method: 'POST',
        bearer: 'payments',
        expect: { body_contains: 'true' },
      },
      { step: 'failback' },
      { step: 'verify', every: '1s', id: 'back' },
    ],
  });
  const waiting = await reaches(id, 'awaiting_approval');
  expect(waiting).toMatchObject({ keys: 3, approvals_required: 2, started_at: null });
  expect(await approve(id, 'olga')).toBe('proposer');
  expect(await approve(id, 'anna')).toBe('done');
  expect(await approve(id, 'anna')).toBe('done');
  expect((await readDrill(store.prisma, id))?.state).toBe('awaiting_approval');
  expect(await approve(id, 'bert')).toBe('done');
  const done = await reaches(id, 'succeeded', 'completed_with_findings', 'failed');
  expect({ state: done.state, reason: done.reason, steps: await steps(id) }).toEqual({
    state: 'succeeded',
    reason: null,
    steps: ['1-preflight', '2-coverage', '3-replicate', '4-verify', '5-promote', '6-http', '7-failback', 'back'].map(
      (name) => `${name} succeeded`,
    ),
  });
  const call = await step(id, '6-http');
  expect(asked).toEqual([{ method: 'POST', key: `${id}-6-http-1`, authorization: 'Bearer the-secret-token' }]);
  expect(call.detail.last).toMatchObject({ status: 200, answer: '{"decrypted": true} Bearer [token]' });
  const log = await readDrillLog(store.prisma, id, { after: 0, limit: 1_000 });
  expect(JSON.stringify(log)).not.toContain('the-secret-token');
  const calls = (await simulator.ledger()).filter(({ path }) => path.endsWith('/update-primary-region'));
  expect(keys).toHaveLength(3);
  expect(calls.length).toBeGreaterThanOrEqual(6);

  const { pack, items, moves } = await evidenceOf(id);
  expect(verifyPack(pack, { allowUnsigned: true })).toMatchObject({ items: 3, runbook_exact: true });
  for (const item of items) {
    expect(item).toMatchObject({ before: 'missing', state: 'covered', replication: 'succeeded' });
    // The check before the promotion says nothing of it, nor does the one after the failback: the http step proves it.
    expect(item).toMatchObject({ proven_by: 'http', reached_by: 'proof_after_promotion' });
    const reachedAt = done.declared_at.getTime() + Number(item.reached_ms);
    expect(reachedAt).toBe(call.finished_at?.getTime());
    expect(Date.parse(item.promoted_at ?? '')).toBeLessThan(reachedAt);
    expect(item.material).toMatchObject({ equal: true, compared_by: 'key_id' });
    const times = [item.first_call_at, item.accepted_at, item.usable_at, item.proven_at].map(String);
    expect(times).toEqual(times.toSorted());
  }
  expect(moves.map(({ kind, state, region }) => `${kind} ${state} ${region}`).sort()).toEqual([
    ...Array(3).fill('failback succeeded us-east-1'),
    ...Array(3).fill('promote succeeded us-west-2'),
  ]);
}, 90_000);

test('the RTO of a promotion drill goes to the proof after the promotion, or to the promotion where nothing proves it', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account, count: 2, replicas: [{ region: 'us-west-2' }] });
  const runbook = { selector: { account }, regions: ['us-east-1', 'us-west-2'], targets: { rto: '1h' } };
  const verify = { step: 'verify', every: '1s' } as const;
  const run = async (steps: RunbookInput['steps']) => {
    const id = await declare({ ...runbook, steps });
    await reaches(id, 'awaiting_approval');
    await approve(id, 'anna');
    await approve(id, 'bert');
    const { declared_at: declaredAt } = await reaches(id, 'succeeded');
    const { items, pack } = await evidenceOf(id);
    expect(verifyPack(pack, { allowUnsigned: true })).toMatchObject({ items: 4 });
    return { id, items, at: items.map(({ reached_ms: ms }) => declaredAt.getTime() + Number(ms)) };
  };
  const proven = await run([verify, { step: 'promote', to: 'us-west-2' }, { ...verify, id: 'after' }]);
  const { finished_at: promotedBy } = await step(proven.id, '2-promote');
  expect(proven.items.map(({ reached_by }) => reached_by)).toEqual(Array(4).fill('proof_after_promotion'));
  for (const at of proven.at) expect(at).toBeGreaterThanOrEqual(promotedBy?.getTime() ?? Number.POSITIVE_INFINITY);

  const bare = await run([verify, { step: 'promote', to: 'us-east-1' }]);
  const { finished_at: verifiedBy } = await step(bare.id, '1-verify');
  expect(bare.items.map(({ reached_by, proven_at }) => [reached_by, proven_at])).toEqual(
    Array(4).fill(['promotion', null]),
  );
  for (const at of bare.at) expect(at).toBeGreaterThan(verifiedBy?.getTime() ?? Number.POSITIVE_INFINITY);
}, 90_000);

test('a key that a promotion drill did not promote has not reached its RTO', async () => {
  const account = newAccount();
  const [one, other] = await simulator.makeKeys({ account, count: 2, replicas: [{ region: 'us-west-2' }] });
  await simulator.control('PUT', '/faults', [
    {
      ...{ operation: 'update-primary-region', key: other?.id },
      effect: { awsError: { name: 'AccessDeniedException', message: 'denied' } },
    },
  ]);
  const id = await declare({
    selector: { account },
    regions: ['us-west-2'],
    targets: { rto: '1h' },
    steps: [{ step: 'verify' }, { step: 'promote', to: 'us-west-2', on_failure: 'continue' }, { step: 'verify' }],
  });
  await reaches(id, 'awaiting_approval');
  await approve(id, 'anna');
  await approve(id, 'bert');
  await reaches(id, 'completed_with_findings');
  await simulator.control('PUT', '/faults', []);
  const { items } = await evidenceOf(id);
  expect(Object.fromEntries(items.map(({ mrk, reached_by }) => [mrk, reached_by]))).toEqual({
    [String(one?.mrk)]: 'proof_after_promotion',
    [String(other?.mrk)]: null,
  });
  expect(await findings(id)).toContain('rto_unproven');
}, 90_000);

test('a rehearsal touches nothing, and says what a live drill would do', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account, count: 2 });
  const before = (await simulator.ledger()).length;
  const id = await declare({
    mode: 'rehearse',
    selector: { account },
    regions: ['us-west-2'],
    steps: [
      { step: 'replicate' },
      { step: 'verify' },
      { step: 'approve', approvals: 2 },
      { step: 'promote', to: 'us-west-2' },
      { step: 'notify', message: 'Over to you.' },
      { step: 'http', url: `${address()}/never` },
      { step: 'wait', for: '1h' },
      { step: 'failback' },
    ],
  });
  await reaches(id, 'succeeded', 'completed_with_findings', 'failed');
  expect(await steps(id)).toEqual([
    ...['1-replicate succeeded', '2-verify skipped', '3-approve skipped', '4-promote succeeded', '5-notify skipped'],
    ...['6-http skipped', '7-wait skipped', '8-failback skipped'],
  ]);
  expect((await step(id, '1-replicate')).detail.message).toMatch(/^Previewed: 2 would be called/);
  expect((await step(id, '2-verify')).detail.message).toMatch(
    /^A live drill would prove all of them here\. Now: 0\/2 /,
  );
  const { plan_id: planId } = await step(id, '1-replicate');
  expect(await startPreviewed(store, planId ?? '', 'olga', 60_000)).toBe(false);
  expect(await changesSince(before)).toEqual([]);
}, 60_000);

test('a person says go, no-go, or breaks the glass; each stands in the findings where it must', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account });
  const runbook = { selector: { account }, regions: ['us-west-2'], approvals: 1, approvers: ['anna', 'bert'] };
  const waits = { step: 'approve', approvals: 2, id: 'go' } as const;
  const first = await declare({ ...runbook, steps: [waits] });
  await reaches(first, 'awaiting_approval');
  expect(await approve(first, 'carl')).toBe('not_named');
  expect(await approve(first, 'anna', { step: 'go' })).toBe('other_step');
  expect(await approve(first, 'anna')).toBe('done');
  await stepReaches(first, 'go', 'awaiting_approval');
  expect(await approve(first, 'anna', { step: 'go' })).toBe('done');
  expect(await approve(first, 'anna', { step: 'go', decision: 'reject' })).toBe('decided');
  expect(await breakGlass(by('root', 'admin', 'drill.break_glass'), first, 'root', 'The site is down.')).toBe('done');
  expect((await reaches(first, 'completed_with_findings')).broken_glass_by).toBe('root');
  expect(await findings(first)).toEqual(['broken_glass']);

  const second = await declare({
    ...runbook,
    steps: [
      { ...waits, on_failure: 'continue' },
      { step: 'coverage', at_least: 0 },
    ],
  });
  await reaches(second, 'awaiting_approval');
  await breakGlass(by('root', 'admin', 'drill.break_glass'), second, 'root', 'Nobody answers.');
  await stepReaches(second, 'go', 'awaiting_approval');
  expect(await approve(second, 'bert', { step: 'go', decision: 'reject' })).toBe('done');
  await reaches(second, 'completed_with_findings');
  expect(await steps(second)).toEqual(['go failed', '2-coverage succeeded']);

  const third = await declare({ ...runbook, steps: [waits] });
  await reaches(third, 'awaiting_approval');
  expect(await approve(third, 'bert', { decision: 'reject' })).toBe('done');
  expect((await reaches(third, 'failed')).reason).toMatch(/bert rejected the drill/);
}, 60_000);

test('with the primaries in a lost Region nothing is replicated or promoted, and it is said what there is', async () => {
  const account = newAccount();
  const [key] = await simulator.makeKeys({ account, count: 2 });
  await simulator.makeKeys({ account, region: 'eu-west-1' });
  await simulator.control('POST', '/replicas', { key: key?.id, region: 'us-west-2', listed: true });
  const before = (await simulator.ledger()).length;
  const id = await declare({
    selector: { account },
    regions: ['us-west-2'],
    lost_regions: ['us-east-1'],
    approvals: 2,
    steps: [
      { step: 'preflight', on_failure: 'continue' },
      { step: 'replicate', on_failure: 'continue' },
      { step: 'promote', to: 'us-west-2' },
      { step: 'verify' },
    ],
  });
  await reaches(id, 'awaiting_approval');
  await approve(id, 'anna');
  await approve(id, 'bert');
  const { reason } = await reaches(id, 'failed');
  expect(reason).toContain(
    "Neither replication nor promotion is possible while us-east-1, the primaries' Region, is down (2 keys). " +
      'Existing replicas keep decrypting: 1 of 3 keys are usable in us-west-2. ' +
      'The other keys need a separate drill: 1 with their primaries in eu-west-1.',
  );
  expect(await steps(id)).toEqual(['1-preflight failed', '2-replicate failed', '3-promote failed', '4-verify skipped']);
  expect(await changesSince(before)).toEqual([]);
}, 60_000);

/** The lane of promotions out of us-east-1 as an outage has left it, with no work that would probe it. */
const leftOpen = (account: string) =>
  store.prisma.circuit.create({
    data: {
      ...{ id: `${account}:us-east-1:UpdatePrimaryRegion`, state: 'open', reason: 'kms_unreachable' },
      probeAt: new Date(Date.now() - 60_000),
    },
  });

test('a lane without work is probed by a read of AWS, and promotes again', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account, replicas: [{ region: 'us-west-2' }] });
  const { id } = await leftOpen(account);
  const circuit = () => store.prisma.circuit.findUniqueOrThrow({ where: { id } });
  await until('it is closed', circuit, ({ state }) => state === 'closed', within);
}, 60_000);

test('a failed step rolls back what was promoted, and no more', async () => {
  const account = newAccount();
  const keys = await simulator.makeKeys({ account, count: 2 });
  for (const { id } of keys)
    await simulator.control('POST', '/replicas', { key: id, region: 'us-west-2', listed: true });
  answer = { status: 500, body: 'no' };
  const id = await declare({
    selector: { account },
    regions: ['us-west-2'],
    steps: [
      { step: 'promote', to: 'us-west-2' },
      { step: 'http', url: `${address()}/decrypt`, on_failure: 'rollback' },
      { step: 'verify' },
    ],
  });
  await reaches(id, 'awaiting_approval');
  await approve(id, 'anna');
  await approve(id, 'bert');
  const { reason } = await reaches(id, 'failed');
  answer = { status: 200, body: 'yes' };
  expect(reason).toBe('Step 2-http failed. All keys are back in their original Regions.');
  expect(await steps(id)).toEqual(['1-promote succeeded', '2-http failed', '3-verify skipped']);
}, 60_000);

test('a paused drill extends its timeouts, an aborted one waits for work in flight, and a timeout ends a step', async () => {
  const account = newAccount();
  const replicas = [{ region: 'us-west-2', state: 'PendingImport' }];
  await simulator.makeKeys({ account, origin: 'EXTERNAL', replicas });
  const runbook = { selector: { account }, regions: ['us-west-2'] };
  const id = await declare({
    ...runbook,
    steps: [
      { step: 'wait', for: '2s' },
      { step: 'verify', timeout: '4s', every: '1s' },
    ],
  });
  await stepReaches(id, '1-wait', 'running');
  expect(await pauseDrill(store, id, 'olga')).toBe('done');
  expect(await pauseDrill(store, id, 'olga')).toBe('wrong_state');
  const { deadline_at: deadlineAt } = await step(id, '1-wait');
  await until(
    'the pause is longer than nothing',
    () => Date.now(),
    (now) => now > (deadlineAt?.getTime() ?? 0),
    within,
  );
  expect((await readDrill(store.prisma, id))?.state).toBe('paused');
  expect(await resumeDrill(store, id, 'otto')).toBe('done');
  expect((await step(id, '1-wait')).deadline_at?.getTime()).toBeGreaterThan(deadlineAt?.getTime() ?? 0);
  expect((await reaches(id, 'failed')).reason).toMatch(/timed out after 4s\. 0\/1 key-Region pairs covered/);
  expect(await findings(id)).toEqual(['coverage_pending_import', 'step_failed']);
  expect(await steps(id)).toEqual(['1-wait succeeded', '2-verify failed']);

  const aborted = await declare({ ...runbook, steps: [{ step: 'wait', for: '1h' }, { step: 'replicate' }] });
  await stepReaches(aborted, '1-wait', 'running');
  expect(await abortDrill(by('olga', 'operator', 'drill.abort'), aborted, { by: 'olga', rollback: true })).toBe('done');
  expect((await reaches(aborted, 'aborted')).reason).toBe('Aborted by olga. There were no keys to promote back.');
  expect(await steps(aborted)).toEqual(['1-wait aborted', '2-replicate skipped']);
}, 60_000);

/** How often each key was refreshed since so many calls. */
async function refreshesSince(calls: number): Promise<Record<string, number>> {
  const refreshes = (await simulator.ledger()).slice(calls).filter(({ operation }) => operation === 'refresh');
  return Object.fromEntries(
    [...Map.groupBy(refreshes, ({ keyId }) => keyId ?? '')].map(([id, those]) => [id, those.length]),
  );
}

test('a verification proves each key once, and ends where no waiting would close a gap', async () => {
  const account = newAccount();
  const there = await simulator.makeKeys({ account, count: 3, replicas: [{ region: 'us-west-2' }] });
  await simulator.makeKeys({ account, replicas: [{ region: 'us-west-2', state: 'Disabled' }] });
  await simulator.makeKeys({ account });
  const before = (await simulator.ledger()).length;
  const id = await declare({ selector: { account }, regions: ['us-west-2'], steps: [{ step: 'verify', every: '1s' }] });
  expect((await reaches(id, 'failed')).reason).toBe(
    'Step 1-verify failed. 3/5 key-Region pairs proven usable. The rest cannot change by waiting: 1 disabled, 1 missing (no_replica). See its findings.',
  );
  expect(await step(id, '1-verify')).toMatchObject({ error: { code: 'not_proven' }, detail: { asked: 1 } });
  expect((await findings(id)).toSorted()).toEqual(['coverage_disabled', 'coverage_missing', 'step_failed']);
  const refreshes = await refreshesSince(before);
  for (const key of there) expect(refreshes[key.id]).toBe(1);
  expect(Math.max(...Object.values(refreshes))).toBe(1);
}, 60_000);

test('a verification only checks again what may change, and keeps what is proven', async () => {
  const account = newAccount();
  const [proven] = await simulator.makeKeys({ account, replicas: [{ region: 'us-west-2' }] });
  const replicas = [{ region: 'us-west-2', state: 'PendingImport' }];
  const [lacks] = await simulator.makeKeys({ account, origin: 'EXTERNAL', replicas });
  const before = (await simulator.ledger()).length;
  const id = await declare({ selector: { account }, regions: ['us-west-2'], steps: [{ step: 'verify', every: '1s' }] });
  await until(
    'it has asked again',
    () => step(id, '1-verify'),
    ({ detail }) => Number(detail.asked) > 1,
    within,
  );
  const members = await simulator.control<{ id: string; region: string }[]>('GET', `/keys?mrk=${lacks?.mrk}`);
  const replica = members.find(({ region }) => region === 'us-west-2');
  await simulator.control('PATCH', `/keys/${replica?.id}`, { state: 'Enabled' });
  await reaches(id, 'succeeded');
  expect((await step(id, '1-verify')).detail.message).toBe('2/2 key-Region pairs proven usable by AWS.');
  const refreshes = await refreshesSince(before);
  expect(refreshes[proven?.id ?? '']).toBe(1);
  expect(refreshes[replica?.id ?? '']).toBeGreaterThan(1);
  const { items } = await evidenceOf(id);
  expect(items.map(({ state, proven_by }) => [state, proven_by])).toEqual([
    ['covered', 'check'],
    ['covered', 'check'],
  ]);
}, 60_000);

test('only calls without a response count as lost answers', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account, count: 3, aliasPrefix: 'alias/lost' });
  await simulator.control('PUT', '/faults', [
    { operation: 'replicate-key', nth: 1, times: 1, effect: { dropAfter: true } },
    {
      ...{ operation: 'replicate-key', nth: 2, times: 1 },
      effect: { awsError: { name: 'ThrottlingException', message: 'Rate exceeded' } },
    },
  ]);
  const id = await declare({
    selector: { account },
    regions: ['us-west-2'],
    replica: { aws_param: { Alias: 'dr/{alias}' } },
    steps: [{ step: 'replicate' }],
  });
  await reaches(id, 'succeeded');
  const [found, ...others] = await readDrillFindings(store.prisma, id);
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    code: 'lost_answers',
    message: expect.stringMatching(/^Response lost for 1 key-Region pair, outcome reconciled/),
  });
  await simulator.control('PUT', '/faults', []);
}, 60_000);

/** Every call that makes a replica in us-west-2 the primary takes so long. */
const slowly = (latencyMs: number) =>
  simulator.control('PUT', '/faults', [
    { operation: 'update-primary-region', region: 'us-west-2', effect: { slowAnswerMs: latencyMs } },
  ]);

/** Two keys with replicas in us-west-2, to be promoted one after the other. */
async function promotesSlowly(step: { timeout?: string; on_failure?: 'continue' | 'rollback' } = {}): Promise<string> {
  const account = newAccount();
  for (const { id } of await simulator.makeKeys({ account, count: 2 }))
    await simulator.control('POST', '/replicas', { key: id, region: 'us-west-2', listed: true });
  const id = await declare({
    selector: { account },
    regions: ['us-west-2'],
    steps: [
      { step: 'promote', to: 'us-west-2', options: { max_in_flight: 1 }, ...step },
      { step: 'coverage', at_least: 0 },
    ],
  });
  await reaches(id, 'awaiting_approval');
  return id;
}
const planOf = async (id: string) => (await readPlan(store, id)) as PlanRow;
const countsOf = async (id: string) => (await planOf(id)).counts;
/** The plan of these promotions once the first is on its way. */
const movesOne = async (id: string): Promise<string> => {
  const { spec } = await store.prisma.drill.findUniqueOrThrow({ where: { id }, select: { spec: true } });
  const { account } = (spec as unknown as { selector: { account: string } }).selector;
  const { plan } = await until(
    'a promotion is under way',
    async () => {
      const { plan_id: planId } = await step(id, '1-promote');
      const replicating = planId === null ? 0 : (await countsOf(planId)).replicating;
      // A row is taken before its primary is read once more, and only then called.
      const calls = (await simulator.ledger('update-primary-region')).filter((call) => call.account === account);
      return { plan: planId ?? '', called: Math.min(replicating, calls.length) };
    },
    ({ called }) => called === 1,
    within,
  );
  return plan;
};

test('an aborted drill awaits the promotion that is under way, and begins no other', async () => {
  await slowly(2_000);
  const [stays, goesBack] = await Promise.all([promotesSlowly(), promotesSlowly()]);
  await breakGlass(by('root', 'admin', 'drill.break_glass'), stays, 'root', 'Nobody answers.');
  await approve(goesBack, 'anna');
  await approve(goesBack, 'bert');
  const [plan, other] = await Promise.all([movesOne(stays), movesOne(goesBack)]);
  // Pausing pauses the plan too, and the time of the step stands still meanwhile.
  const { deadline_at: deadlineAt } = await step(stays, '1-promote');
  await pauseDrill(store, stays, 'olga');
  expect((await planOf(plan)).state).toBe('paused');
  await resumeDrill(store, stays, 'olga');
  expect((await planOf(plan)).state).toBe('running');
  expect((await step(stays, '1-promote')).deadline_at?.getTime()).toBeGreaterThan(deadlineAt?.getTime() ?? 0);

  expect(await abortDrill(by('olga', 'operator', 'drill.abort'), stays, { by: 'olga', rollback: false })).toBe('done');
  expect(await abortDrill(by('olga', 'operator', 'drill.abort'), goesBack, { by: 'olga', rollback: true })).toBe(
    'done',
  );
  expect((await reaches(stays, 'aborted')).reason).toBe('Aborted by olga.');
  expect(await countsOf(plan)).toMatchObject({ succeeded: 1, cancelled: 1 });
  expect(await findings(stays)).toEqual(['broken_glass']);
  const back = await reaches(goesBack, 'aborted');
  expect(back.reason).toBe('Aborted by olga. All keys are back in their original Regions.');
  expect(await countsOf(other)).toMatchObject({ succeeded: 1, cancelled: 1 });
  expect(await countsOf(back.rollback_plan_id ?? '')).toMatchObject({ total: 1, succeeded: 1 });
  for (const id of [stays, goesBack]) expect(await steps(id)).toEqual(['1-promote aborted', '2-coverage skipped']);
}, 60_000);

test('at its timeout a step cancels its plan and waits for work in flight, then the drill stops, continues or rolls back', async () => {
  await slowly(5_000);
  const drills = await Promise.all([
    promotesSlowly({ timeout: '4s' }),
    promotesSlowly({ timeout: '4s', on_failure: 'continue' }),
    promotesSlowly({ timeout: '4s', on_failure: 'rollback' }),
  ]);
  for (const id of drills) {
    await approve(id, 'anna');
    await approve(id, 'bert');
  }
  const [stops, goesOn, rollsBack] = await Promise.all(
    drills.map(async (id) => {
      const plan = await movesOne(id);
      const {
        state,
        reason,
        rollback_plan_id: rollbackPlanId,
      } = await reaches(id, 'failed', 'completed_with_findings');
      expect(await countsOf(plan)).toMatchObject({ succeeded: 1, cancelled: 1 });
      expect((await step(id, '1-promote')).error).toMatchObject({
        code: 'timeout',
        message: `Plan ${plan} was cancelled because the step timed out, with 1 of 2 done.`,
      });
      return { state, reason, back: rollbackPlanId, steps: await steps(id) };
    }),
  );
  expect(stops).toMatchObject({ state: 'failed', back: null, steps: ['1-promote failed', '2-coverage skipped'] });
  expect(goesOn).toMatchObject({
    state: 'completed_with_findings',
    steps: ['1-promote failed', '2-coverage succeeded'],
  });
  expect(rollsBack).toMatchObject({
    state: 'failed',
    reason: 'Step 1-promote failed. All keys are back in their original Regions.',
  });
  expect(await countsOf(rollsBack?.back ?? '')).toMatchObject({ total: 1, succeeded: 1 });
}, 60_000);

test('a notify step reaches the webhooks that subscribe to it; without any it is a finding', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account });
  const runbook = { selector: { account }, regions: ['us-west-2'] };
  const steps = [{ step: 'notify', id: 'call', message: 'Over to you.' }] as const;
  const unheard = await declare({ ...runbook, steps: [...steps] });
  await reaches(unheard, 'completed_with_findings');
  expect(await findings(unheard)).toEqual(['nobody_told']);
  const hook = { name: 'ops', url: `${address()}/hook`, events: ['com.keyferry.drill.notice' as const], enabled: true };
  await insertWebhook(store, hook, newSecret(), 'anna');
  const heard = await declare({ ...runbook, steps: [...steps] });
  await reaches(heard, 'succeeded');
  await until(
    'the receiver has it',
    () => told,
    (events) => events.length > 0,
    within,
  );
  expect(told).toMatchObject([
    { type: 'com.keyferry.drill.notice', data: { id: heard, step: 'call', message: 'Over to you.' } },
  ]);
}, 60_000);

test('a call whose worker died in it is made again under the same key, and the log says so', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account });
  hang.add('/slow');
  const before = asked.length;
  const id = await declare({
    selector: { account },
    regions: ['us-west-2'],
    steps: [{ step: 'http', url: `${address()}/slow` }],
  });
  await until(
    'the check was called',
    () => asked.length,
    (calls) => calls > before,
    within,
  );
  // As after the death of the worker: the one that holds the drill is in no list any more.
  await store.prisma.drill.update({ where: { id }, data: { heldBy: randomUUID() } });
  await reaches(id, 'succeeded');
  expect(asked.slice(before)).toEqual([
    { method: 'lost', key: `${id}-1-http-1`, authorization: '' },
    { method: 'GET', key: `${id}-1-http-1`, authorization: 'undefined' },
  ]);
  const log = await readDrillLog(store.prisma, id, { after: 0, limit: 100 });
  expect(log.map(({ message }) => message).join('\n')).toMatch(
    /worker was lost while it called .*: the call is retried with the same/,
  );
}, 60_000);

test('a call that three workers one after the other were lost in is not made again', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account });
  const before = asked.length;
  hang.add('/deadly');
  const steps = [{ step: 'http' as const, url: `${address()}/deadly` }];
  const id = await declare({ selector: { account }, regions: ['us-west-2'], steps });
  for (let lost = 1; lost <= 3; lost += 1) {
    const calls = () => asked.length - before;
    await until(`call ${lost} was made`, calls, (made) => made === lost, within);
    hang.add('/deadly');
    await store.prisma.drill.update({ where: { id }, data: { heldBy: randomUUID() } });
  }
  await reaches(id, 'failed');
  hang.delete('/deadly');
  expect(asked.length - before).toBe(3);
  const [step] = await store.prisma.drillStep.findMany({ where: { drillId: id } });
  expect(step?.error).toMatchObject({ code: 'workers_lost', message: expect.stringContaining('3 workers') });
}, 60_000);

test('a call that was stored when secrets could be written into it is not made, and its evidence is whole', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account });
  const before = asked.length;
  const old = async (change: Partial<StepOf<'http'>>) => {
    const steps = [{ step: 'http' as const, url: `${address()}/old` }];
    const id = await declare({ selector: { account }, regions: ['us-west-2'], steps }, (runbook) => {
      Object.assign(runbook.steps[0] ?? {}, change);
    });
    await reaches(id, 'failed');
    const { error } = await step(id, '1-http');
    const { pack } = await evidenceOf(id);
    expect(verifyPack(pack, { allowUnsigned: true })).toMatchObject({ items: 1 });
    return error?.code;
  };
  expect(await old({ headers: { 'X-Team-Token': 's3cret' } })).toBe('refused_header');
  expect(await old({ url: `${address()}/old?api_key=s3cret` })).toBe('secret_in_url');
  expect(asked.slice(before)).toEqual([]);
}, 60_000);

test('a token is not sent to a host that is not set for it, nor to the target of a redirect', async () => {
  const account = newAccount();
  await simulator.makeKeys({ account });
  const before = asked.length;
  const runbook = { selector: { account }, regions: ['us-west-2'] };
  const elsewhere = { step: 'http' as const, url: `${address()}/elsewhere`, bearer: 'ledger' };
  const checked = await declare({ ...runbook, steps: [{ step: 'preflight' }, elsewhere] });
  await reaches(checked, 'failed');
  expect(await findings(checked)).toContain('token_for_other_host');
  const called = await declare({ ...runbook, steps: [elsewhere] });
  await reaches(called, 'failed');
  expect((await step(called, '1-http')).error).toMatchObject({ code: 'token_for_other_host' });
  expect(asked.slice(before)).toEqual([]);

  redirects.set('/moved', `${address()}/stolen`);
  const moved = await declare({ ...runbook, steps: [{ step: 'http', url: `${address()}/moved`, bearer: 'payments' }] });
  await reaches(moved, 'failed');
  expect((await step(moved, '1-http')).error).toMatchObject({
    message: expect.stringContaining('redirects are not followed'),
  });
  expect(asked.slice(before)).toEqual([]);
}, 60_000);

test('a drill without keys ends with what to do', async () => {
  const id = await declare({
    selector: { account: newAccount() },
    regions: ['us-west-2'],
    steps: [{ step: 'preflight' }],
  });
  expect((await reaches(id, 'failed')).reason).toMatch(/The drill has no keys: .*selector/);
});

// The last of all: a worker that has met a CCKM without refresh does not ask for one for some minutes.
test('a lane that no read can prove is unknown, not down: a promotion drill starts, and its first call shows the state', async () => {
  await simulator.control('PATCH', '/settings', { offersRefresh: false });
  const account = newAccount();
  await simulator.makeKeys({ account, replicas: [{ region: 'us-west-2' }] });
  const circuit = await leftOpen(account);
  const id = await declare({
    selector: { account },
    regions: ['us-west-2'],
    steps: [{ step: 'preflight' }, { step: 'promote', to: 'us-west-2' }],
  });
  const state = async () => (await store.prisma.circuit.findUniqueOrThrow({ where: { id: circuit.id } })).state;
  await until('it is half open', state, (now) => now === 'half_open', within);
  await reaches(id, 'awaiting_approval');
  await approve(id, 'anna');
  await approve(id, 'bert');
  await reaches(id, 'succeeded');
  expect(await findings(id)).toEqual(['primary_region_unsure']);
  expect(await state()).toBe('closed');
}, 60_000);

test.each([
  ['its runbook', `UPDATE drills SET spec = jsonb_set(spec, '{steps,0,message}', '"changed"') WHERE id = $1::uuid`],
  [
    'a step',
    `UPDATE drill_steps SET spec = jsonb_set(spec, '{message}', '"changed"') WHERE drill_id = $1::uuid AND position = 0`,
  ],
])('a drill of which somebody changes %s in the database makes no step, and can be aborted', async (_what, sql) => {
  const account = newAccount();
  await simulator.makeKeys({ account, count: 1 });
  const steps = [{ step: 'notify' as const, message: 'as approved' }];
  const id = await declare({ selector: { account }, regions: ['us-west-2'], approvals: 1, steps });
  await reaches(id, 'awaiting_approval');
  await store.prisma.$executeRawUnsafe(sql, id);
  expect(await approve(id, 'anna')).toBe('done');
  const paused = await until(
    'it is paused',
    () => readDrill(store.prisma, id),
    (drill) => drill?.state === 'paused',
    within,
  );
  expect(paused?.reason).toContain('was changed in the database');
  expect(await step(id, '1-notify')).toMatchObject({ state: 'pending' });
  expect(await abortDrill(by('anna', 'operator', 'drill.abort'), id, { by: 'anna', rollback: false })).toBe('done');
  await reaches(id, 'aborted');
});

test('the evidence of every drill above verifies', async () => {
  const closed = await store.prisma.drill.findMany({
    where: { finishedAt: { not: null } },
    select: { id: true, state: true },
  });
  expect(new Set(closed.map(({ state }) => state)).size).toBeGreaterThanOrEqual(4);
  const broken: string[] = [];
  for (const { id, state } of closed) {
    const { pack } = await evidenceOf(id);
    try {
      expect(verifyPack(pack, { allowUnsigned: true }).rendered_exactly).toBe(true);
    } catch (error) {
      broken.push(`${state}: ${(error as Error).message}`);
    }
  }
  // The runbook of one of them was changed in Postgres.
  expect(broken).toEqual(['aborted: runbook.json: its SHA-256 is not the approved one']);
}, 60_000);
