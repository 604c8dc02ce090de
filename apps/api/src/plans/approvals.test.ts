import { createHash, randomUUID } from 'node:crypto';
import { everywhere, type PlanSpecInput, type PlanView, planSpecSchema, type Role } from '@keyferry/core';
import {
  claimPlanToResolve,
  finishResolving,
  insertReplicas,
  inTransaction,
  registerWorker,
  type Store,
  settlePlans,
} from '@keyferry/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPlan } from '../../../../packages/store/src/plans/insert-plan.ts';
import { startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { movePlan } from '../../../../test/models/plans/move-plan.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';

let api: TestApi;
let store: Store;
let workerId: string;
beforeAll(async () => {
  api = await startForTest();
  store = api.store;
  workerId = await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  for (const [name, role] of people) await api.letIn(name, { name, role });
  await api.letIn('olga-2', { name: 'olga', role: 'approver' });
}, 120_000);
afterAll(() => api?.stop());

/** Callers by their tokens, which are their names here. */
const people: readonly [string, Role][] = [
  ['olga', 'operator'],
  ['otto', 'operator'],
  ['ann', 'approver'],
  ['abe', 'approver'],
  ['adam', 'admin'],
];

const ask = (token: string, method: string, path: string, body?: unknown) =>
  api.ask(token, method, `/v1/plans${path}`, body);
const read = async (id: string): Promise<PlanView> => (await ask('olga', 'GET', `/${id}`)).json;
const approve = async (token: string, { id, spec_sha256 }: PlanView, more: object = {}) =>
  ask(token, 'POST', `/${id}/approve`, { spec_sha256, ...more });
const command = (token: string, { id }: PlanView, name: string, body?: object) =>
  ask(token, 'POST', `/${id}/${name}`, body);

/** Does what the worker does: a pending and a blocked row. */
async function resolve(id: string): Promise<PlanView> {
  const claimed = await claimPlanToResolve(store, id, { workerId, planIds: [] });
  if (!claimed?.again)
    await insertReplicas(store, id, [
      newResolved({ key_id: `${id}-b` }),
      newResolved({ key_id: `${id}-a`, state: 'blocked' }),
    ]);
  const preview = claimed?.spec.mode === 'preview' && !claimed.again;
  await finishResolving(store, id, { preview, lowerBoundSeconds: 0 });
  return read(id);
}

/** A plan of olga's that awaits its approvals. */
async function plan(options: PlanSpecInput['options'] = {}, more: Partial<PlanSpecInput> = {}): Promise<PlanView> {
  const base = { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] };
  const { json } = await ask('olga', 'POST', '', { ...base, ...more, options: { require_approval: true, ...options } });
  return resolve(json.id);
}
const anHourAhead = () => new Date(Date.now() + 3_600_000).toISOString();
/** Lets the time pass in which approvals are good: they cannot be changed otherwise. */
const expire = async ({ id }: PlanView) => {
  await store.prisma.$executeRaw`ALTER TABLE approvals DISABLE TRIGGER approvals_only_voided`;
  await store.prisma
    .$executeRaw`UPDATE approvals SET expires_at = now() - interval '1 second' WHERE plan_id = ${id}::uuid`;
  await store.prisma.$executeRaw`ALTER TABLE approvals ENABLE TRIGGER approvals_only_voided`;
};
const startsNow = ({ id }: PlanView) =>
  store.prisma.$executeRaw`UPDATE plans SET start_at = now() WHERE id = ${id}::uuid`;
/** The worker's round, twice: what it has moved may be moved on. */
const settle = async ({ id }: PlanView): Promise<PlanView> => {
  await settlePlans(store);
  await settlePlans(store);
  return read(id);
};
/** Ends what a plan has to do as a failure. */
const failAll = async (one: PlanView): Promise<PlanView> => {
  for (const state of ['queued', 'replicating', 'failed']) {
    await store.prisma.$executeRaw`
      UPDATE replicas SET state = ${state}::replica_state WHERE plan_id = ${one.id}::uuid AND state <> 'blocked'`;
  }
  return settle(one);
};

