import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '@keyferry/config';
import { coveragePolicySchema, everywhere, noCells, planSpecSchema, scheduleSchema } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import { openRegistry } from '@keyferry/metrics';
import { openQueues, type Queues } from '@keyferry/queue';
import {
  askForCheck,
  insertPlan,
  insertSchedule,
  insertToken,
  migrate,
  newId,
  openStore,
  putPolicy,
  registerWorker,
  type Store,
} from '@keyferry/store';
import express from 'express';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentedMetrics, exposedMetrics } from '../../../../test/harness/documented-metrics.ts';
import { readExposition } from '../../../../test/harness/read-exposition.ts';
import { until } from '../../../../test/harness/until.ts';
import { movePlan } from '../../../../test/models/plans/move-plan.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { createApp } from '../app.ts';
import { tokenSha256 } from '../http/api-token.ts';
import { metricsRoute } from './metrics-route.ts';

const adminToken = 'metrics-test-of-32-characters-or-more';
const authorization = `Bearer ${adminToken}`;
const account = '111122223333';
const { quotas, keyPrice } = loadConfig({});
const log = createLog('api', 'silent');

let postgres: PrivateServer;
let store: Store;
let queues: Queues;
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
  await migrate(postgres.url);
  store = openStore({ url: postgres.url });
  queues = await openQueues({ redisUrl: null, databaseUrl: postgres.url, log });
  await seed();
}, 120_000);
afterAll(async () => {
  for (const end of ends) end();
  await queues?.close();
  await store?.close();
  await postgres?.stop();
});

async function listen(app: express.Express): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1');
  ends.push(() => server.close().closeAllConnections());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (options: { metricsOpen?: boolean; queues?: Queues } = {}) =>
  listen(
    createApp({
      store,
      queues,
      quotas,
      keyPrice,
      previewMaxAgeMs: 0,
      signer: null,
      webhooks: { hosts: [], networks: [], ca: null },
      trustProxy: [],
      sessions: { idleSeconds: 60, mostSeconds: 60 },
      rateLimit: 0,
      approvalMaxAgeMs: 60_000,
      adminToken,
      log,
      ...options,
    }),
  );
