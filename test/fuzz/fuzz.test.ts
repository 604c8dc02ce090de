import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { problemSchema } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApiDocument } from '../../apps/api/src/openapi/document.ts';
import { diceFrom } from '../chaos/scenario/dice.ts';
import { adminToken, startForTest, type TestApi } from '../harness/start-api.ts';
import { type Description, type DrawnRequest, drawRequest } from './draw-request.ts';

/** More of it, or another seed: FUZZ_REQUESTS=100000 FUZZ_SEED=mine npx vitest run --project unit test/fuzz. */
const requests = Number(process.env.FUZZ_REQUESTS ?? 3_000);
const seed = process.env.FUZZ_SEED ?? 'fuzz';
const atOnce = 8;
const answerWithinMs = 10_000;

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 60_000);
afterAll(() => api?.stop());

/** What is wrong with an answer; null: nothing. */
async function ask({ method, path, headers, body }: DrawnRequest): Promise<string | null> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, ...headers },
    signal: AbortSignal.timeout(answerWithinMs),
    ...(body === null || method === 'HEAD' || method === 'GET' ? {} : { body: body as string }),
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return null;
  }
  const text = await response.text();
  if (response.status >= 500 || response.status < 200 || (response.status >= 300 && response.status < 400)) {
    return `${response.status} ${text.slice(0, 500)}`;
  }
  if (/node_modules|\.ts:\d+|at .*\(.*:\d+:\d+\)/.test(text) && !type.startsWith('text/html'))
    return `a stack: ${text.slice(0, 500)}`;
  if (response.status < 400 || method === 'HEAD') return null;
  // Who logs in is a person at a browser, and gets a page.
  if (/^\/login\//i.test(path) && type.startsWith('text/html')) return null;
  if (!type.startsWith('application/problem+json')) return `${response.status} ${type}: ${text.slice(0, 500)}`;
  const problem = problemSchema.safeParse(JSON.parse(text));
  return problem.success ? null : `no problem document: ${text.slice(0, 500)}`;
}

function usedAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test(`whatever is asked, it answers with success or a problem document, soon, and does not grow (seed ${seed})`, async () => {
  const document = JSON.parse(JSON.stringify(openApiDocument())) as Description;
  const plans = ['mrk-1', 'mrk-2'].map((key) =>
    api.ask(adminToken, 'POST', '/v1/plans', { name: 'x', mode: 'preview', keys: [key], regions: ['eu-west-1'] }),
  );
  const ids = [
    ...(await Promise.all(plans)).map(({ json }) => String(json.id)),
    'eu',
    '111122223333:eu-west-1:CreateKey',
  ];
  const wrong: string[] = [];
  let next = 0;
  let early = Number.NaN;
  const work = async () => {
    while (next < requests && wrong.length < 10) {
      next += 1;
      const n = next;
      if (n === Math.ceil(requests / 3)) early = usedAfterCollection();
      const request = drawRequest(document, ids, diceFrom(`${seed} ${n}`));
      const what = await ask(request).catch(
        (error: Error) => `${error.name}: ${error.message} ${String(error.cause ?? '')}`,
      );
      if (what !== null) {
        const { body, ...rest } = request;
        wrong.push(`#${n} ${JSON.stringify({ ...rest, body: String(body).slice(0, 300) })}\n→ ${what}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  expect(wrong.join('\n\n')).toBe('');
  expect(await api.ask(null, 'GET', '/healthz')).toMatchObject({ status: 200 });
  expect(usedAfterCollection() - early).toBeLessThan(30);
}, 600_000);
