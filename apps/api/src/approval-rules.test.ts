import {
  type ApprovalFacts,
  type ApprovalRule,
  approvalsNeeded,
  type DrillView,
  everywhere,
  type PlanSpecInput,
  type PlanView,
  planSpecSchema,
  type Role,
} from '@keyferry/core';
import {
  changeDrill,
  claimPlanToResolve,
  finishResolving,
  insertReplicas,
  inTransaction,
  registerWorker,
  type Store,
  setScope,
  settlePlans,
} from '@keyferry/store';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { addPlan } from '../../../packages/store/src/plans/insert-plan.ts';
import type { ResolvedReplica } from '../../../packages/store/src/plans/resolve-plan.ts';
import { adminToken, startForTest, type TestApi } from '../../../test/harness/start-api.ts';
import { movePlan } from '../../../test/models/plans/move-plan.ts';
import { newResolved } from '../../../test/models/plans/new-resolved.ts';

let api: TestApi;
let store: Store;
let workerId: string;
beforeAll(async () => {
  api = await startForTest();
  store = api.store;
  workerId = await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  for (const [name, role] of people) await api.letIn(name, { name, role });
  await api.letIn('bound', { name: 'bound', role: 'operator', scope: { accounts: ['111122223333'] } });
}, 120_000);
afterAll(() => api?.stop());
afterEach(() => rule());

/** Callers by their tokens, which are their names here. */
const people: readonly [string, Role][] = [
  ['olga', 'operator'],
  ['otto', 'operator'],
  ['ann', 'approver'],
  ['abe', 'approver'],
  ['adam', 'admin'],
  ['vera', 'viewer'],
];

const inForce = async () => (await api.ask('vera', 'GET', '/v1/approval-rules')).json;
/** Puts these rules in force. */
async function rule(...rules: ApprovalRule[]) {
  const { version } = await inForce();
  const { status, json } = await api.ask('adam', 'PUT', '/v1/approval-rules', { rules, version });
  expect(status).toBe(200);
  return json;
}
const every = { name: 'every', when: {}, approvals: 1 } as const;
const strict = { name: 'strict', when: {}, approvals: 2 } as const;

const ask = (token: string, method: string, path: string, body?: unknown) =>
  api.ask(token, method, `/v1/plans${path}`, body);
const read = async (id: string): Promise<PlanView> => (await ask('olga', 'GET', `/${id}`)).json;
const approve = async (token: string, { id, spec_sha256 }: PlanView) =>
  (await ask(token, 'POST', `/${id}/approve`, { spec_sha256 })).json as PlanView;
const command = async (token: string, { id }: PlanView, name: string): Promise<PlanView> =>
  (await ask(token, 'POST', `/${id}/${name}`)).json;

/** Does what a worker does. */
async function resolve(id: string, rows: readonly Partial<ResolvedReplica>[] = [{}]): Promise<PlanView> {
  const claimed = await claimPlanToResolve(store, id, { workerId, planIds: [] });
  if (!claimed?.again) {
    await insertReplicas(
      store,
      id,
      rows.map((row, at) => newResolved({ key_id: `${id}-${at}`, ...row })),
    );
  }
  const preview = claimed?.spec.mode === 'preview' && !claimed.again;
  await finishResolving(store, id, { preview, lowerBoundSeconds: 0 });
  return read(id);
}

const submit = async (more: Partial<PlanSpecInput> = {}): Promise<string> =>
  (await ask('olga', 'POST', '', { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], ...more })).json.id;
const plan = async (more: Partial<PlanSpecInput> = {}, rows?: readonly Partial<ResolvedReplica>[]) =>
  resolve(await submit(more), rows);
/** The worker's round, twice: what it has moved may be moved on. */
const settle = async ({ id }: PlanView): Promise<PlanView> => {
  await settlePlans(store);
  await settlePlans(store);
  return read(id);
};
const anHourAhead = () => new Date(Date.now() + 3_600_000).toISOString();

