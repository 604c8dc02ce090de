import { everywhere, overviewViewSchema, planSpecSchema } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import {
  finishResolving,
  insertPlan,
  insertReplicas,
  openCircuit,
  recordOutcomes,
  registerWorker,
  settlePlans,
  slowLane,
} from '@keyferry/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecentFailures } from '../../../../packages/store/src/overview/recent-failures.ts';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { until } from '../../../../test/harness/until.ts';
import { movePlan } from '../../../../test/models/plans/move-plan.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';
import { livePlans } from './live-plans.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 120_000);
afterAll(() => api?.stop());

const account = '111122223333';
const overview = async () => overviewViewSchema.parse((await api.ask(adminToken, 'GET', '/v1/overview')).json);

async function newPlan(name: string, options: object = {}): Promise<string> {
  const spec = planSpecSchema.parse({ name, keys: ['mrk-1'], regions: ['eu-west-1'], options });
  const { planId } = await insertPlan(api.store, {
    spec,
    scope: everywhere,

    createdBy: 'anna',
    idempotency: null,
  });
  await insertReplicas(api.store, planId, [newResolved({ key_id: `key-of-${planId}` })]);
  return planId;
}
const resolved = (planId: string) => finishResolving(api.store, planId, { preview: false, lowerBoundSeconds: 1 });
const reasonsOf = async () => {
  const { health, reasons } = await overview();
  return [health, ...reasons.map(({ code }) => code)];
};

