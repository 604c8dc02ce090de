import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog } from '@keyferry/log';
import express from 'express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { notFound, problemHandler, requestId } from './problem.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const server = createServer(express().use(requestId, notFound, problemHandler(createLog('api', 'silent'))));
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => server.close().closeAllConnections());

/** What is answered to a request that names itself so; an empty list: it does not. */
async function answeredTo(...given: string[]) {
  const { port } = server.address() as AddressInfo;
  const asked = request({ port, host: '127.0.0.1', headers: given.length === 0 ? {} : { 'X-Request-Id': given } });
  const [answer] = await once(asked.end(), 'response');
  const body = JSON.parse((await answer.toArray()).join(''));
  const { 'x-request-id': own, 'x-caller-request-id': callers } = answer.headers;
  return { own, callers, inBody: body.request_id };
}

it('is always ours, so that no two requests have one; what the caller calls it comes back beside it', async () => {
  const answers = await Promise.all([answeredTo('deploy-7'), answeredTo('deploy-7'), answeredTo()]);
  expect(new Set(answers.map(({ own }) => own)).size).toBe(3);
  for (const { own, inBody } of answers) {
    expect(own).toMatch(uuid);
    expect(inBody).toBe(own);
  }
  expect(answers.map(({ callers }) => callers)).toEqual(['deploy-7', 'deploy-7', undefined]);
});

it.each(['a'.repeat(101), 'has spaces', '<script>', 'a"b', 'tab\tbed', '\u00fcber', ''])(
  'of the caller is bounded in length and letters: %j does not come back',
  async (given) => {
    const { own, callers } = await answeredTo(given);
    expect(own).toMatch(uuid);
    expect(callers).toBeUndefined();
  },
);

it('of the caller that comes twice does not come back', async () => {
  expect((await answeredTo('one', 'two')).callers).toBeUndefined();
});