describe('approval rules', () => {
  it('begin with none, are put by admins, and are read by everybody', async () => {
    const before = await inForce();
    const put = await rule({ ...every, for: ['plan'] }, strict);
    const { version, rules, author, created_at, sha256 } = put;
    expect([version, rules, author]).toEqual([before.version + 1, [{ ...every, for: ['plan'] }, strict], 'adam']);
    expect([Date.parse(created_at) > 0, sha256]).toEqual([true, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    for (const token of ['vera', 'bound'])
      expect((await api.ask(token, 'GET', '/v1/approval-rules')).json).toEqual(put);
    for (const token of ['olga', 'ann', 'bound']) {
      const { status } = await api.ask(token, 'PUT', '/v1/approval-rules', { rules: [], version });
      expect(status).toBe(403);
    }
    expect(await inForce()).toEqual(put);
  });

  it('are not overwritten by those who have not read the newest, and say the same without a new version', async () => {
    const { version } = await rule(every);
    const put = (rules: ApprovalRule[], of: number) =>
      api.ask('adam', 'PUT', '/v1/approval-rules', { rules, version: of });
    const { status, json } = await put([strict], version - 1);
    expect([status, json.detail]).toEqual([409, expect.stringContaining(`at version ${version}, not ${version - 1}`)]);
    expect((await put([every], version)).json.version).toBe(version);
    const answers = await Promise.all([1, 2, 3, 4, 5].map((approvals) => put([{ ...strict, approvals }], version)));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 409, 409, 409, 409]);
    expect((await inForce()).version).toBe(version + 1);
  });

  it('are refused with all that is wrong with them', async () => {
    const bad = [{ ...every, approvals: 0 }, { ...strict, when: { regions: ['mars-1'], accounts: ['1'] } }, every];
    const { status, json } = await api.ask('adam', 'PUT', '/v1/approval-rules', { rules: bad, version: 0 });
    expect(status).toBe(422);
    expect(json.errors.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(['rules[0].approvals', 'rules[1].when.regions[0]', 'rules[1].when.accounts[0]']),
    );
    const twice = await api.ask('adam', 'PUT', '/v1/approval-rules', { rules: [every, every], version: 0 });
    expect(twice.json.errors).toMatchObject([{ path: 'rules[1].name', code: 'repeated_name' }]);
  });

  it('are kept, version by version, and each stands in the audit log', async () => {
    const { version: first, sha256: before } = await rule(every);
    const { version, sha256 } = await rule(strict);
    const page = (query: string) => api.ask('vera', 'GET', `/v1/approval-rules/versions?${query}`);
    const { json } = await page('limit=1');
    expect(json).toMatchObject({ items: [{ version, rules: [strict] }], next_before: version });
    expect((await page(`limit=1&before=${version}`)).json.items).toMatchObject([{ version: first, rules: [every] }]);
    expect((await page('before=1')).json).toEqual({ items: [], next_before: null });
    expect((await page('limit=21')).status).toBe(422);
    const { json: audit } = await api.ask(adminToken, 'GET', '/v1/audit?action=approval_rules.put&limit=1');
    expect(audit.items).toMatchObject([
      {
        actor: { caller: 'adam', role: 'admin' },
        object: { type: 'approval_rules', id: String(version) },
        detail: { version, sha256, sha256_before: before, rules: 1 },
      },
    ]);
  });

  it('cannot be changed in the database', async () => {
    await rule(every);
    const refused = (sql: string, refusal: RegExp) =>
      expect(store.prisma.$executeRawUnsafe(sql)).rejects.toThrow(refusal);
    await refused("UPDATE approval_rules SET rules = '[]'", /append-only/);
    await refused('DELETE FROM approval_rules', /append-only/);
    await refused('TRUNCATE approval_rules', /append-only/);
    const stray = "INSERT INTO approval_rules (version, rules, sha256, author) SELECT max(version) + 2, '[]', '', 'x'";
    await refused(`${stray} FROM approval_rules`, /does not follow/);
  });
});

