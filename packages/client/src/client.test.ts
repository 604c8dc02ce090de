import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createKeyferryClient, type PlanEvent, ProblemError, retryDelayMs, UnreachableError } from './index.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server that gives each request in turn to the next answer, and the last one to all that follow. */
async function serve(...answers: ((response: ServerResponse, request: IncomingMessage) => unknown)[]) {
  let count = 0;
  const server = createServer((request, response) => {
    const answer = answers[Math.min(count, answers.length - 1)];
    count += 1;
    answer?.(response, request);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return createKeyferryClient({ url, token: 'token', timeoutMs: 500 });
}

const send = (body: unknown) => (response: ServerResponse) => response.end(JSON.stringify(body));
const planEvent = (id: number, finished: string | null) =>
  `id: ${id}\nevent: plan.updated\ndata: ${JSON.stringify({ id: 'p', finished_at: finished })}\n\n`;

test('a plan is followed over lost connections from the last event that was seen', async () => {
  const resumedFrom: unknown[] = [];
  const client = await serve(
    (response) => {
      response.write(planEvent(7, null).slice(0, 20));
      response.write(planEvent(7, null).slice(20), () => response.destroy());
    },
    (response) => response.destroy(),
    (response, request) => {
      resumedFrom.push(request.headers['last-event-id']);
      response.write(': keep-alive\n\n');
      response.end(planEvent(8, '2026-11-24T12:00:00.000Z'));
    },
  );
  const events: PlanEvent[] = await Array.fromAsync(client.events('p'));
  expect(events.map((event) => event.type)).toEqual(['plan', 'lost', 'regained', 'plan']);
  expect(resumedFrom).toEqual(['7']);
});

test('a drill is followed to its end, past the entries of its log', async () => {
  const told = (finished: string | null) =>
    `event: drill.log\nid: 4\ndata: {}\n\nevent: drill.updated\ndata: ${JSON.stringify({ id: 'd', finished_at: finished })}\n\n`;
  const resumedFrom: unknown[] = [];
  const client = await serve(
    (response) => response.write(told(null), () => response.destroy()),
    (response, request) => {
      resumedFrom.push(request.headers['last-event-id']);
      response.write(told('2026-11-24T12:00:00.000Z'));
    },
  );
  const events = await Array.fromAsync(client.drillEvents('d'));
  expect(events.map((event) => event.type)).toEqual(['drill', 'lost', 'regained', 'drill']);
  expect(resumedFrom).toEqual(['4']);
});

test('a plan is followed with as much of its replicas as is wanted, after a lost connection too', async () => {
  const asked: unknown[] = [];
  const cell = { key_id: 'k', region: 'eu-west-1', state: 'queued' };
  const message = `event: replica.updated\nid: 3\ndata: ${JSON.stringify({ replicas: [cell], truncated: false })}\n\n`;
  const client = await serve(
    (response, request) => {
      asked.push(request.url);
      response.write(message, () => response.destroy());
    },
    (response, request) => {
      asked.push(request.url);
      response.end(planEvent(4, '2026-11-24T12:00:00.000Z'));
    },
  );
  const [first] = await Array.fromAsync(client.events('p', { fields: 'matrix' }));
  expect(first).toEqual({ type: 'replicas', replicas: [cell], truncated: false });
  expect(asked).toEqual(Array(2).fill('/v1/plans/p/events?fields=matrix'));
});

const refuse =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(JSON.stringify({ title: 'Not now', status, detail: `Refused ${status}.` }));

test('a stream that is refused for now is opened again, when it may be, until it opens', async () => {
  const asked: number[] = [];
  const timed = (answer: (response: ServerResponse) => unknown) => (response: ServerResponse) => {
    asked.push(Date.now());
    answer(response);
  };
  const client = await serve(
    timed(refuse(429, { 'retry-after': '2' })),
    timed(refuse(503)),
    timed(refuse(502)),
    timed(refuse(504, { 'retry-after': 'soon' })),
    timed((response) => response.end(planEvent(1, '2026-11-24T12:00:00.000Z'))),
  );
  const events: PlanEvent[] = await Array.fromAsync(client.events('p'));
  expect(events).toMatchObject([
    { type: 'lost', problem: { status: 429, detail: 'Refused 429.' } },
    { type: 'regained' },
    { type: 'plan' },
  ]);
  expect(asked).toHaveLength(5);
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(1_900);
}, 20_000);

test('a stream that was refused for long is left at once when it is told to', async () => {
  const client = await serve(refuse(503, { 'retry-after': '3600' }));
  const stop = new AbortController();
  for await (const event of client.drillEvents('d', { signal: stop.signal })) {
    expect(event.type).toBe('lost');
    stop.abort();
  }
});

test.each([400, 401, 403, 404, 409, 500])('a stream that is refused with %i is not opened again', async (status) => {
  const client = await serve(refuse(status, { 'retry-after': '1' }));
  await expect(Array.fromAsync(client.events('p'))).rejects.toMatchObject({ name: 'ProblemError', status });
});

test('no refusal is waited out for longer than half a minute', () => {
  const problem = { type: 'about:blank', title: 'Not now', status: 429, detail: '', instance: '', request_id: '' };
  expect(retryDelayMs(new ProblemError(problem, 3_600), 1_000)).toBe(30_000);
  expect(retryDelayMs(new ProblemError(problem, 0), 1_000)).toBe(1_000);
  expect(retryDelayMs(new UnreachableError('Away.'), 1_000)).toBe(1_000);
  expect(retryDelayMs(new ProblemError({ ...problem, status: 403 }, 5), 1_000)).toBeNull();
});

test('following ends when it is told to', async () => {
  const client = await serve((response) => response.write(planEvent(1, null)));
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const event of client.events('p', { signal: stop.signal })) {
    seen.push(event.type);
    stop.abort();
  }
  expect(seen).toEqual(['plan']);
});

test('all plans are followed beyond the end of one, over lost connections, until it is told to stop', async () => {
  const client = await serve(
    (response) => response.write(planEvent(1, '2026-11-24T12:00:00.000Z'), () => response.destroy()),
    (response) => response.write('event: truncated\ndata: {}\n\n'),
  );
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const event of client.allEvents({ signal: stop.signal })) {
    seen.push(event.type);
    if (event.type === 'truncated') stop.abort();
  }
  expect(seen).toEqual(['plan', 'lost', 'regained', 'truncated']);
});

