import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  cloudEventSchema,
  everywhere,
  mostDeliveryAttempts,
  planCommands,
  planSpecSchema,
  type WebhookEventType,
} from '@keyferry/core';
import { createLog } from '@keyferry/log';
import {
  approvePlan,
  claimPlanToResolve,
  createSeal,
  deleteWebhook,
  dropOldEvents,
  findDueDeliveries,
  finishResolving,
  insertPlan,
  insertReplicas,
  insertWebhook,
  listDeliveries,
  migrate,
  openStore,
  readFigures,
  readPlanStatus,
  readWebhook,
  redeliver,
  registerWorker,
  replaceWebhook,
  rotateWebhookSecret,
  type Store,
  settlePlans,
  stopPlan,
  testWebhook,
} from '@keyferry/store';
import { newSecret, openSender, type Sender, type SentAttempt } from '@keyferry/webhook';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { type DeliverContext, deliver } from './deliver.ts';

/** What a receiver has got, and how it answers. */
interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: events are compared, not used
  readonly event: any;
}
let received: Received[] = [];
let answer: (response: ServerResponse) => void = (response) => response.end('taken');

const ends: (() => unknown)[] = [];
let postgres: PrivateServer;
let store: Store;
let sender: Sender;
let context: DeliverContext;
let attempts: SentAttempt[] = [];
let url: string;
let workerId: string;

beforeAll(async () => {
  postgres = await startPostgres();
  await migrate(postgres.url);
  store = openStore({ url: postgres.url, seal: createSeal([randomBytes(32)]) });
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    received.push({ headers: plain(request.headers), body, event: JSON.parse(body) });
    answer(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => server.close().closeAllConnections());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  url = `http://${host}/hook`;
  sender = openSender({ rules: { hosts: [host], networks: ['127.0.0.1'] }, ca: null });
  context = {
    ...{ store, sender, source: 'https://keyferry.example.com', log: createLog('worker', 'silent') },
    random: () => 0,
    noteAttempt: (attempt) => attempts.push(attempt),
  };
  workerId = await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
}, 120_000);
afterAll(async () => {
  for (const end of ends) end();
  await sender?.close();
  await store?.close();
  await postgres?.stop();
});
beforeEach(async () => {
  received = [];
  attempts = [];
  answer = (response) => response.end('taken');
  await store.prisma.$executeRaw`TRUNCATE webhooks, webhook_events CASCADE`;
});

const plain = (headers: IncomingHttpHeaders) => headers as Record<string, string>;
const newHook = async (events: WebhookEventType[] | null = null) => {
  const secret = newSecret();
  return { secret, ...(await insertWebhook(store, { name: 'ops', url, events, enabled: true }, secret, 'anna')) };
};
async function submit(options: object = {}): Promise<string> {
  const spec = planSpecSchema.parse({
    ...{ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], options: { change_ticket: 'CHG-7', ...options } },
    replica: { aws_param: { Policy: { Version: '2012-10-17', Statement: [{ Sid: 'policy-canary' }] } } },
  });
  const plan = { spec, scope: everywhere, createdBy: 'olga', idempotency: null };
  return (await insertPlan(store, plan)).planId;
}
/** As the worker resolves a plan, to one replica. */
async function resolve(planId: string): Promise<void> {
  await claimPlanToResolve(store, planId, { workerId, planIds: [] });
  await insertReplicas(store, planId, [
    {
      ...{ key_id: 'k', mrk: 'mrk-1', key_arn: null, alias: null, aliases: [], origin: 'AWS_KMS', state: 'pending' },
      ...{ account: '111122223333', primary_region: 'us-east-1', region: 'eu-west-1', wave: 0, outcome: null },
      ...{ replica_key_id: null, replica_arn: null, key_state: null, error: null, warnings: [], diff: null },
      ...{ settings: null, from_primary: null, manifest_line: null },
    },
  ]);
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 0 });
}
/** One round of the worker: everything that is due is sent. */
async function round(): Promise<number> {
  const due = await findDueDeliveries(store);
  await Promise.all(due.map(({ id }) => deliver(context, id)));
  return due.length;
}
async function rounds(): Promise<void> {
  while ((await round()) > 0);
}
/** What was to be later is due now. */
const later = () => store.prisma.$executeRaw`
  UPDATE webhook_deliveries SET next_attempt_at = now() - interval '1 second' WHERE state = 'pending'`;
const deliveries = (id: string) => listDeliveries(store, id, { limit: 100, before: null, state: null });