async function scrape(url: string) {
  const response = await fetch(`${url}/metrics`, { headers: { authorization } });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** A running plan with replicas in some states, one still resolving, lanes, a circuit, a worker and a job. */
async function seed(): Promise<void> {
  const { prisma } = store;
  const spec = planSpecSchema.parse({ name: 'plan-canary', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const plan = { spec, scope: everywhere, createdBy: 'caller-canary', idempotency: null };
  const [{ planId }] = [await insertPlan(store, plan), await insertPlan(store, plan)];
  await movePlan(store, planId, 'running');
  await prisma.$executeRaw`UPDATE plans SET started_at = now() - interval '1 hour' WHERE id = ${planId}::uuid`;
  const lane = newId();
  await prisma.$executeRaw`
    INSERT INTO plan_lanes (id, plan_id, account, primary_region, region, wave)
    VALUES (${lane}::uuid, ${planId}::uuid, ${account}, 'us-east-1', 'eu-west-1', 0)`;
  await prisma.$executeRaw`
    INSERT INTO replicas (id, plan_id, lane_id, key_id, mrk, account, primary_region, region, state, alias, not_before)
    SELECT gen_random_uuid(), ${planId}::uuid, ${lane}::uuid, 'key-canary-' || n, 'mrk-' || n, ${account}, 'us-east-1',
      'eu-west-1', (CASE WHEN n < 5 THEN 'pending' WHEN n < 9 THEN 'creating' ELSE 'blocked' END)::replica_state,
      'alias/canary', now() - interval '600 seconds' FROM generate_series(1, 9) n`;
  await prisma.$executeRaw`
    UPDATE replicas SET state = 'succeeded',
      outcome = (CASE key_id WHEN 'key-canary-5' THEN 'adopted' ELSE 'created' END)::replica_outcome
    WHERE state = 'creating' AND key_id <> 'key-canary-8'`;
  await prisma.$executeRaw`
    UPDATE replicas SET state = 'queued', slot_at = now() WHERE key_id = 'key-canary-1'`;
  await prisma.$executeRaw`
    INSERT INTO lanes (account, region, operation, throttled_total, quota_per_second, next_slot_at)
    VALUES (${account}, 'us-east-1', 'ReplicateKey', 0, NULL, now()), (${account}, 'eu-west-1', 'CreateKey', 3, 20, now())`;
  await prisma.$executeRaw`
    INSERT INTO circuits (id, state) VALUES ('cckm', 'half_open'), (${`${account}:eu-west-1:CreateKey`}, 'open')`;
  await prisma.$executeRaw`
    INSERT INTO webhooks (id, name, url, enabled, disabled_reason, secret, created_by, updated_by)
    VALUES (gen_random_uuid(), 'hook-canary', 'https://receiver-canary', true, NULL, '{}', 'a', 'a'),
      (gen_random_uuid(), 'hook-canary', 'https://receiver-canary', false, 'gone', '{}', 'a', 'a')`;
  await prisma.$executeRaw`
    WITH event AS (INSERT INTO webhook_events (id, type, subject, time, data)
      VALUES (gen_random_uuid(), 'type-canary', 'subject-canary', now(), '{}') RETURNING id)
    INSERT INTO webhook_deliveries (id, webhook_id, event_id, created_at)
    SELECT gen_random_uuid(), w.id, event.id, now() - interval '600 seconds' FROM webhooks w, event`;
  await registerWorker(store, { host: 'host-canary', pid: 1, concurrency: 256, leaseMs: 600_000 });
  await queues.add('resolve', [{ planId, epoch: 1 }]);
}

it('is refused without a token, unless it is configured to be open', async () => {
  const [closed, open] = [await serve(), await serve({ metricsOpen: true })];
  expect((await fetch(`${closed}/metrics`)).status).toBe(401);
  expect((await fetch(`${open}/metrics`)).status).toBe(200);
  expect((await fetch(`${open}/v1/lanes`)).status).toBe(401);
});

it('leaves in the audit log who was refused, with the scope that forbids it or the token that is not valid', async () => {
  const [url, sha256] = [await serve(), tokenSha256('kfy_far')];
  await insertToken(store, {
    ...{ sha256, name: 'far', role: 'viewer', expiresAt: null, createdBy: 'admin' },
    scope: { ...everywhere, regions: ['eu-west-1'] },
  });
  const refused = async (token: string) => {
    const { status, headers } = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const requestId = headers.get('x-request-id');
    return [status, await store.prisma.auditEntry.findMany({ where: { requestId } })];
  };
  const left = { action: 'authenticate', outcome: 'refused' };
  expect(await refused('kfy_guess')).toMatchObject([401, [{ ...left, caller: null }]]);
  expect(await refused('kfy_far')).toMatchObject([403, [{ ...left, caller: 'far' }]]);
  expect(await refused('kfy_guess')).toEqual([401, []]);
});

it('tells what Postgres holds', async () => {
  const { status, type, text } = await scrape(await serve());
  expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const told = readExposition(text);
  const value = (name: string, labels: Record<string, string> = {}) => {
    const wanted = JSON.stringify(Object.entries(labels).sort());
    return told.get(name)?.samples.find((sample) => JSON.stringify(Object.entries(sample.labels).sort()) === wanted)
      ?.value;
  };
  expect(value('keyferry_plans', { state: 'running' })).toBe(1);
  expect(value('keyferry_plans', { state: 'resolving' })).toBe(1);
  expect(value('keyferry_plans', { state: 'halted' })).toBe(0);

  const counted = await store.prisma.$queryRaw<{ state: string; outcome: string; n: number }[]>`
    SELECT state::text, coalesce(outcome::text, '') AS outcome, count(*)::int AS n FROM replicas GROUP BY 1, 2`;
  const replicas = told.get('keyferry_replicas')?.samples.filter((sample) => sample.value > 0) ?? [];
  const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
  expect(sorted(replicas.map(({ labels, value }) => [labels.state, labels.outcome, value]))).toEqual(
    sorted(counted.map(({ state, outcome, n }) => [state, outcome, n])),
  );

  const createKey = { account, region: 'eu-west-1', operation: 'CreateKey' };
  expect(value('keyferry_lane_quota_requests_per_second', createKey)).toBe(20);
  expect(value('keyferry_lane_effective_requests_per_second', createKey)).toBe(18);
  expect(value('keyferry_lane_replicas_in_flight', createKey)).toBe(1);
  expect(value('keyferry_lane_replicas_pending', createKey)).toBe(3);
  expect(value('keyferry_lane_throttled_total', createKey)).toBe(3);
  expect(value('keyferry_lane_circuit', { ...createKey, state: 'open' })).toBe(1);
  expect(value('keyferry_lane_circuit', { ...createKey, state: 'closed' })).toBe(0);
  expect(value('keyferry_lane_replicas_pending', { account, region: 'us-east-1', operation: 'ReplicateKey' })).toBe(3);
  expect(value('keyferry_lanes_left_out')).toBe(0);
  expect(value('keyferry_cckm_circuit', { state: 'half_open' })).toBe(1);
  expect([value('keyferry_webhook_deliveries_pending'), value('keyferry_webhooks_given_up')]).toEqual([1, 1]);
  expect(value('keyferry_oldest_pending_webhook_delivery_age_seconds')).toBeGreaterThanOrEqual(600);
  expect([value('keyferry_workers_alive'), value('keyferry_workers_concurrency')]).toEqual([1, 256]);
  expect(value('keyferry_queue_jobs', { engine: 'postgres', queue: 'resolve', state: 'waiting' })).toBe(1);
  expect(value('keyferry_oldest_pending_replica_age_seconds')).toBeGreaterThanOrEqual(600);
  expect(value('keyferry_oldest_pending_replica_age_seconds')).toBeLessThan(660);
});

it('shows drills, schedules and the age of coverage checks', async () => {
  const { prisma } = store;
  await prisma.$executeRaw`
    INSERT INTO drills (id, name, mode, state, spec, spec_sha256, created_by, approvals_required, declared_at, finished_at)
    VALUES (gen_random_uuid(), 'drill-canary', 'live', 'resolving', '{}', '', 'a', 1, now() - interval '600 seconds', NULL),
      (gen_random_uuid(), 'drill-canary', 'rehearse', 'resolving', '{}', '', 'a', 0, now(), NULL)`;
  await prisma.$executeRaw`UPDATE drills SET state = 'awaiting_approval' WHERE mode = 'live'`;
  for (const state of ['running', 'succeeded'])
    await prisma.$executeRaw`
      UPDATE drills SET state = ${state}::drill_state, finished_at = now() WHERE mode = 'rehearse'`;
  const spec = scheduleSchema.parse({
    ...{ name: 'schedule-canary', cron: '0 2 * * sun', time_zone: 'UTC' },
    plan: { name: 'plan-canary', keys: ['mrk-1'], regions: ['eu-west-1'] },
  });
  const by = { createdBy: 'a', scope: everywhere };
  const add = () => insertSchedule(store, spec, by);
  const [late, failing, skipping, off] = [await add(), await add(), await add(), await add()];
  await prisma.schedule.update({ where: { id: late }, data: { nextRunAt: new Date(Date.now() - 600_000) } });
  await prisma.schedule.update({ where: { id: failing }, data: { lastError: { at: '', errors: [] } } });
  await prisma.schedule.update({ where: { id: skipping }, data: { lastSkippedAt: new Date() } });
  await prisma.schedule.update({ where: { id: off }, data: { enabled: false, nextRunAt: null } });
  await putPolicy(store, coveragePolicySchema.parse({ name: 'new', keys: ['mrk-1'], regions: ['eu-west-1'] }), 'test');

  const told = readExposition((await scrape(await serve())).text);
  const values = (name: string) =>
    Object.fromEntries(
      (told.get(name)?.samples ?? []).map(({ labels, value }) => [Object.values(labels).join(), value]),
    );
  expect(values('keyferry_drills')).toMatchObject({ awaiting_approval: 1, succeeded: 1, failed: 0 });
  expect(values('keyferry_oldest_drill_approval_age_seconds')['']).toBeGreaterThanOrEqual(600);
  expect(values('keyferry_drill_last_completed_timestamp_seconds').rehearse).toBeGreaterThan(Date.now() / 1_000 - 60);
  expect(values('keyferry_schedules')).toEqual({ enabled: 3, disabled: 1 });
  expect(values('keyferry_schedules_failing')).toEqual({ '': 1 });
  expect(values('keyferry_schedules_skipping')).toEqual({ '': 1 });
  expect(values('keyferry_oldest_due_schedule_age_seconds')['']).toBeGreaterThanOrEqual(600);
  expect(values('keyferry_coverage_policies_never_checked')).toEqual({ '': 1 });
  await prisma.$executeRaw`DELETE FROM coverage_policies WHERE name = 'new'`;
});

it('counts requests by the route that is documented, and shows this process and its connections', async () => {
  const url = await serve();
  const headers = { authorization };
  for (const path of ['/v1/plans/0190a5c4-0000-7000-8000-000000000001', '/v1/plans/canary', '/canary', '/v1/lanes'])
    await (await fetch(`${url}${path}`, { headers })).text();
  await fetch(`${url}/v1/lanes`);
  const { text } = await scrape(url);
  const counted = (route: string, code: number) =>
    `keyferry_http_requests_total{method="GET",route="${route}",code="${code}"}`;
  expect(text).toContain(`${counted('/v1/plans/{id}', 404)} 2`);
  expect(text).toContain(`${counted('other', 404)} 1`);
  expect(text).toContain(`${counted('/v1/lanes', 200)} 1`);
  expect(text).toContain(`${counted('/v1/lanes', 401)} 1`);
  expect(text).toContain('keyferry_http_request_duration_seconds_count{method="GET",route="/v1/lanes"} 2');
  expect(text).toContain('keyferry_http_requests_in_flight 1');
  expect(text).not.toContain('canary');
  expect(text).toMatch(/keyferry_database_pool_connections\{state="idle"\} [1-9]/);
  expect(text).toContain('keyferry_database_pool_size 10');
  expect(text).toMatch(/keyferry_eventloop_active_seconds_total 0\.\d+|keyferry_eventloop_active_seconds_total [1-9]/);
});

it('has no label of which there could be any number', async () => {
  const { text } = await scrape(await serve());
  expect(text).not.toMatch(/canary|mrk-|alias\/|[0-9a-f]{8}-[0-9a-f]{4}/);
});

it('tells of each coverage policy what its newest check found', async () => {
  const spec = coveragePolicySchema.parse({ name: 'tier-one', keys: ['mrk-1'], regions: ['eu-west-1'] });
  await putPolicy(store, spec, 'test');
  const { id } = await askForCheck(store, { spec, policyName: spec.name, cause: 'asked', requestedBy: 'test' });
  const counts = { ...noCells(), total: 4, covered: 3, missing: 1 };
  await store.prisma.coverageCheck.update({ where: { id }, data: { state: 'running' } });
  await store.prisma.coverageCheck.update({ where: { id }, data: { state: 'done', counts, finishedAt: new Date() } });
  const told = readExposition((await scrape(await serve())).text);
  expect(told.get('keyferry_coverage_ratio')?.samples).toMatchObject([{ labels: { policy: 'tier-one' }, value: 0.75 }]);
  const cells = told.get('keyferry_coverage_cells')?.samples ?? [];
  expect(cells.find(({ labels }) => labels.state === 'missing')?.value).toBe(1);
});

it('is what docs/reference/metrics.md says, no more and no less', async () => {
  const url = await serve();
  await scrape(url);
  const { text } = await scrape(url);
  expect(exposedMetrics(readExposition(text))).toEqual(
    documentedMetrics('The installation', 'An API', 'Every process'),
  );
});

it('tells of the latest 500 lanes, those that are down before all others, and how many it leaves out', async () => {
  await store.prisma.$executeRaw`
    INSERT INTO lanes (account, region, operation) SELECT (200000000000 + n)::text, 'eu-west-1', 'CreateKey'
    FROM generate_series(1, 600) n`;
  const told = readExposition((await scrape(await serve())).text);
  const lanes = told.get('keyferry_lane_circuit')?.samples.filter(({ value }) => value === 1) ?? [];
  expect(lanes).toHaveLength(500);
  expect(lanes.filter(({ labels }) => labels.state === 'open')).toHaveLength(1);
  expect(told.get('keyferry_lanes_left_out')?.samples[0]?.value).toBe(102);
});

it('tells the rest while the queue does not answer', async () => {
  const away = { ...queues, depths: () => Promise.reject(new Error('away')) };
  const told = readExposition((await scrape(await serve({ queues: away }))).text);
  expect(told.get('keyferry_queue_up')?.samples).toMatchObject([{ value: 0 }]);
  expect(told.get('keyferry_queue_jobs')?.samples).toEqual([]);
  expect(told.get('keyferry_workers_alive')?.samples).toMatchObject([{ value: 1 }]);
});

it('reads once for all who ask at once, and ends in time where Postgres hangs or is gone', async () => {
  const answering = await serve();
  const impatient = await listen(
    express().use(
      '/metrics',
      metricsRoute(store, queues, { registry: openRegistry('api'), quotas, log, answerWithinMs: 300 }),
    ),
  );
  const [holder, observer] = [new pg.Client(postgres.url), new pg.Client(postgres.url)];
  for (const client of [holder, observer]) {
    client.on('error', () => undefined);
    await client.connect();
  }
  const waiting = async () => {
    const { rows } = await observer.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    return rows.length;
  };
  await holder.query('BEGIN; LOCK TABLE plan_lanes IN ACCESS EXCLUSIVE MODE');
  const scrapes = [scrape(answering), scrape(answering), scrape(answering)];
  await until('a scrape waits for the lock', waiting, (count) => count > 0);
  expect((await scrape(impatient)).status).toBe(503);
  await until('only the patient one waits', waiting, (count) => count === 1);
  await holder.query('ROLLBACK');
  const [one, ...others] = await Promise.all(scrapes);
  expect(one?.status).toBe(200);
  for (const other of others) expect(other.text).toBe(one?.text);

  await postgres.kill();
  const { status, text } = await scrape(answering);
  expect([status, JSON.parse(text).title]).toEqual([503, 'Dependency down']);
  await Promise.allSettled([holder.end(), observer.end()]);
});
