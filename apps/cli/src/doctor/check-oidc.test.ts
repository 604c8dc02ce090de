import { loadConfig } from '@keyferry/config';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { issuerClient, startIssuer, type TestIssuer } from '../../../../test/servers/start-issuer.ts';
import { checkOidc } from './check-oidc.ts';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer?.stop());

const check = (changed: NodeJS.ProcessEnv = {}) =>
  checkOidc(
    loadConfig({
      KEYFERRY_OIDC_ISSUER: issuer.url,
      KEYFERRY_OIDC_AUDIENCE: issuerClient.audience,
      KEYFERRY_OIDC_CLIENT_ID: issuerClient.id,
      KEYFERRY_OIDC_CLIENT_SECRET: issuerClient.secret,
      KEYFERRY_PUBLIC_URL: 'https://keyferry.example.com',
      ...changed,
    }).api.oidc,
  );

it('an OIDC provider that answers is reported, with how browsers log in', async () => {
  const findings = await check();
  expect(findings).toMatchObject([
    { check: 'oidc', status: 'ok', found: `${issuer.url} answers and has 1 key` },
    { check: 'oidc login', status: 'ok', found: 'browsers log in at https://keyferry.example.com/login/oidc' },
  ]);
  expect(JSON.stringify(findings)).not.toContain(issuerClient.secret);
  expect((await check({ KEYFERRY_OIDC_CLIENT_SECRET: '' }))[1]).toMatchObject({ status: 'warn' });
  expect(await checkOidc(null)).toEqual([]);
});

it.each([
  ['does not answer', () => issuer.url, true, /cannot reach .*: other side closed/],
  ['has no such page', () => `${issuer.url}/nothing`, false, /cannot reach .* answers 404/],
  ['is another', () => issuer.url.replace('127.0.0.1', 'localhost'), false, /reports another issuer: http:\/\/127/],
])('one that %s fails, and is told with what to check', async (_what, url, isDown, message) => {
  issuer.isDown = isDown;
  const [finding] = await check({ KEYFERRY_OIDC_ISSUER: url() });
  issuer.isDown = false;
  expect(finding).toMatchObject({ status: 'fail', found: expect.stringMatching(message) });
  expect(finding?.advice).toContain('KEYFERRY_OIDC_ISSUER');
});
