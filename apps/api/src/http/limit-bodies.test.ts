import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { until } from '../../../../test/harness/until.ts';
import { bodiesInAll, bodiesPerCaller } from './limit-bodies.ts';

const callers = Array.from({ length: bodiesInAll / bodiesPerCaller }, (_, i) => `caller-${i}`);
let api: TestApi;
let uploads: ClientRequest[] = [];
/** Says that it keeps its connections: that they end is the API's doing. */
const agent = new Agent({ keepAlive: true });
beforeEach(async () => {
  api = await startForTest();
  for (const name of ['anna', 'bert', ...callers]) await api.letIn(`kfy_${name}`, { name, role: 'operator' });
}, 120_000);
afterEach(async () => {
  for (const upload of uploads) upload.destroy();
  uploads = [];
  agent.destroy();
  await api?.stop();
});

/** Begins a request whose body does not come to its end. */
function upload(name: string, type = 'application/json'): ClientRequest {
  const headers = { authorization: `Bearer kfy_${name}`, 'content-type': type, 'content-length': 1_000 };
  const one = request(`${api.url}/v1/plans`, { method: 'POST', headers, agent });
  one.on('error', () => undefined).write('{');
  uploads.push(one);
  return one;
}
/** A whole request with a body, for a plan that is not there. */
const ask = (name: string) =>
  api.ask(`kfy_${name}`, 'POST', '/v1/plans/8f0c0c0e-0000-4000-8000-000000000000/pause', {});
const isAnswered = (name: string, expected: number) =>
  until(
    `${name} gets a ${expected}`,
    () => ask(name),
    ({ status }) => status === expected,
  );

it('a caller sends so many bodies at the same time; others, and what has no body, are not held up', async () => {
  for (let i = 0; i < bodiesPerCaller; i += 1) upload('anna');
  const refused = await isAnswered('anna', 429);
  expect(refused.json).toMatchObject({
    title: 'Too many requests',
    detail:
      'anna has 20 requests with a body under way, the limit for one caller. Wait for one to finish, or retry in 5 s.',
  });
  expect(refused.headers.get('retry-after')).toBe('5');
  expect((await ask('bert')).status).toBe(404);
  expect((await api.ask('kfy_anna', 'GET', '/v1/me')).status).toBe(200);
  // Of what is refused the connection does not stay either.
  const one = upload('anna');
  const [answer] = (await once(one, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(429);
  answer.resume();
  if (!one.socket?.closed) await once(one.socket as NodeJS.EventEmitter, 'close');

  uploads[0]?.destroy();
  await isAnswered('anna', 404);
}, 30_000);

it('all callers together too, while the probes answer', async () => {
  for (const name of callers) for (let i = 0; i < bodiesPerCaller; i += 1) upload(name);
  const refused = await isAnswered('anna', 503);
  expect(refused.json).toMatchObject({
    title: 'Too busy',
    detail: 'This API process has 200 requests with a body under way, its limit. Retry in 5 s.',
  });
  expect(refused.headers.get('retry-after')).toBe('5');
  for (const path of ['/healthz', '/readyz']) expect((await api.ask(null, 'GET', path)).status).toBe(200);
  for (const one of uploads) one.destroy();
  await isAnswered('anna', 404);
}, 30_000);

it('many that come at once and are soon over are all let through', async () => {
  const answers = await Promise.all(Array.from({ length: 5 * bodiesPerCaller }, () => ask('anna')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
}, 30_000);

it('a body that continues after its response still counts as in flight', async () => {
  for (let i = 0; i < bodiesPerCaller; i += 1) {
    const [answer] = (await once(upload('anna', 'text/plain'), 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(415);
    answer.resume();
  }
  expect((await ask('anna')).status).toBe(429);
  for (const one of uploads) one.end(' '.repeat(999));
  await isAnswered('anna', 404);
}, 30_000);
