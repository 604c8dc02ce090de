import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { problemSchema } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApiDocument } from '../../apps/api/src/openapi/document.ts';
import { diceFrom } from '../chaos/scenario/dice.ts';
import { adminToken, startForTest, type TestApi } from '../harness/start-api.ts';
import { drawRudeRequest, type RudeRequest } from './draw-rude-request.ts';

/** More of it, or another seed: FUZZ_RUDE_REQUESTS=10000 FUZZ_SEED=mine npx vitest run --project unit test/fuzz. */
const requests = Number(process.env.FUZZ_RUDE_REQUESTS ?? 200);
const seed = process.env.FUZZ_SEED ?? 'fuzz';
const atOnce = 10;
/** A request that may stop in its middle is given up so soon; any other must have been answered so soon. */
const [giveUpMs, answerWithinMs] = [300, 15_000];
const partsEveryMs = 5;
/** Uploads that go on through all of it, of each of so many callers, who may have 20 each. */
const slow = { callers: 3, each: 25 };
/** What the process may take beyond what it has before: a handful of bodies of 32 MiB, read, and as text. */
const mostMiB = 400;

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 60_000);
afterAll(() => api?.stop());

const document = openApiDocument();
const documented = (operation: string): string[] => {
  const [method = '', path = ''] = operation.split(' ');
  return Object.keys(document.paths?.[path]?.[method.toLowerCase() as 'get' | 'post']?.responses ?? {});
};

/** All that comes back to some bytes until the connection ends, or patience does. */
async function send({ parts, mayStop }: RudeRequest): Promise<string> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  const end = AbortSignal.timeout(mayStop ? giveUpMs : answerWithinMs);
  let answer = '';
  socket.on('data', (bytes: Buffer) => {
    answer += bytes.toString('latin1');
  });
  socket.on('error', () => undefined);
  for (const part of parts) {
    if (socket.destroyed || end.aborted) break;
    socket.write(part);
    await wait(partsEveryMs);
  }
  await Promise.race([once(socket, 'close', { signal: end }), untilWhole(() => answer, end)]).catch(() => undefined);
  socket.destroy();
  return answer;
}

async function untilWhole(read: () => string, end: AbortSignal): Promise<void> {
  while (!end.aborted && !isWhole(read())) await wait(5);
}

function isWhole(answer: string): boolean {
  const [, head, body] = /^(.*?)\r\n\r\n(.*)$/s.exec(answer) ?? [];
  const length = /^content-length: (\d+)/im.exec(head ?? '')?.[1];
  return head !== undefined && length !== undefined && (body ?? '').length >= Number(length);
}

/** What is wrong with an answer; null: nothing, or it was given up before there was one. */
function judge({ operation, mayStop }: RudeRequest, answer: string): string | null {
  if (answer === '') return mayStop ? null : 'no answer';
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? '';
  if (!documented(operation).includes(status)) return `${status} is not documented: ${answer.slice(0, 500)}`;
  if (Number(status) < 400 || !isWhole(answer)) return null;
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  if (!/^content-type: application\/problem\+json/im.test(head)) return `no problem document: ${answer.slice(0, 500)}`;
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  const problem = JSON.parse(Buffer.from(body, 'latin1').subarray(0, length).toString());
  return problemSchema.safeParse(problem).success ? null : `no problem document: ${body.slice(0, 500)}`;
}

test(`however rudely it is asked, it answers as its document tells, stays up, and stays small (seed ${seed})`, async () => {
  const spec = { name: 'x', mode: 'preview', keys: ['mrk-1'], regions: ['eu-west-1'] };
  const { id } = (await api.ask(adminToken, 'POST', '/v1/plans', spec)).json;
  const uploads = [];
  for (let n = 0; n < slow.callers; n += 1) {
    await api.letIn(`kfy_slow_${n}`, { name: `slow-${n}`, role: 'operator' });
    for (let i = 0; i < slow.each; i += 1) uploads.push(upload(`kfy_slow_${n}`));
  }
  const wrong: string[] = [];
  const answered = new Set<string>();
  const before = process.memoryUsage().rss;
  let [next, most] = [0, 0];
  const work = async () => {
    while (next < requests && wrong.length < 10) {
      next += 1;
      const n = next;
      const request = drawRudeRequest(adminToken, String(id), diceFrom(`${seed} ${n}`));
      const answer = await send(request);
      most = Math.max(most, (process.memoryUsage().rss - before) / 2 ** 20);
      answered.add(answer.slice(9, 12));
      const what = judge(request, answer);
      if (what !== null) wrong.push(`#${n} ${request.operation}, ${request.kind}\n→ ${what}`);
      if (n % 20 === 0 && (await api.ask(null, 'GET', '/healthz')).status !== 200) wrong.push(`#${n} is not healthy`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  for (const one of uploads) one.destroy();
  expect(wrong.join('\n\n')).toBe('');
  expect([...answered]).toEqual(expect.arrayContaining(['202', '400', '411', '413', '415', '431']));
  expect((await api.ask(adminToken, 'POST', '/v1/plans', spec)).status).toBe(202);
  expect(most).toBeLessThan(mostMiB);
}, 60_000);

/** A body of which a letter comes now and then, and never the last. */
function upload(token: string) {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined).on('data', () => undefined);
  socket.write(
    `POST /v1/plans HTTP/1.1\r\nHost: keyferry\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{',
  );
  const every = setInterval(() => socket.write(' '), 100);
  socket.on('close', () => clearInterval(every));
  return socket;
}