describe('a plan that requires approval', () => {
  it('waits for it, says so, and starts with the last approval it needs', async () => {
    const waiting = await settle(await plan({ approvals: 2, change_ticket: 'CHG-1' }));
    expect(waiting).toMatchObject({
      state: 'awaiting_approval',
      approvals_required: 2,
      approvals: [],
      proposed_by: ['olga'],
      reason: 'Waiting for approval by others than its submitter: 0 of 2 given.',
    });
    const { json: first } = await approve('ann', waiting, { comment: 'looks right' });
    expect(first).toMatchObject({ state: 'awaiting_approval', reason: expect.stringContaining('1 of 2 given') });
    expect(first.approvals).toMatchObject([
      {
        ...{ approver: 'ann', role: 'approver', comment: 'looks right', void_reason: null, voided_at: null },
        ...{ spec_sha256: waiting.spec_sha256, resolved_sha256: waiting.resolved_sha256 },
        limits: { priority: 0, max_in_flight: 50, failure_tolerance: null, windows: [] },
      },
    ]);
    const [{ approved_at, expires_at }] = first.approvals;
    expect(Date.parse(expires_at) - Date.parse(approved_at)).toBe(60_000);
    expect((await approve('adam', waiting)).json).toMatchObject({ state: 'scheduled', reason: null });
    expect(await settle(waiting)).toMatchObject({
      state: 'running',
      approvals: [{ approver: 'ann' }, { approver: 'adam' }],
    });
  });

  it('counts an approver once, however often and at once', async () => {
    const waiting = await plan({ approvals: 2 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => approve('ann', waiting)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await read(waiting.id)).toMatchObject({ state: 'awaiting_approval', approvals: [{ approver: 'ann' }] });
    await approve('abe', waiting);
    expect((await approve('abe', await settle(waiting))).json).toMatchObject({ state: 'running' });
  });

  it('continues once when its last approvers approve at the same time', async () => {
    const waiting = await plan({ approvals: 2 });
    const answers = await Promise.all(['ann', 'abe', 'adam'].map((token) => approve(token, waiting)));
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
    const after = await settle(waiting);
    expect(after).toMatchObject({ state: 'running' });
    expect(after.approvals).toHaveLength(2);
  });

  it.each([
    ['who submitted it', 'olga-2', async () => plan()],
    [
      'who submitted it, admin or not',
      'adam',
      async () => {
        const { json } = await ask('adam', 'POST', '', {
          ...{ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], options: { require_approval: true } },
        });
        return resolve(json.id);
      },
    ],
    [
      'who executed its preview',
      'adam',
      async () => {
        const previewed = await plan({}, { mode: 'preview' });
        expect(previewed.state).toBe('previewed');
        return (await command('adam', previewed, 'execute')).json;
      },
    ],
    [
      'who changed it',
      'adam',
      async () => (await ask('adam', 'PATCH', `/${(await plan()).id}`, { options: { max_in_flight: 1 } })).json,
    ],
  ])('is not approved by %s', async (_who, token, make) => {
    const waiting: PlanView = await make();
    expect(waiting.state).toBe('awaiting_approval');
    const { status, json } = await approve(token, waiting);
    expect(status).toBe(403);
    expect(json.detail).toContain('and cannot approve this plan. Another person must approve it.');
    expect((await approve('ann', waiting)).json).toMatchObject({
      state: 'scheduled',
      approvals: [{ approver: 'ann' }],
    });
  });

  it.each([
    ['another spec', { spec_sha256: 'a'.repeat(64) }],
    ['other rows', { resolved_sha256: 'b'.repeat(64) }],
    ['other limits', { limits: { max_in_flight: 7 } }],
    ['other limits, of failures', { limits: { failure_tolerance: { count: 3 } } }],
  ])('is not approved as %s', async (_what, seen) => {
    const waiting = await plan();
    expect((await approve('ann', waiting, seen)).status).toBe(409);
    expect(await read(waiting.id)).toMatchObject({ state: 'awaiting_approval', approvals: [] });
    const { spec_sha256, resolved_sha256 } = waiting;
    const limits = { priority: 0, max_in_flight: 50, failure_tolerance: null, windows: [] };
    expect((await approve('ann', waiting, { spec_sha256, resolved_sha256, limits })).json.state).toBe('scheduled');
  });

  it('cannot be approved before it is resolved or after its end', async () => {
    const { json: early } = await ask('olga', 'POST', '', {
      ...{ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], options: { require_approval: true } },
    });
    expect((await approve('ann', early)).status).toBe(409);
    const waiting = await resolve(early.id);
    await command('olga', waiting, 'cancel');
    expect((await approve('ann', waiting)).json).toMatchObject({
      status: 409,
      detail: expect.stringContaining('cancelled'),
    });
  });

  it('shows the SHA-256 of its rows, which can be recomputed', async () => {
    const waiting = await plan();
    const { json } = await ask('ann', 'GET', `/${waiting.id}/replicas`);
    const lines = json.items
      .map((one: Record<string, string>) => `${one.key_id} ${one.region} ${one.state} ${one.row_sha256}\n`)
      .sort();
    expect(lines).toHaveLength(2);
    expect(waiting.resolved_sha256).toBe(createHash('sha256').update(lines.join('')).digest('hex'));
  });

  it('is refused with several approvals when it would run without any', () => {
    const spec = { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], options: { approvals: 2 } };
    expect(planSpecSchema.safeParse(spec).error?.issues).toMatchObject([{ path: ['options', 'approvals'] }]);
  });
});

