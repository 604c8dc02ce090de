import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

interface Event {
  id: string;
  type: string;
  source: string;
  subject: string;
  sequence: string;
  data: { counts: { succeeded: number } };
}

let keyferry: Keyferry;
let receiver: Server;
let secret: string;
let webhookId: string;
const received: Event[] = [];
/** Null: nothing is answered. */
let answer: ((response: ServerResponse) => void) | null = (response) => response.end();

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    received.push(new Webhook(secret).verify(body, request.headers as Record<string, string>) as Event);
    answer?.(response);
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const { port } = receiver.address() as AddressInfo;
  keyferry = await startKeyferry({
    KEYFERRY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    KEYFERRY_PUBLIC_URL: 'https://keyferry.example.com/',
    KEYFERRY_WEBHOOK_HOSTS: `127.0.0.1:${port}`,
    KEYFERRY_WEBHOOK_NETWORKS: '127.0.0.1',
  });
  const webhook = { name: 'ops', url: `http://127.0.0.1:${port}/` };
  ({ secret, id: webhookId } = await keyferry.client.request('POST /v1/webhooks', { body: webhook }));
});
afterAll(async () => {
  receiver?.close().closeAllConnections();
  await keyferry?.stop();
});

async function sql(query: string): Promise<void> {
  const client = new pg.Client({ connectionString: keyferry.databaseUrl });
  await client.connect();
  await client.query(query);
  await client.end();
}

/** Takes away every job of the queue of deliveries. */
async function loseDeliverJobs(): Promise<void> {
  if (keyferry.redisUrl === null) return sql(`DELETE FROM bullmq.job WHERE data::text LIKE '%deliveryId%'`);
  const redis = new Redis(keyferry.redisUrl);
  await redis.flushdb();
  redis.disconnect();
}

it('tells of a plan from its submission to its end, signed, each event once and in an order that can be told', async () => {
  const keys = (await keyferry.simulator.makeKeys({ count: 2, account: newAccount() })).map(({ id }) => id);
  const plan = await keyferry.run({ name: 'told', keys, regions: ['eu-west-1'] });
  const events = await until(
    'the end is told',
    () => received.filter(({ subject }) => subject === plan.id),
    (all) => all.some(({ type }) => type.endsWith('.succeeded')),
  );
  const inOrder = [...events].sort((a, b) => (a.sequence < b.sequence ? -1 : 1));
  expect(inOrder.map(({ type }) => type)).toEqual(
    ['resolving', 'scheduled', 'running', 'succeeded'].map((state) => `com.keyferry.plan.${state}`),
  );
  expect(new Set(events.map(({ source }) => source))).toEqual(new Set(['https://keyferry.example.com']));
  expect(inOrder.at(-1)?.data.counts.succeeded).toBe(2);
  const { items } = await until(
    'it is recorded',
    () => keyferry.client.request('GET /v1/webhooks/{id}/deliveries', { id: webhookId }),
    (page) => page.items.every(({ state }) => state === 'delivered'),
  );
  expect(items.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
});

it('sends an event again, with the same id, whose worker was killed before it could note the answer, queue lost too', async () => {
  answer = null;
  const { event } = await keyferry.client.request('POST /v1/webhooks/{id}/test', { id: webhookId });
  const sent = () => received.filter(({ id }) => id === event.id).length;
  await until('it was sent', sent, (count) => count === 1);
  await keyferry.workers[0]?.kill();
  answer = (response) => response.end('late');
  await loseDeliverJobs();
  // What the claim of the dead worker would take a minute to do by itself.
  await sql(`UPDATE webhook_deliveries SET claimed_until = now() - interval '1 second' WHERE state = 'pending'`);
  await keyferry.startWorker();
  await until('it was sent again', sent, (count) => count === 2);
  const delivered = await until(
    'it is recorded',
    async () =>
      (await keyferry.client.request('GET /v1/webhooks/{id}/deliveries', { id: webhookId, query: { limit: 1 } }))
        .items[0],
    (delivery) => delivery?.state === 'delivered',
  );
  expect(delivered).toMatchObject({
    event: { id: event.id },
    attempt_log: [{ duration_ms: null }, { http_status: 200, answer: 'late' }],
  });
});
