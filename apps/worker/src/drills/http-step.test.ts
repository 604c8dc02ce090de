import type { StepOf } from '@keyferry/core';
import type { CalledCheck, CheckToCall } from '@keyferry/webhook';
import { expect, it } from 'vitest';
import type { DrillContext, StepAtWorkOf } from './drill-context.ts';
import { callCheck, httpStep } from './http-step.ts';

const sent: CheckToCall[] = [];
const context = {
  config: {
    webhooks: { hosts: ['checks.example.com', 'other.example.com'], networks: [] },
    checkTokens: new Map([['payments', { token: 'the-token', hosts: ['checks.example.com'] }]]),
  },
  sender: {
    call: async (check: CheckToCall): Promise<CalledCheck> => {
      sent.push(check);
      return { durationMs: 1, httpStatus: 200, error: null, answer: null, answerSha256: null };
    },
  },
} as unknown as DrillContext;

const specOf = (more: Partial<StepOf<'http'>>) =>
  ({
    step: 'http',
    url: 'https://checks.example.com/x',
    method: 'GET',
    headers: {},
    body: null,
    ...more,
  }) as StepOf<'http'>;

it('sends a token to the host that it is bound to, and each header once, by its name in lower case', async () => {
  const spec = specOf({ bearer: 'payments', headers: { 'User-Agent': 'drill' } });
  await callCheck(context, { drillId: 'd', stepId: 's', tries: 1, spec }, undefined);
  expect(sent.pop()?.headers).toEqual({
    'user-agent': 'drill',
    'idempotency-key': 'd-s-1',
    authorization: 'Bearer the-token',
  });
});

it('sends it to no other host, even where the call is made', async () => {
  const spec = specOf({ bearer: 'payments', url: 'https://other.example.com/x' });
  await callCheck(context, { drillId: 'd', stepId: 's', tries: 1, spec }, undefined);
  expect(sent.pop()?.headers).not.toHaveProperty('authorization');
});

it.each([
  ['token_for_other_host', { bearer: 'payments', url: 'https://other.example.com/x' }],
  ['unknown_token', { bearer: 'nobody' }],
  ['forbidden_address', { bearer: null, url: 'https://elsewhere.example.com/x' }],
  ['refused_header', { bearer: null, headers: { cookie: 'a=b' } }],
  ['secret_in_url', { bearer: null, url: 'https://checks.example.com/x?token=a' }],
])('looks again before each call of a step that has begun, as when settings have changed: %s', async (code, more) => {
  const work = { context, step: { detail: { tries: 1 } }, spec: specOf(more as object), now: new Date() };
  expect(await httpStep.look(work as unknown as StepAtWorkOf<'http'>)).toMatchObject({ to: 'failed', code });
});