test('every state that a plan reaches is sent, in order, with the plan at that time and without policies', async () => {
  const { secret, id } = await newHook();
  const planId = await submit({ require_approval: true });
  await resolve(planId);
  const { spec_sha256: specSha256 } = (await readPlanStatus(store.prisma, planId)) ?? { spec_sha256: '' };
  const approval = { approver: 'ann', role: 'approver', specSha256, comment: null } as const;
  const ages = { approvalMaxAgeMs: 60_000, previewMaxAgeMs: 60_000 };
  expect(await approvePlan(store, planId, { ...approval, resolvedSha256: undefined, limits: {} }, ages)).toBe(
    'approved',
  );
  await settlePlans(store);
  await stopPlan(store, planId, ['running'], 'paused', 'olga');
  await stopPlan(store, planId, ['paused'], 'cancelled', 'olga');
  await store.prisma.$executeRaw`UPDATE replicas SET state = 'cancelled' WHERE plan_id = ${planId}::uuid`;
  await rounds();
  const events = received.map(({ event }) => event).sort((a, b) => (a.sequence < b.sequence ? -1 : 1));
  const prefix = 'com.keyferry.plan.';
  expect(events.map(({ type }) => type.replace(prefix, ''))).toEqual([
    'resolving',
    'awaiting_approval',
    'approved',
    'scheduled',
    'running',
    'paused',
    'cancelled',
  ]);
  for (const event of events) {
    expect(cloudEventSchema.parse(event)).toEqual(event);
    expect(event).toMatchObject({
      ...{ specversion: '1.0', source: 'https://keyferry.example.com', subject: planId },
      data: { id: planId, name: 'dr', change_ticket: 'CHG-7', created_by: 'olga' },
    });
    if (event.type !== `${prefix}approved`) expect(event.type).toBe(prefix + event.data.state);
  }
  expect(events.map(({ data }) => data.counts.pending)).toEqual([0, 1, 1, 1, 1, 1, 1]);
  expect(events[5]?.data.reason).toMatch(/^Paused by olga at \d{4}-\d\d-\d\dT[\d:.]+Z\.$/);
  for (const { headers, body, event } of received) {
    expect(new Webhook(secret).verify(body, headers)).toEqual(event);
    expect(headers['webhook-id']).toBe(event.id);
    expect(body).not.toContain('canary');
  }
  expect(await deliveries(id)).toMatchObject(
    events.map(() => ({
      state: 'delivered',
      attempts: 1,
      attempt_log: [{ http_status: 200, error: null, answer: 'taken' }],
    })),
  );
  const figures = await readFigures(store, { mostLanes: 1, timeoutMs: 5_000 });
  expect(figures).toMatchObject({ pendingDeliveries: 0, oldestDeliverySeconds: 0 });
});

test('an event exists exactly when its change does, and only for subscribers', async () => {
  const [all, halts] = [await newHook(), await newHook(['com.keyferry.plan.halted'])];
  const disabled = await newHook();
  await replaceWebhook(store, disabled.id, { name: 'off', url, events: null, enabled: false }, 'anna');
  const planId = await submit();
  const undone = store.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`UPDATE plans SET state = 'failed' WHERE id = ${planId}::uuid`;
    await tx.$executeRaw`SET CONSTRAINTS ALL IMMEDIATE`;
    expect(await tx.webhookEvent.count()).toBe(2);
    throw new Error('killed');
  });
  await expect(undone).rejects.toThrow('killed');
  // What a transaction only passes through is not told.
  await store.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`UPDATE plans SET state = 'scheduled' WHERE id = ${planId}::uuid`;
    await tx.$executeRaw`UPDATE plans SET state = 'running' WHERE id = ${planId}::uuid`;
    await tx.$executeRaw`UPDATE plans SET state = 'halted' WHERE id = ${planId}::uuid`;
    await tx.$executeRaw`UPDATE plans SET reason = 'too many' WHERE id = ${planId}::uuid`;
  });
  const told = async (id: string) => (await deliveries(id)).map(({ type }) => type.split('.').at(-1)).reverse();
  expect(await told(all.id)).toEqual(['resolving', 'halted']);
  expect(await told(halts.id)).toEqual(['halted']);
  expect(await told(disabled.id)).toEqual([]);
});