describe('the overview', () => {
  it('of an installation without anything asks for a worker, and is ok with one', async () => {
    expect(await overview()).toMatchObject({
      health: 'attention',
      reasons: [{ code: 'no_worker' }],
      plans: { items: [], more: 0, by_state: {} },
      cckm: { circuit: 'closed', since: null, last_success_at: null, last_failure: null },
      postgres: { answers: true },
      queue: { engine: 'postgres', answers: true, depth: { replicate: { waiting: 0, active: 0 } } },
      failures: [],
    });
    const id = await registerWorker(api.store, { host: 'one', pid: 7, concurrency: 256, leaseMs: 600_000 });
    const { workers } = await until('it is ok', overview, ({ health }) => health === 'ok');
    expect(workers).toMatchObject({ alive: 1, more: 0, items: [{ id, host: 'one', pid: 7, alive: true, holds: 0 }] });
  });

  it('tells what each plan waits for, what needs somebody first', async () => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const later = await newPlan('later', { start_at: startAt });
    const checked = await newPlan('checked');
    const approved = await newPlan('approved', { require_approval: true });
    const running = await newPlan('running');
    for (const id of [later, approved, running]) await resolved(id);
    await settlePlans(api.store);
    const halted = await newPlan('halted');
    await movePlan(api.store, halted, 'halted');
    await api.store.prisma.plan.update({ where: { id: halted }, data: { reason: 'Too many failed.' } });

    const { plans, reasons } = await until('all are told', overview, (view) => view.plans.items.length === 5);
    expect(plans.items.map(({ id, waits_for }) => [id, waits_for])).toEqual([
      [halted, 'person'],
      [running, null],
      [approved, 'approval'],
      [checked, null],
      [later, 'start_at'],
    ]);
    expect(plans.items[4]).toMatchObject({ name: 'later', start_at: startAt, counts: { total: 1, pending: 1 } });
    expect(plans.by_state).toEqual({ halted: 1, running: 1, awaiting_approval: 1, resolving: 1, scheduled: 1 });
    expect(reasons).toMatchObject([{ code: 'plan_halted', link: `/v1/plans/${halted}` }]);
  });

  it('tells of lanes that are down or throttled, and of what was given up', async () => {
    const { id: workerId } = (await overview()).workers.items[0] ?? { id: '' };
    const place = { account, region: 'eu-west-1' };
    await slowLane(api.store, { ...place, operation: 'CreateKey' });
    await openCircuit(api.store, `${account}:us-east-1:ReplicateKey`, 'kms_internal');
    await api.store.prisma.$executeRaw`
      INSERT INTO lanes (account, region, operation) VALUES (${account}, 'us-east-1', 'ReplicateKey')`;
    const [plan] = await api.store.prisma.plan.findMany({ where: { name: 'running' } });
    const planId = plan?.id ?? '';
    await api.store.prisma.$executeRaw`UPDATE replicas SET state = 'queued' WHERE plan_id = ${planId}::uuid`;
    await api.store.prisma.$executeRaw`
      UPDATE replicas SET state = 'replicating', worker_id = ${workerId}::uuid WHERE plan_id = ${planId}::uuid`;
    const held = await until('the replica is held', overview, ({ workers }) => workers.items[0]?.holds === 1);
    expect(held.lanes).toMatchObject({
      more: 0,
      items: [
        {
          id: `${account}:us-east-1:ReplicateKey`,
          circuit: 'open',
          circuit_reason: 'kms_internal',
          rate_factor: 1,
          waiting: 1,
        },
        { id: `${account}:eu-west-1:CreateKey`, circuit: 'closed', rate_factor: 0.5, throttled_total: 1, waiting: 1 },
      ],
    });
    expect(held.reasons.map(({ code }) => code)).toEqual(['plan_halted', 'lane_down']);

    const at = new Date();
    const error = { code: 'access_denied', message: 'No.', http_status: 400, retryable: false, provider_code: null };
    const attempt = { operation: 'replicate', started_at: at, finished_at: at, http_status: 400, error } as const;
    const [row] = await api.store.prisma.$queryRaw<never[]>`
      SELECT id, epoch, attempts, failures, looks, absences, imports, not_before, look_first,
        lost_answer, asked_by_replica, alias_calls FROM replicas WHERE plan_id = ${planId}::uuid`;
    const changes = { state: 'failed', error } as const;
    const outcome = { row: row as never, changes, attempts: [{ ...attempt, request_id: null, note: null }] };
    expect(await recordOutcomes(api.store, workerId, [outcome])).toHaveLength(1);

    const told = await until('the failure is told', overview, ({ failures }) => failures.length > 0);
    const what_to_do = expect.stringContaining('kms:ReplicateKey');
    expect(told.failures).toMatchObject([
      { code: 'access_denied', count: 1, plans: 1, newest_plan: { id: planId }, what_to_do },
    ]);
    expect(told.cckm.last_failure).toEqual({ at: at.toISOString(), code: 'access_denied' });
    // Nothing waits for them any more: they are listed, and are no reason.
    expect(told.lanes.items.map(({ waiting }) => waiting)).toEqual([0, 0]);
    expect(told.reasons.map(({ code }) => code)).toEqual(['plan_halted', 'replicas_failed']);
  });

  it('forgets what was given up once it is tried again, and what was given up days ago', async () => {
    const recent = () => readRecentFailures(api.store.prisma, 24);
    const [before] = await recent();
    const planId = before?.newest_plan_id ?? '';
    const undo = new Error('undone');
    const after = async (sql: string) => {
      let seen: unknown;
      const changing = api.store.prisma.$transaction(async (tx) => {
        await tx.$executeRawUnsafe(`UPDATE replicas SET ${sql} WHERE plan_id = $1::uuid`, planId);
        seen = await readRecentFailures(tx, 24);
        throw undo;
      });
      await expect(changing).rejects.toBe(undo);
      return seen;
    };
    expect(await after("state = 'pending', failed_at = NULL")).toEqual([]);
    expect(await after(`error = '{"code": "throttled"}'`)).toMatchObject([{ code: 'throttled', count: 1 }]);
    expect(await after("failed_at = now() - interval '26 hours'")).toEqual([]);
    expect(await recent()).toEqual([before]);
  });

  it('counts what plans that have ended have left failed or blocked, but not where nothing was to be created', async () => {
    const blocked = (code: string) =>
      ({ code, message: 'No.', http_status: null, retryable: false, provider_code: null }) as const;
    const spec = planSpecSchema.parse({ name: 'ended', keys: ['mrk-1'], regions: ['eu-west-1'] });
    const { planId } = await insertPlan(api.store, { spec, scope: everywhere, createdBy: 'anna', idempotency: null });
    const rows = [
      { key_id: 'gone', state: 'blocked' as const, error: blocked('unknown_key') },
      { key_id: 'at home', state: 'blocked' as const, error: blocked('same_region') },
    ];
    await insertReplicas(api.store, planId, rows.map(newResolved));
    await resolved(planId);
    await movePlan(api.store, planId, 'completed_with_failures');
    await api.store.prisma.plan.update({ where: { id: planId }, data: { finishedAt: new Date() } });
    const view = await until('it has ended', overview, ({ last_day: day }) => day?.plans === 1);
    expect(view.last_day).toEqual({
      failed: 0,
      blocked: 1,
      plans: 1,
      newest_plan: { id: planId, name: 'ended' },
      codes: [{ code: 'unknown_key', count: 1 }],
    });
    expect(view.reasons).toContainEqual(
      expect.objectContaining({ code: 'replicas_failed_lately', link: `/v1/plans/${planId}` }),
    );
    await api.store.prisma.$executeRaw`
      UPDATE plans SET finished_at = now() - interval '25 hours' WHERE id = ${planId}::uuid`;
    await until('a day later it counts no more', overview, ({ last_day: day }) => day?.plans === 0);
  });

  it('has the drills that wait for a person', async () => {
    const runbook = {
      name: 'evacuation',
      scenario: 'A drill',
      keys: ['mrk-1'],
      regions: ['eu-west-1'],
      steps: [{ step: 'preflight' }],
    };
    const { json } = await api.ask(adminToken, 'POST', '/v1/drills', runbook);
    await api.store.prisma.$executeRaw`UPDATE drills SET state = 'awaiting_approval' WHERE id = ${json.id}::uuid`;
    const view = await until('it waits', overview, ({ drills }) => drills?.items.length === 1);
    expect(view.drills).toMatchObject({ items: [{ id: json.id, name: 'evacuation', waits_for: 'approval' }], more: 0 });
    await api.store.prisma.$executeRaw`UPDATE drills SET state = 'aborted' WHERE id = ${json.id}::uuid`;
    await until('it is over', overview, ({ drills }) => drills?.items.length === 0);
  });

  it('reports a worker that stopped without signing off until another has been started in its place', async () => {
    const worker = (pid: number) => registerWorker(api.store, { host: 'one', pid, concurrency: 256, leaseMs: 600_000 });
    const gone = await worker(8);
    await api.store.prisma.$executeRaw`
      UPDATE workers SET alive_until = now(), heartbeat_at = now() WHERE id = ${gone}::uuid`;
    await until('it is missed', reasonsOf, (told) => told.includes('workers_missing'));
    const next = await worker(9);
    await until('it is replaced', reasonsOf, (told) => !told.includes('workers_missing'));
    await api.store.prisma.worker.deleteMany({ where: { id: { in: [gone, next] } } });
  });

  it('says what is broken before all else', async () => {
    await openCircuit(api.store, 'cckm', 'connection_refused');
    await api.store.prisma.$executeRaw`UPDATE workers SET alive_until = now() - interval '1 second'`;
    const reasons = await until('all is told', reasonsOf, (told) => told.length === 5);
    expect(reasons).toEqual(['broken', 'no_worker', 'cckm_down', 'plan_halted', 'replicas_failed']);
    const { plans, workers } = await overview();
    expect(plans.items.find(({ name }) => name === 'running')?.waits_for).toBe('circuit');
    expect(workers).toMatchObject({ alive: 0, items: [{ alive: false }] });
  });

  it('is read once for all who ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, overview));
    expect(new Set(answers.map(({ at }) => at)).size).toBe(1);
  });
});

