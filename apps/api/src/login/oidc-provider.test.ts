import type { OidcConfig } from '@keyferry/config';
import { roles } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../../test/harness/until.ts';
import { selfSigned } from '../../../../test/servers/self-signed.ts';
import { issuerClient, startIssuer, type TestIssuer } from '../../../../test/servers/start-issuer.ts';
import { openOidcProvider } from './oidc-provider.ts';

const cooldownMs = 300;
const skew = 30;
let issuer: TestIssuer;
let provider: ReturnType<typeof open>;

beforeAll(async () => {
  issuer = await startIssuer();
});
beforeEach(() => {
  issuer.isDown = false;
  issuer.asked.length = 0;
  provider = open();
});
afterAll(() => issuer?.stop());

function open(more: Partial<OidcConfig> = {}, logLine: (line: string) => void = () => undefined) {
  const config: OidcConfig = {
    ...{
      issuer: issuer.url,
      audience: issuerClient.audience,
      roleClaim: 'roles',
      nameClaim: 'sub',
      ca: null,
      login: null,
    },
    ...{ roles: new Map(roles.map((role) => [role, role])), clockSkewSeconds: skew, ...more },
  };
  return openOidcProvider(config, createLog('api', 'warn', { write: logLine }), cooldownMs);
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
const keysRead = () => issuer.asked.filter((path) => path === '/jwks').length;

describe('a token of the provider', () => {
  it('is taken for what it says, and the provider is asked for its keys once', async () => {
    const tokens = await Promise.all([
      issuer.mint(),
      issuer.mint({ sub: 'bert' }),
      issuer.mint({ aud: ['x', issuerClient.audience] }),
    ]);
    const claims = await Promise.all(tokens.map((token) => provider.claimsOf(token)));
    expect(claims.map(({ sub }) => sub)).toEqual(['anna', 'bert', 'anna']);
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it.each([
    ['expired, within the skew of clocks', () => ({ exp: inSeconds(5 - skew) })],
    ['not valid yet, within the skew of clocks', () => ({ nbf: inSeconds(skew - 5) })],
    ['issued in the future, within the skew of clocks', () => ({ iat: inSeconds(skew - 5) })],
  ])('is taken when it is %s', async (_what, claims) => {
    await expect(provider.claimsOf(await issuer.mint(claims()))).resolves.toMatchObject({ sub: 'anna' });
  });

  it.each([
    ['has expired', () => ({ exp: inSeconds(-skew - 1) }), /has expired/],
    ['is not valid yet', () => ({ nbf: inSeconds(skew + 5) }), /not valid yet/],
    ['was issued in the future', () => ({ iat: inSeconds(skew + 5) }), /issued in the future/],
    ['never expires', () => ({ exp: undefined }), /claim of this token is missing/],
    ['does not say when it was issued', () => ({ iat: undefined }), /claim of this token is missing/],
    ['does not say of whom it is', () => ({ sub: undefined }), /claim of this token is missing/],
    [
      'has a time that is none',
      () => ({ exp: '2099' as unknown as number }),
      /A claim of this token is missing or wrong/,
    ],
    ['is from another issuer', () => ({ iss: 'https://id.example.com' }), /not from http:\/\/127/],
    ['says not from whom it is', () => ({ iss: undefined }), /not from/],
    ['is for another audience', () => ({ aud: ['keyferry', 'keyferry-api-2'] }), /not for "keyferry-api"/],
    ['is for nobody', () => ({ aud: undefined }), /not for/],
  ])('is refused when it %s', async (_what, claims, message) => {
    const refused = provider.claimsOf(await issuer.mint(claims()));
    await expect(refused).rejects.toMatchObject({ status: 401, message: expect.stringMatching(message) });
  });

  it('is refused when it is unsigned, signed with a key that both sides share, or changed', async () => {
    const good = { iss: issuer.url, aud: issuerClient.audience, sub: 'anna', roles: ['admin'] };
    const claims = { ...good, iat: inSeconds(0), exp: inSeconds(60) };
    const shared = new TextEncoder().encode(issuerClient.secret.repeat(2));
    const hs256 = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(shared);
    for (const token of [new UnsecuredJWT(claims).encode(), hs256]) {
      await expect(provider.claimsOf(token)).rejects.toMatchObject({
        status: 401,
        message: expect.stringMatching(/signature algorithm/),
      });
    }
    const [header, , signature] = (await issuer.mint()).split('.');
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    for (const token of [
      `${header}.${body}.${signature}`,
      `${header}.${body}.`,
      'eyJ.e30.x',
      'eyJhbGciOiJFUzI1NiJ9..',
    ]) {
      await expect(provider.claimsOf(token)).rejects.toMatchObject({ status: 401 });
    }
  });

  it('is refused when another key made it, under whatever id', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const [header = ''] = (await issuer.mint()).split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const claims = { iss: issuer.url, aud: issuerClient.audience, sub: 'anna', iat: inSeconds(0), exp: inSeconds(60) };
    for (const name of [kid, 'another']) {
      const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: name }).sign(privateKey);
      await expect(provider.claimsOf(forged)).rejects.toMatchObject({ status: 401 });
    }
  });
});