test('a list of plans is asked for by several states', async () => {
  const client = await serve((response, request) => send(request.url)(response));
  expect(await client.request('GET /v1/plans', { query: { state: ['running', 'halted'], q: 'a b' } })).toBe(
    '/v1/plans?state=running&state=halted&q=a+b',
  );
  expect(await client.request('GET /v1/plans/{id}/matrix', { id: 'p', query: { state: 'failed', offset: 40 } })).toBe(
    '/v1/plans/p/matrix?state=failed&offset=40',
  );
});

test('what the API refuses is thrown as its problem document, also while following', async () => {
  const problem = { title: 'Not found', status: 404, detail: 'There is no plan p.', request_id: 'r' };
  const client = await serve((response) => response.writeHead(404).end(JSON.stringify(problem)));
  await expect(client.request('GET /v1/plans/{id}', { id: 'p' })).rejects.toMatchObject({
    name: 'ProblemError',
    status: 404,
    message: problem.detail,
  });
  await expect(Array.fromAsync(client.events('p'))).rejects.toBeInstanceOf(ProblemError);
});

test('all pages of replicas are read, with the filter on each', async () => {
  const asked: unknown[] = [];
  const client = await serve(
    (response, request) => {
      asked.push(request.url);
      send({ items: [{ id: 1 }, { id: 2 }], next_cursor: 'a b' })(response);
    },
    (response, request) => {
      asked.push(request.url);
      send({ items: [{ id: 3 }], next_cursor: null })(response);
    },
  );
  const replicas = await Array.fromAsync(client.eachReplica('p/1', { state: 'failed' }));
  expect(replicas).toHaveLength(3);
  expect(asked).toEqual([
    '/v1/plans/p%2F1/replicas?state=failed&limit=1000',
    '/v1/plans/p%2F1/replicas?state=failed&limit=1000&cursor=a+b',
  ]);
});

test('a page of the matrix that is not wanted any more is aborted, which is no outage', async () => {
  const client = await serve(() => undefined);
  const leave = new AbortController();
  const page = client.request('GET /v1/plans/{id}/matrix', { id: 'p', query: { offset: 100 }, signal: leave.signal });
  leave.abort();
  await expect(page).rejects.toMatchObject({ name: 'AbortError' });
});

test.each([
  ['nobody answers in time', () => undefined],
  ['the connection breaks', (response: ServerResponse) => response.destroy()],
  ['the answer breaks off', (response: ServerResponse) => response.end('{"id":')],
  ['somebody else answers', (response: ServerResponse) => response.writeHead(503).end('<html>')],
])('it says that the API is not there when %s', async (_what, answer) => {
  const client = await serve(answer);
  await expect(client.request('GET /v1/plans/{id}', { id: 'p' })).rejects.toBeInstanceOf(UnreachableError);
});