describe('a plan that a rule asks approvals for', () => {
  it('waits for them, even if its submitter set fewer, and names the rule', async () => {
    const { version } = await rule(strict, { ...every, name: 'promotions', when: { operations: ['promote'] } });
    for (const options of [{}, { require_approval: false }, { require_approval: true, approvals: 1 }]) {
      const waiting = await settle(await plan({ options }));
      const asked = { approvals_required: 2, approval_rules: { version, names: ['strict'] } };
      expect(waiting).toMatchObject({ ...asked, state: 'awaiting_approval' });
      expect((await approve('ann', waiting)).state).toBe('awaiting_approval');
      expect((await approve('abe', waiting)).state).toBe('scheduled');
      expect((await settle(waiting)).state).toBe('running');
      const { json: audit } = await api.ask(adminToken, 'GET', `/v1/audit?object_id=${waiting.id}`);
      expect(
        audit.items.find(({ action }: { action: string }) => action === 'plan.awaiting_approval').detail,
      ).toMatchObject({
        approval_rules: { version, names: ['strict'], approvals_required: 2 },
      });
    }
  });

  it('keeps its own number if that is higher', async () => {
    await rule(every);
    const three = await plan({ options: { require_approval: true, approvals: 3 } });
    expect(three).toMatchObject({ approvals_required: 3, approval_rules: { names: ['every'] } });
    const moving = await plan({ operation: 'promote' });
    expect(moving).toMatchObject({ approvals_required: 2, state: 'awaiting_approval' });
  });

  it.each(['awaiting_approval', 'scheduled', 'paused', 'previewed', 'completed_with_failures'] as const)(
    'is refused its start by Postgres itself while it is %s',
    async (state) => {
      await rule(every);
      const { id } = await plan();
      await movePlan(store, id, state);
      await expect(
        store.prisma.$executeRaw`UPDATE plans SET approvals_required = 0 WHERE id = ${id}::uuid`,
      ).rejects.toThrow('needs 1 approvals, and no fewer');
      await expect(
        store.prisma.$executeRaw`UPDATE plans SET state = 'running', started_at = now() WHERE id = ${id}::uuid`,
      ).rejects.toThrow('lacks its approvals');
      expect((await settle({ id } as PlanView)).started_at).toBeNull();
    },
  );

  it('does not start by a worker that knows nothing of rules', async () => {
    await rule(every);
    const id = await submit();
    await claimPlanToResolve(store, id, { workerId, planIds: [] });
    await insertReplicas(store, id, [newResolved({ key_id: `${id}-0` })]);
    await store.prisma.$executeRaw`
      UPDATE plans SET state = 'scheduled', resolved_sha256 = 'a', resolved_at = now() WHERE id = ${id}::uuid`;
    await expect(
      store.prisma.$executeRaw`UPDATE plans SET state = 'running', started_at = now() WHERE id = ${id}::uuid`,
    ).rejects.toThrow('lacks its approvals');
    expect(await read(id)).toMatchObject({ approvals_required: 1, approval_rules: { names: ['every'] } });
  });

  it('of a schedule is judged by the rules for schedules', async () => {
    await rule({ ...every, for: ['schedule'] }, { ...strict, for: ['plan'] });
    const { json: schedule } = await api.ask('otto', 'POST', '/v1/schedules', {
      ...{ name: 'weekly', cron: '0 2 * * sun', time_zone: 'UTC' },
      plan: { name: 'weekly-dr', keys: ['mrk-1'], regions: ['eu-west-1'] },
    });
    const { json: run } = await api.ask('olga', 'POST', `/v1/schedules/${schedule.id}/run`);
    const waiting = await resolve(run.id);
    expect(waiting).toMatchObject({ approvals_required: 1, approval_rules: { names: ['every'] } });
    expect(await plan()).toMatchObject({ approvals_required: 2, approval_rules: { names: ['strict'] } });
    const { status } = await ask('adam', 'POST', `/${run.id}/approve`, { spec_sha256: run.spec_sha256 });
    expect(status).toBe(200);
    expect((await settle(waiting)).state).toBe('running');
  });
});