describe('when the provider changes its keys', () => {
  it('the new one is taken up, and what the old one signed is worth nothing', async () => {
    const old = await issuer.mint();
    await provider.claimsOf(old);
    await issuer.rotate();
    const young = await issuer.mint({ sub: 'young' });
    await until(
      'the new key is known',
      () => provider.claimsOf(young).catch(() => null),
      (claims) => claims?.sub === 'young',
    );
    await expect(provider.claimsOf(old)).rejects.toMatchObject({ status: 401 });
  });

  it('a flood of unknown keys does not become one of requests to it', async () => {
    await provider.claimsOf(await issuer.mint());
    const unknown = await Promise.all(Array.from({ length: 50 }, (_, i) => issuer.mint({}, { kid: `unknown-${i}` })));
    const began = Date.now();
    const answers = await Promise.allSettled(unknown.map((token) => provider.claimsOf(token)));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(keysRead()).toBeLessThanOrEqual(2 + Math.floor((Date.now() - began) / cooldownMs));
  });
});

describe('while the provider is down', () => {
  it('a token gets a 503 that says so, and not a 401; once it is back the token is taken', async () => {
    const lines: string[] = [];
    provider = open({}, (line) => lines.push(line));
    const token = await issuer.mint();
    issuer.isDown = true;
    const answer = await provider.claimsOf(token).catch((error) => error);
    expect(answer).toMatchObject({
      status: 503,
      message: expect.stringContaining(`${issuer.url} is down or misconfigured`),
      headers: { 'Retry-After': '5' },
    });
    expect(lines.join('')).toContain('ProviderAway');
    expect(lines.join('')).not.toContain(token.slice(0, 20));
    issuer.isDown = false;
    await expect(provider.claimsOf(token)).resolves.toMatchObject({ sub: 'anna' });
  });

  it('those whose key is known are let in all the same', async () => {
    const token = await issuer.mint();
    await provider.claimsOf(token);
    issuer.isDown = true;
    await expect(provider.claimsOf(token)).resolves.toMatchObject({ sub: 'anna' });
  });

  it('is as if it called itself otherwise than configured', async () => {
    const lines: string[] = [];
    provider = open({ issuer: issuer.url.replace('127.0.0.1', 'localhost') }, (line) => lines.push(line));
    await expect(provider.claimsOf(await issuer.mint())).rejects.toMatchObject({ status: 503 });
    expect(lines.join('')).toContain('does not match the expected issuer');
  });
});

it('a provider whose certificate no public CA has signed is believed by KEYFERRY_OIDC_CA_FILE alone', async () => {
  const pair = await selfSigned();
  const own = await startIssuer(pair);
  const token = await own.mint();
  const config = { issuer: own.url };
  await expect(open({ ...config, ca: pair.cert }).claimsOf(token)).resolves.toMatchObject({ sub: 'anna' });
  await expect(open(config).claimsOf(token)).rejects.toMatchObject({ status: 503 });
  await own.stop();
});