test('a failure is tried again, ever later, with the same id and body, and then given up', async () => {
  const { id, secret } = await newHook();
  await testWebhook(store, id, 'anna');
  answer = (response) => response.writeHead(503).end('x'.repeat(5_000));
  for (let n = 1; n <= mostDeliveryAttempts; n += 1) {
    expect(await round()).toBe(1);
    expect(await round()).toBe(0);
    await later();
  }
  expect(await round()).toBe(0);
  expect(new Set(received.map(({ body, headers }) => body + headers['webhook-id'])).size).toBe(1);
  for (const { body, headers } of received) new Webhook(secret).verify(body, headers);
  const [delivery] = await deliveries(id);
  expect(delivery).toMatchObject({ state: 'failed', attempts: mostDeliveryAttempts, settled_at: expect.any(Date) });
  expect(delivery?.attempt_log[9]).toMatchObject({ n: 10, http_status: 503, error: 'Answered 503.' });
  expect(delivery?.attempt_log[9]?.answer).toHaveLength(1_024);
  expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(mostDeliveryAttempts).fill('refused'));
  expect(await readWebhook(store, id)).toMatchObject({ enabled: true, failing_since: expect.any(Date) });

  answer = (response) => response.end();
  await redeliver(store, id, delivery?.id ?? '');
  await rounds();
  expect(received.at(-1)?.headers['webhook-id']).toBe(received[0]?.headers['webhook-id']);
  expect((await deliveries(id))[0]).toMatchObject({ state: 'delivered', attempts: mostDeliveryAttempts + 1 });
  expect((await readWebhook(store, id))?.failing_since).toBeNull();
});

test('the pauses stand in Postgres', async () => {
  const { id } = await newHook();
  await testWebhook(store, id, 'anna');
  answer = (response) => response.writeHead(500).end();
  const pauses: number[] = [];
  for (let n = 1; n <= 3; n += 1) {
    await round();
    const [row] = await store.prisma.$queryRaw<[{ pause: number }]>`
      SELECT extract(epoch FROM next_attempt_at - now())::float8 AS pause FROM webhook_deliveries`;
    pauses.push(Math.round(row.pause / 10));
    await later();
  }
  expect(pauses).toEqual([expect.any(Number), 3, 30]);
  expect(pauses[0]).toBeLessThanOrEqual(1);
});

test('a worker that is killed between sending and recording leaves it to another, which sends the same event', async () => {
  const { id } = await newHook();
  await testWebhook(store, id, 'anna');
  const [due] = await findDueDeliveries(store);
  // Sent, and then nothing more was heard of this worker.
  const killed = {
    ...context,
    noteAttempt: () => {
      throw new Error('killed');
    },
  };
  await expect(deliver(killed, due?.id ?? '')).rejects.toThrow('killed');
  expect(await round()).toBe(0);
  await store.prisma.$executeRaw`UPDATE webhook_deliveries SET claimed_until = now() - interval '1 second'`;
  expect(await round()).toBe(1);
  expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(2).fill(received[0]?.event.id));
  expect((await deliveries(id))[0]).toMatchObject({
    ...{ state: 'delivered', attempts: 2 },
    attempt_log: [
      { n: 1, duration_ms: null, http_status: null },
      { n: 2, http_status: 200 },
    ],
  });
});

test('a job that comes twice, too early or too late sends nothing', async () => {
  const { id } = await newHook();
  const delivery = await testWebhook(store, id, 'anna');
  await Promise.all(Array.from({ length: 5 }, () => deliver(context, delivery?.id ?? '')));
  await deliver(context, delivery?.id ?? '');
  expect(received).toHaveLength(1);
  await deliver(context, id);
});

test('a hanging receiver has only a few deliveries in flight; others continue', async () => {
  const [slow, quick] = [await newHook(), await newHook()];
  for (let n = 0; n < 6; n += 1) await testWebhook(store, slow.id, 'anna');
  const due = await findDueDeliveries(store);
  expect(due).toHaveLength(4);
  await store.prisma.$executeRaw`UPDATE webhook_deliveries SET claimed_until = now() + interval '1 minute'
    WHERE id = ANY(${due.map(({ id }) => id)}::uuid[])`;
  await testWebhook(store, quick.id, 'anna');
  expect(await round()).toBe(1);
  expect((await deliveries(quick.id))[0]?.state).toBe('delivered');
});

test('410 disables a webhook: nothing is sent or stored for it until it is enabled', async () => {
  const { id } = await newHook();
  await testWebhook(store, id, 'anna');
  answer = (response) => response.writeHead(410).end();
  await round();
  expect(await lastAudit()).toMatchObject({ action: 'webhook.disable', caller: 'system', objectId: id });
  await submit();
  expect((await deliveries(id)).map(({ state }) => state)).toEqual(['failed']);
  const gone = { enabled: false, disabled_reason: 'Answered 410 Gone: the receiver wants no more events.' };
  expect(await readWebhook(store, id)).toMatchObject({ ...gone, disabled_at: expect.any(Date) });
  expect(await testWebhook(store, id, 'anna')).toBeNull();
  expect((await readFigures(store, { mostLanes: 1, timeoutMs: 5_000 })).webhooksGivenUp).toBe(1);
  const again = await replaceWebhook(store, id, { name: 'ops', url, events: null, enabled: true }, 'anna');
  expect(again).toMatchObject({ enabled: true, disabled_at: null, disabled_reason: null });
});