describe('a change', () => {
  const change = (one: PlanView) => ask('otto', 'PATCH', `/${one.id}`, { options: { priority: 9 } });
  const voided = {
    approver: 'ann',
    void_reason: 'otto changed the limits of the plan.',
    voided_at: expect.any(String),
  };

  it('voids the given approvals, and new ones are needed', async () => {
    const waiting = await plan({ approvals: 2 });
    await approve('ann', waiting);
    expect((await change(waiting)).json).toMatchObject({ state: 'awaiting_approval', approvals: [voided] });
    await approve('abe', waiting);
    const { json } = await approve('ann', waiting);
    expect(json).toMatchObject({ state: 'scheduled', approvals: [voided, { approver: 'abe' }, { approver: 'ann' }] });
    expect(json.approvals[2]).toMatchObject({ limits: { priority: 9 }, void_reason: null });
  });

  it('takes a scheduled plan back to wait for them', async () => {
    const scheduled = await plan({ start_at: anHourAhead() });
    await approve('ann', scheduled);
    expect((await change(scheduled)).json).toMatchObject({
      ...{ state: 'awaiting_approval', reason: 'otto changed the limits: the plan needs new approvals.' },
      approvals: [voided],
    });
    await startsNow(scheduled);
    expect(await settle(scheduled)).toMatchObject({ state: 'awaiting_approval', started_at: null });
  });

  it('of a plan that was paused before its start is found when it is resumed', async () => {
    const scheduled = await plan({ start_at: anHourAhead() });
    await approve('ann', scheduled);
    await command('olga', scheduled, 'pause');
    expect((await change(scheduled)).json).toMatchObject({ state: 'paused', approvals: [voided] });
    await startsNow(scheduled);
    expect((await command('olga', scheduled, 'resume')).json).toMatchObject({
      state: 'awaiting_approval',
      started_at: null,
    });
    expect((await approve('abe', scheduled)).json.state).toBe('scheduled');
    expect((await settle(scheduled)).state).toBe('running');
  });

  it('and a resume at the same moment: no plan starts without approvals, and no caller gets an error', async () => {
    const scheduled = await Promise.all(Array.from({ length: 8 }, () => plan({ start_at: anHourAhead() })));
    await Promise.all(scheduled.map((one) => approve('ann', one)));
    await Promise.all(scheduled.map((one) => command('olga', one, 'pause')));
    await Promise.all(scheduled.map(startsNow));
    const answers = await Promise.all(scheduled.flatMap((one) => [change(one), command('olga', one, 'resume')]));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const { id } of scheduled) {
      const { state, approvals } = await read(id);
      expect([state, approvals[0]?.void_reason ?? null]).toEqual(
        state === 'running' ? ['running', null] : ['awaiting_approval', voided.void_reason],
      );
    }
  });

  it('during the check before its start is found when that ends', async () => {
    const scheduled = await plan();
    await store.prisma
      .$executeRaw`UPDATE plans SET resolved_at = now() - interval '1 day' WHERE id = ${scheduled.id}::uuid`;
    expect((await approve('ann', scheduled)).json).toMatchObject({
      state: 'resolving',
      reason: expect.stringContaining('again'),
    });
    await change(scheduled);
    expect(await resolve(scheduled.id)).toMatchObject({ state: 'awaiting_approval', approvals: [voided] });
  });

  it('and a start at the same moment: the start comes first, or does not come', async () => {
    const waiting = await Promise.all(Array.from({ length: 12 }, () => plan()));
    await Promise.all(waiting.map((one) => approve('ann', one)));
    await Promise.all([...waiting.map(change), settlePlans(store), settlePlans(store)]);
    const after = await Promise.all(waiting.map(({ id }) => read(id)));
    for (const { state, approvals } of after) {
      expect([state, approvals[0]?.void_reason ?? null]).toEqual(
        state === 'running' ? ['running', null] : ['awaiting_approval', voided.void_reason],
      );
    }
  });

  const to = (one: PlanView, options: object) => ask('otto', 'PATCH', `/${one.id}`, { options });

  it('that tightens the limits of a plan that runs is taken at once, under the approvals that it has', async () => {
    const waiting = await plan({ max_in_flight: 20, priority: 5, failure_tolerance: { count: 3 } });
    await approve('ann', waiting);
    await settle(waiting);
    const nights = { days: ['sat'], from: '22:00', to: '06:00', time_zone: 'Europe/Berlin' };
    for (const tighter of [
      { max_in_flight: 10 },
      { priority: 4 },
      { failure_tolerance: { count: 2 } },
      { windows: [nights] },
    ]) {
      const { json } = await to(waiting, tighter);
      expect(json).toMatchObject({ state: 'running', spec: { options: tighter }, approvals: [{ void_reason: null }] });
    }
    await command('olga', waiting, 'pause');
    await to(waiting, { max_in_flight: 1 });
    expect((await command('olga', waiting, 'resume')).json).toMatchObject({ state: 'running' });
  });

  it('that loosens them is refused while it runs, with what to do', async () => {
    const waiting = await plan({ max_in_flight: 20, failure_tolerance: { count: 3 } });
    await approve('ann', waiting);
    const running = await settle(waiting);
    for (const looser of [
      { max_in_flight: 21 },
      { max_in_flight: 1, priority: 9 },
      { failure_tolerance: { count: 4 } },
      { failure_tolerance: { percent: 1 } },
      { failure_tolerance: null },
    ]) {
      const { status, json } = await to(waiting, looser);
      expect([status, json.detail]).toEqual([409, expect.stringContaining('Pause the plan first')]);
    }
    expect((await read(waiting.id)).spec).toEqual(running.spec);
  });

  it('that loosens them while it is paused or halted voids the approvals: it waits for new ones when it is resumed', async () => {
    for (const state of ['paused', 'halted'] as const) {
      const waiting = await plan();
      await approve('ann', waiting);
      await settle(waiting);
      await movePlan(store, waiting.id, state);
      expect((await change(waiting)).json).toMatchObject({ state, approvals: [voided] });
      await expect(
        store.prisma.$executeRaw`UPDATE plans SET state = 'running' WHERE id = ${waiting.id}::uuid`,
      ).rejects.toThrow('lacks its approvals');
      const resumed = (await command('olga', waiting, 'resume')).json;
      expect(resumed).toMatchObject({ state: 'awaiting_approval', started_at: expect.any(String) });
      expect((await settle(waiting)).state).toBe('awaiting_approval');
      expect((await approve('adam', waiting)).json).toMatchObject({
        state: 'running',
        spec: { options: { priority: 9 } },
      });
    }
  });

  it('of a plan that needs no approvals is taken as it is', async () => {
    const { json } = await ask('olga', 'POST', '', { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
    const running = await settle(await resolve(json.id));
    expect((await to(running, { max_in_flight: 500, priority: 9 })).json).toMatchObject({ state: 'running' });
  });
});

describe('approvals that have expired', () => {
  it('do not start a plan: it waits for new ones, from the same people if they like', async () => {
    const scheduled = await plan({ start_at: anHourAhead() });
    await approve('ann', scheduled);
    await expire(scheduled);
    await startsNow(scheduled);
    expect(await settle(scheduled)).toMatchObject({
      ...{
        state: 'awaiting_approval',
        started_at: null,
        reason: expect.stringContaining('expired before the plan started'),
      },
      approvals: [{ approver: 'ann', void_reason: expect.stringContaining('expired') }],
    });
    expect((await approve('ann', scheduled)).json.state).toBe('scheduled');
    expect((await settle(scheduled)).state).toBe('running');
  });

  it('count no more while others are waited for', async () => {
    const waiting = await plan({ approvals: 2 });
    await approve('ann', waiting);
    await expire(waiting);
    expect((await approve('abe', waiting)).json).toMatchObject({
      ...{ state: 'awaiting_approval', reason: expect.stringContaining('1 of 2 given') },
      approvals: [{ void_reason: expect.stringContaining('expired') }, { void_reason: null }],
    });
    expect((await approve('ann', waiting)).json.state).toBe('scheduled');
  });

  it('are needed again when a plan is resumed that had not started', async () => {
    const scheduled = await plan({ start_at: anHourAhead() });
    await approve('ann', scheduled);
    await command('olga', scheduled, 'pause');
    await expire(scheduled);
    expect((await command('olga', scheduled, 'resume')).json).toMatchObject({ state: 'awaiting_approval' });
  });

  it('apply to a running plan, and are needed again when it is retried after its end', async () => {
    const waiting = await plan();
    await approve('ann', waiting);
    await settle(waiting);
    await expire(waiting);
    await command('olga', waiting, 'pause');
    expect((await command('olga', waiting, 'resume')).json.state).toBe('running');
    expect(await failAll(waiting)).toMatchObject({ state: 'completed_with_failures' });
    expect((await command('adam', waiting, 'retry')).json).toMatchObject({
      state: 'awaiting_approval',
      counts: { pending: 2 },
    });
    expect((await settle(waiting)).state).toBe('awaiting_approval');
    expect((await approve('adam', waiting)).json.detail).toContain('ran it again');
    expect((await approve('ann', waiting)).json).toMatchObject({ state: 'running', finished_at: null });
  });

  it('that are given again for a retry cover its current state: a change voids them', async () => {
    const waiting = await plan({ approvals: 2 });
    await approve('ann', waiting);
    await approve('abe', waiting);
    await settle(waiting);
    await expire(waiting);
    await failAll(waiting);
    await command('olga', waiting, 'retry');
    await approve('ann', waiting);
    const { json } = await ask('otto', 'PATCH', `/${waiting.id}`, { options: { max_in_flight: 500 } });
    expect(json.approvals[2]).toMatchObject({ approver: 'ann', void_reason: expect.stringContaining('otto changed') });
    expect((await approve('abe', waiting)).json).toMatchObject({ state: 'awaiting_approval' });
    expect((await approve('ann', waiting)).json).toMatchObject({ state: 'running' });
  });

  it('are not asked for while those given hold: a retry runs on', async () => {
    const waiting = await plan();
    await approve('ann', waiting);
    await settle(waiting);
    await failAll(waiting);
    expect((await command('olga', waiting, 'retry')).json).toMatchObject({ state: 'running' });
  });

  it('leave a plan its start, however it ended before', async () => {
    const scheduled = await plan({ start_at: anHourAhead() });
    await approve('ann', scheduled);
    await command('olga', scheduled, 'pause');
    await failAll(scheduled);
    expect((await command('olga', scheduled, 'retry')).json).toMatchObject({ state: 'scheduled', started_at: null });
  });

  it('are needed again when everything in a paused plan was retried', async () => {
    const scheduled = await plan({ start_at: anHourAhead() });
    await approve('ann', scheduled);
    await command('olga', scheduled, 'pause');
    await expire(scheduled);
    expect(await failAll(scheduled)).toMatchObject({ state: 'completed_with_failures', started_at: null });
    expect((await command('olga', scheduled, 'retry')).json).toMatchObject({ state: 'awaiting_approval' });
  });
});

describe('the record of approvals', () => {
  it('is in the report, with the change ticket', async () => {
    const waiting = await plan({ change_ticket: 'CHG-<7>', approvals: 2 });
    await approve('ann', waiting, { comment: 'as <agreed>' });
    await ask('otto', 'PATCH', `/${waiting.id}`, { options: { priority: 9 } });
    await approve('abe', waiting);
    const { json } = await ask('ann', 'GET', `/${waiting.id}/report?format=json`);
    expect(json.plan).toMatchObject({
      spec: { options: { change_ticket: 'CHG-<7>' } },
      approvals: [
        { approver: 'ann', void_reason: expect.any(String) },
        { approver: 'abe', void_reason: null },
      ],
    });
    const { text } = await ask('ann', 'GET', `/${waiting.id}/report?format=html`);
    expect(text).toContain('Change ticket CHG-&lt;7&gt;');
    expect(text).toMatch(/Approved .* by ann \(approver\): as &lt;agreed&gt; · void since .*: otto changed the limits/);
    expect(text).toMatch(/Approved .* by abe \(approver\)/);
  });

  it('cannot be changed or deleted, not even in the database', async () => {
    const waiting = await plan();
    await approve('ann', waiting);
    const { id } = waiting;
    const refused = (sql: string) =>
      expect(store.prisma.$executeRawUnsafe(sql, id)).rejects.toThrow(/may be voided, once|append-only/);
    await refused("UPDATE approvals SET approver = 'abe' WHERE plan_id = $1::uuid");
    await refused("UPDATE approvals SET voided_at = now(), void_reason = 'x', comment = 'y' WHERE plan_id = $1::uuid");
    await refused('DELETE FROM approvals WHERE plan_id = $1::uuid');
    await ask('otto', 'PATCH', `/${id}`, { options: { priority: 9 } });
    await refused('UPDATE approvals SET voided_at = NULL, void_reason = NULL WHERE plan_id = $1::uuid');
  });

  it.each(['awaiting_approval', 'scheduled', 'paused', 'completed_with_failures'] as const)(
    'is what Postgres itself asks for before a plan that is %s may run',
    async (state) => {
      const { id } = await plan();
      await movePlan(store, id, state);
      const start = store.prisma
        .$executeRaw`UPDATE plans SET state = 'running', started_at = now() WHERE id = ${id}::uuid`;
      await expect(start).rejects.toThrow('lacks its approvals');
    },
  );
});

describe('a promotion', () => {
  const promote = { operation: 'promote' as const };
  const submitted = (options: object, more: object = {}) =>
    ask('olga', 'POST', '', { name: 'move', keys: ['mrk-1'], regions: ['eu-west-1'], ...promote, ...more, options });

  it('is approved by two where it does not say, and starts with the second', async () => {
    const { json } = await submitted({});
    const waiting = await resolve(json.id);
    expect(waiting).toMatchObject({ state: 'awaiting_approval', operation: 'promote', approvals_required: 2 });
    expect((await approve('ann', waiting)).json.state).toBe('awaiting_approval');
    expect((await approve('adam', waiting)).json.state).toBe('scheduled');
    expect(await settle(waiting)).toMatchObject({ state: 'running' });
  });

  it('is refused with fewer, through the API and by the table itself', async () => {
    expect((await submitted({ approvals: 1 })).status).toBe(422);
    expect((await submitted({ require_approval: false })).status).toBe(422);
    const { id } = await plan({ approvals: 1 });
    await expect(
      store.prisma.$executeRaw`UPDATE plans SET operation = 'promote' WHERE id = ${id}::uuid`,
    ).rejects.toThrow('plans_promotion_approved');
  });
});

describe('a plan of a drill', () => {
  it('needs no separate approvals, and starts only when the drill starts it', async () => {
    const spec = planSpecSchema.parse({ name: 'move', operation: 'promote', keys: ['mrk-1'], regions: ['eu-west-1'] });
    const drill = { id: randomUUID(), step: '2-promote' };
    const id = await inTransaction(store, (tx) =>
      addPlan(store, tx, { spec, scope: everywhere, createdBy: 'olga', drill }),
    );
    const waiting = await resolve(id);
    const facts = { drill_id: drill.id, drill_step: '2-promote', approvals_required: 0 };
    expect(waiting).toMatchObject({ ...facts, state: 'scheduled' });
    expect(await settle(waiting)).toMatchObject({ state: 'scheduled' });
    expect((await command('olga', waiting, 'pause')).json.state).toBe('paused');
    expect((await command('olga', waiting, 'resume')).json.state).toBe('scheduled');
    await expect(store.prisma.$executeRaw`UPDATE plans SET state = 'running' WHERE id = ${id}::uuid`).rejects.toThrow(
      'does not let it run',
    );
    await store.prisma.$executeRawUnsafe(
      'CREATE OR REPLACE FUNCTION drill_allows(drill_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$',
    );
    expect(await settle(waiting)).toMatchObject({ state: 'running' });
  });
});