describe('the stream of all plans', () => {
  /** Follows as a reader of the stream would. */
  async function follow() {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${adminToken}` };
    const response = await fetch(`${api.url}/v1/events`, { headers, signal: abort.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
    })().catch(() => undefined);
    const told = () =>
      [...text.matchAll(/^event: plan\.updated\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
    const stop = () => {
      abort.abort();
      return reading;
    };
    return { told, text: () => text, stop };
  }
  const has = (id: string, state: string) => (plans: { id: string; state: string }[]) =>
    plans.some((plan) => plan.id === id && plan.state === state);

  it('begins with the plans that are not finished, and goes on with what changes, to the end of each', async () => {
    const reader = await follow();
    const greeted = await until('it is greeted', reader.told, (plans) => plans.length === 5);
    expect(greeted[0]).toMatchObject({ name: 'halted', state: 'halted', counts: { total: 1 } });
    expect(greeted[0].spec).toBeUndefined();

    const born = await newPlan('born');
    await until('a new plan is told', reader.told, has(born, 'resolving'));
    const late = await follow();
    await until('who comes later is greeted too', late.told, has(born, 'resolving'));
    await api.ask(adminToken, 'POST', `/v1/plans/${born}/cancel`);
    await settlePlans(api.store);
    const ended = ({ told }: typeof reader) =>
      told().some(({ id, finished_at }) => id === born && finished_at !== null);
    for (const one of [reader, late]) await until('its end is told', () => ended(one), Boolean);
    expect(reader.told().length).toBeLessThan(15);
    await Promise.all([reader.stop(), late.stop()]);
  });

  it('tells of 50 plans at once and says that there are more', async () => {
    await api.store.prisma.$executeRaw`
      INSERT INTO plans (id, name, mode, state, spec, spec_sha256, created_by, priority, max_in_flight, sequential, max_attempts)
      SELECT gen_random_uuid(), 'many', 'preview', 'resolving', '{}', '', 'anna', 0, 1, false, 1 FROM generate_series(1, 60)`;
    await api.store.prisma.$executeRaw`UPDATE plans SET state = 'previewed' WHERE name = 'many'`;
    const reader = await follow();
    await until('it is told', reader.text, (text) => text.includes('event: truncated'));
    expect(reader.told()).toHaveLength(50);
    expect(reader.told()[0]).toMatchObject({ name: 'halted' });
    await reader.stop();
    const { plans } = await until('they are told', overview, (view) => view.plans.more > 0);
    expect([plans.items.length, plans.more, plans.by_state.previewed]).toEqual([50, 14, 60]);
  });

  it('ends for all when Postgres does not answer, and begins anew for who comes then', async () => {
    const broken = { ...api.store, prisma: { $queryRaw: () => Promise.reject(new Error('away')) } } as never;
    const join = livePlans(broken, createLog('api', 'silent'));
    for (const _again of [1, 2]) {
      let ended = false;
      join({ send: () => undefined, end: () => (ended = true) });
      await until('it is let go', () => ended, Boolean);
    }
  });
});