describe('what a rule is about', () => {
  const [here, there] = ['111122223333', '999999999999'];
  const conditions: Record<string, ApprovalRule['when']> = {
    replicates: { operations: ['replicate', 'promote'] },
    promotes: { operations: ['promote'] },
    here: { accounts: [here] },
    there: { accounts: [there, '888888888888'] },
    into: { regions: ['eu-west-1'] },
    from: { regions: ['us-east-1'] },
    elsewhere: { regions: ['eu-north-1'] },
    two: { min_replicas: 2 },
    policy: { policy_change: true },
    all: { regions: ['eu-west-1'], accounts: [here], min_replicas: 1 },
    'all-but-one': { regions: ['eu-west-1'], accounts: [here], min_replicas: 9 },
  };
  const putAll = () => rule(...Object.entries(conditions).map(([name, when]) => ({ name, when, approvals: 1 })));
  const namesOf = async (...of: Parameters<typeof plan>) => (await plan(...of)).approval_rules.names;

  it('is an operation, accounts, Regions from and into, and a number, by the rows that are not there yet', async () => {
    await putAll();
    const usual = ['replicates', 'here', 'into', 'from', 'all'];
    expect(await namesOf()).toEqual(usual);
    expect(await namesOf({}, [{ state: 'blocked' }])).toEqual(usual);
    expect(await namesOf({}, [{}, { state: 'already_present', account: there }])).toEqual(usual);
    expect(await namesOf({}, [{}, { state: 'blocked', account: '', region: 'eu-north-1' }])).toEqual(usual);
    expect(await namesOf({}, [{}, { account: there }])).toEqual([
      'replicates',
      'here',
      'there',
      ...usual.slice(2, 4),
      'two',
      'all',
    ]);
    expect(await namesOf({}, [{ state: 'already_present' }])).toEqual(['replicates']);
    expect(await namesOf({ operation: 'promote' }, [{ region: 'eu-north-1', account: there }])).toEqual([
      ...['replicates', 'promotes', 'there', 'from', 'elsewhere'],
    ]);
  });

  it('is the key policy of replicas, in every way of setting it', async () => {
    await putAll();
    const policy = { Version: '2012-10-17', Statement: [] };
    const template = { policytemplate: 'dr' };
    for (const replica of [
      { aws_param: { Policy: policy } },
      template,
      { key_users: ['ada'] },
      { external_accounts: [there] },
      { same_as_primary: ['policy' as const] },
    ]) {
      expect(await namesOf({ replica })).toContain('policy');
    }
    expect(await namesOf({ overrides: [{ region: 'eu-west-1', replica: template }] })).toContain('policy');
    const other = { aws_param: { Description: 'x' }, key_users: [], same_as_primary: ['tags' as const] };
    expect(await namesOf({ replica: other })).not.toContain('policy');
  });

  it('is the same to Postgres and to packages/core', async () => {
    const options = <T>(...given: T[]) => given;
    const rules = options<ApprovalRule['for']>(undefined, ['plan'], ['schedule', 'drill']).flatMap((subjects) =>
      options<ApprovalRule['when']['operations']>(undefined, ['promote']).flatMap((operations) =>
        options<ApprovalRule['when']['accounts']>(undefined, [here]).flatMap((accounts) =>
          options<ApprovalRule['when']['regions']>(undefined, ['eu-west-1', 'eu-west-2']).flatMap((regions) =>
            options<true | undefined>(undefined, true).flatMap((policy_change) =>
              options<number | undefined>(undefined, 10).map((min_replicas): ApprovalRule => {
                const when = JSON.parse(JSON.stringify({ operations, accounts, regions, policy_change, min_replicas }));
                return { name: 'one', when, approvals: 1, ...(subjects === undefined ? {} : { for: subjects }) };
              }),
            ),
          ),
        ),
      ),
    );
    const facts = options<ApprovalFacts['for']>(['plan'], ['schedule'], ['drill', 'plan']).flatMap((subjects) =>
      options<ApprovalFacts['operations']>([], ['replicate'], ['promote', 'replicate']).flatMap((operations) =>
        options<ApprovalFacts['accounts']>(null, [], [here], ['999999999999']).flatMap((accounts) =>
          options<ApprovalFacts['regions']>([], ['eu-west-2']).flatMap((regions) =>
            options(true, false).flatMap((policy_change) =>
              options<number | null>(null, 9, 10).map(
                (replicas): ApprovalFacts => ({
                  for: subjects,
                  operations,
                  accounts,
                  regions,
                  policy_change,
                  replicas,
                }),
              ),
            ),
          ),
        ),
      ),
    );
    const rows = await store.prisma.$queryRaw<{ matches: boolean }[]>`
      SELECT approval_rule_matches(r, f) AS matches FROM jsonb_array_elements(${JSON.stringify(rules)}::jsonb) WITH ORDINALITY a(r, i),
        jsonb_array_elements(${JSON.stringify(facts)}::jsonb) WITH ORDINALITY b(f, j) ORDER BY i, j`;
    const ours = rules.flatMap((one) => facts.map((of) => approvalsNeeded([one], of).approvals === 1));
    expect(rows.map(({ matches }) => matches)).toEqual(ours);
    expect(new Set(ours).size).toBe(2);
  });
});