const lastAudit = () => store.prisma.auditEntry.findFirst({ orderBy: { seq: 'desc' } });

test('a webhook that nothing has reached for days is given up with the next delivery that fails for good', async () => {
  const { id } = await newHook();
  answer = (response) => response.writeHead(500).end();
  const failForGood = async () => {
    await testWebhook(store, id, 'anna');
    for (let n = 1; n <= mostDeliveryAttempts; n += 1) {
      await round();
      await later();
    }
  };
  await failForGood();
  expect((await readWebhook(store, id))?.enabled).toBe(true);
  await store.prisma.$executeRaw`UPDATE webhooks SET failing_since = now() - interval '73 hours'`;
  await failForGood();
  expect(await readWebhook(store, id)).toMatchObject({
    enabled: false,
    disabled_reason: expect.stringMatching(/^Nothing has reached it since \d{4}-\d\d-\d\dT[\d:.]+Z\.$/),
  });
});

test('a secret that was replaced signs too for a day; no secret stands in a table', async () => {
  const { id, secret } = await newHook();
  const next = newSecret();
  const rotated = await rotateWebhookSecret(store, id, next, 'anna');
  expect((rotated?.previous_secret_until?.getTime() ?? 0) - Date.now()).toBeGreaterThan(23 * 3_600_000);
  await testWebhook(store, id, 'anna');
  await round();
  await store.prisma.$executeRaw`UPDATE webhooks SET previous_secret_until = now() - interval '1 second'`;
  await testWebhook(store, id, 'anna');
  await round();
  const valid = (of: string) =>
    received.map(({ body, headers }) => {
      try {
        return Boolean(new Webhook(of).verify(body, headers));
      } catch {
        return false;
      }
    });
  expect([valid(secret), valid(next)]).toEqual([
    [true, false],
    [true, true],
  ]);
  const texts = await Promise.all(
    ['webhooks', 'webhook_events', 'webhook_deliveries', 'webhook_attempts', 'audit_entries'].map((table) =>
      store.prisma.$queryRawUnsafe<{ text: string }[]>(`SELECT to_jsonb(t)::text AS text FROM ${table} t`),
    ),
  );
  const stored = texts
    .flat()
    .map(({ text }) => text)
    .join('\n');
  for (const one of [secret, next]) expect(stored).not.toContain(one.slice(6));
  const unsealed = { ...store, seal: createSeal([]) };
  await expect(async () => rotateWebhookSecret(unsealed, id, next, 'anna')).rejects.toThrow('without a key');
});

test('a webhook that is deleted while it is sent to takes its deliveries with it', async () => {
  const { id } = await newHook();
  await testWebhook(store, id, 'anna');
  await testWebhook(store, id, 'anna');
  answer = (response) => void deleteWebhook(store, id).then(() => response.end());
  await round();
  expect([await deliveries(id), await store.prisma.webhookAttempt.count()]).toEqual([[], 0]);
  // The second may have been claimed before the webhook was gone, or not.
  const sent = received.length;
  expect(sent).toBeGreaterThan(0);
  await rounds();
  expect(received).toHaveLength(sent);
});

test('deliveries older than thirty days are deleted', async () => {
  const { id } = await newHook();
  for (let n = 0; n < 3; n += 1) await testWebhook(store, id, 'anna');
  await rounds();
  await store.prisma.$executeRaw`UPDATE webhook_events SET time = now() - interval '31 days'
    WHERE id = ${received[0]?.event.id}::uuid`;
  expect(await dropOldEvents(store)).toBe(1);
  expect([await store.prisma.webhookDelivery.count(), await store.prisma.webhookAttempt.count()]).toEqual([2, 2]);
});

test('changes of plans and of webhooks at once do not wait for each other in a circle', async () => {
  const plans = await Promise.all(Array.from({ length: 12 }, () => submit()));
  const hooks = await Promise.all(Array.from({ length: 12 }, () => newHook()));
  answer = (response) => response.writeHead(410).end();
  for (const { id } of hooks) await testWebhook(store, id, 'anna');
  const due = await findDueDeliveries(store);
  await Promise.all([
    store.prisma.$executeRaw`
      UPDATE plans SET state = 'awaiting_approval' WHERE id = ANY(${plans}::uuid[]) AND state = 'resolving'`,
    ...due.map(({ id }) => deliver(context, id)),
    ...hooks.slice(4).map(({ id }) => deleteWebhook(store, id)),
    ...plans.slice(6).map((id) => stopPlan(store, id, planCommands.cancel, 'cancelled', 'olga')),
  ]);
  expect(await store.prisma.webhook.count({ where: { enabled: true } })).toBe(0);
});