describe('rules that become stricter', () => {
  it('apply to a plan that waits for approvals, and show at once', async () => {
    await rule(every);
    const waiting = await plan();
    const { version } = await rule(strict);
    expect(await read(waiting.id)).toMatchObject({
      ...{ approvals_required: 2, approval_rules: { version, names: ['strict'] } },
      reason: expect.stringContaining('0 of 2 given'),
    });
    expect((await approve('ann', waiting)).state).toBe('awaiting_approval');
    expect((await approve('abe', waiting)).state).toBe('scheduled');
  });

  it('apply to a plan that waits for its start: it goes back', async () => {
    const scheduled = await plan({ options: { start_at: anHourAhead() } });
    expect(scheduled.state).toBe('scheduled');
    await rule(every);
    expect(await settle(scheduled)).toMatchObject({
      state: 'awaiting_approval',
      reason: 'The approval rules became stricter: more approvals needed.',
    });
    expect((await approve('ann', scheduled)).state).toBe('scheduled');
  });

  it('apply to a preview when it is executed, and to a plan that was paused before its start', async () => {
    const previewed = await plan({ mode: 'preview' });
    const paused = await plan({ options: { start_at: anHourAhead() } });
    await command('olga', paused, 'pause');
    await rule(every);
    expect(await read(previewed.id)).toMatchObject({ state: 'previewed', approvals_required: 1 });
    expect((await command('olga', previewed, 'execute')).state).toBe('awaiting_approval');
    expect((await command('olga', paused, 'resume')).state).toBe('awaiting_approval');
  });

  it('do not affect a running plan, and apply when it is retried after its end', async () => {
    const running = await settle(await plan());
    expect(running.state).toBe('running');
    await rule(every);
    await command('olga', running, 'pause');
    expect(await command('olga', running, 'resume')).toMatchObject({ state: 'running', approvals_required: 0 });
    for (const state of ['queued', 'replicating', 'failed']) {
      await store.prisma.$executeRaw`
        UPDATE replicas SET state = ${state}::replica_state WHERE plan_id = ${running.id}::uuid`;
    }
    expect((await settle(running)).state).toBe('completed_with_failures');
    expect(await command('olga', running, 'retry')).toMatchObject({
      ...{ state: 'awaiting_approval', approvals_required: 1 },
    });
    expect((await approve('ann', running)).state).toBe('running');
  });

  it('and a start at the same moment: the start comes first, or does not come', async () => {
    const plans = await Promise.all(Array.from({ length: 6 }, () => plan()));
    // One that Postgres refuses is started by nobody: it is looked at again in the next round.
    await Promise.allSettled([rule(every), settlePlans(store), settlePlans(store)]);
    for (const { id } of plans) {
      const { state, started_at, approvals_required } = await settle({ id } as PlanView);
      expect([state, approvals_required]).toEqual(started_at === null ? ['awaiting_approval', 1] : ['running', 0]);
    }
  });
});

test('weaker rules do not lower the approvals of a waiting plan', async () => {
  const { version } = await rule(strict);
  const waiting = await plan();
  await rule({ ...every, name: 'weaker' });
  await rule();
  expect(await settle(waiting)).toMatchObject({
    ...{ state: 'awaiting_approval', approvals_required: 2, approval_rules: { version, names: ['strict'] } },
  });
  expect(await plan()).toMatchObject({ state: 'scheduled', approvals_required: 0, approval_rules: { names: [] } });
});

describe('a drill that a rule asks approvals for', () => {
  const runbook = { name: 'drill', scenario: 'A test.', keys: ['mrk-1'], regions: ['eu-west-1'] };
  const view = async (id: string): Promise<DrillView> => (await api.ask('olga', 'GET', `/v1/drills/${id}`)).json;
  /** Declares it, and does what a worker does that has read its keys. */
  async function declare(more: object): Promise<DrillView> {
    const { json } = await api.ask('olga', 'POST', '/v1/drills', { ...runbook, ...more });
    await inTransaction(store, async (tx) => {
      await setScope(tx, json.id, { scopeSha256: 'a'.repeat(64), keys: 1 });
      await changeDrill(tx, json.id, 'awaiting_approval', null);
    });
    return view(json.id);
  }
  const decide = async (token: string, { id, spec_sha256 }: DrillView): Promise<DrillView> =>
    (await api.ask(token, 'POST', `/v1/drills/${id}/approve`, { spec_sha256 })).json;
  const steps = [{ step: 'replicate' }];

  it('waits for them, and for more where the rules become stricter before it begins', async () => {
    await rule({ ...every, for: ['drill'] });
    const drill = await declare({ steps });
    expect(drill).toMatchObject({ approvals_required: 1, approval_rules: { names: ['every'] } });
    await rule(strict);
    expect(await view(drill.id)).toMatchObject({
      approvals_required: 2,
      reason: '0 of 2 approvals, waiting for 2 more, not by olga.',
    });
    await expect(
      store.prisma.$executeRaw`UPDATE drills SET state = 'running', started_at = now() WHERE id = ${drill.id}::uuid`,
    ).rejects.toThrow('lacks its approvals');
    expect((await decide('ann', drill)).state).toBe('awaiting_approval');
    expect((await decide('abe', drill)).state).toBe('running');
    await rule({ ...strict, approvals: 5 });
    await store.prisma.$executeRaw`UPDATE drills SET reason = 'x' WHERE id = ${drill.id}::uuid`;
    expect((await view(drill.id)).approvals_required).toBe(2);
    const [{ allows }] = await store.prisma.$queryRaw<[{ allows: boolean }]>`
      SELECT drill_allows(${drill.id}::uuid) AS allows`;
    expect(allows).toBe(true);
  });

  it('is judged by all that its steps may do, also as the plans that they make; a rehearsal is not', async () => {
    const conditions: Record<string, Partial<ApprovalRule>> = {
      replicates: { when: { operations: ['replicate'] } },
      promotes: { when: { operations: ['promote'] } },
      into: { when: { regions: ['eu-west-1'] } },
      elsewhere: { when: { regions: ['eu-north-1'] } },
      policy: { when: { policy_change: true } },
      plans: { for: ['plan'] },
      schedules: { for: ['schedule'] },
      drills: { for: ['drill'] },
    };
    await rule(...Object.entries(conditions).map(([name, more]) => ({ ...strict, name, ...more })));
    const names = async (more: object) => (await declare(more)).approval_rules.names;
    expect(await names({ steps })).toEqual(['replicates', 'into', 'plans', 'drills']);
    expect(await names({ steps, same_as_primary: ['policy'] })).toContain('policy');
    expect(await names({ steps: [{ step: 'promote', to: 'eu-west-1' }], same_as_primary: ['policy'] })).toEqual([
      ...['promotes', 'into', 'plans', 'drills'],
    ]);
    expect(await names({ steps: [{ step: 'verify' }] })).toEqual(['into', 'drills']);
    expect(await declare({ steps, mode: 'rehearse' })).toMatchObject({
      approvals_required: 0,
      approval_rules: { names: [] },
    });
  });

  it('has plans whose limits may be tightened, and not loosened', async () => {
    await rule(every);
    const drill = await declare({ steps });
    await decide('ann', drill);
    const spec = planSpecSchema.parse({ name: 'close', keys: ['mrk-1'], regions: ['eu-west-1'] });
    const of = { spec, scope: everywhere, createdBy: 'olga', drill: { id: drill.id, step: '1-replicate' } };
    const id = await inTransaction(store, (tx) => addPlan(store, tx, of));
    const running = await settle(await resolve(id));
    expect(running).toMatchObject({ state: 'running', approvals_required: 0, approval_rules: { names: [] } });
    const change = (options: object) => ask('olga', 'PATCH', `/${id}`, { options });
    expect((await change({ max_in_flight: 1 })).json).toMatchObject({ state: 'running' });
    await command('olga', running, 'pause');
    const { status, json } = await change({ max_in_flight: 2 });
    expect([status, json.detail]).toEqual([409, expect.stringContaining(`approved with drill ${drill.id}`)]);
  });

  it('needs no fewer than its runbook asks for, and cannot have them taken away', async () => {
    await rule(every);
    const drill = await declare({ steps, approvals: 3 });
    expect(drill.approvals_required).toBe(3);
    await expect(
      store.prisma.$executeRaw`UPDATE drills SET approvals_required = 0 WHERE id = ${drill.id}::uuid`,
    ).rejects.toThrow('cannot be changed');
  });
});
