import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failuresPerMinute } from './http/rate-limits.ts';
import { openApiDocument } from './openapi/document.ts';
import { adminToken, startForTest, type TestApi } from './start-for-test.ts';

const rateLimit = 20;
let api: TestApi;
beforeAll(async () => {
  api = await startForTest({ rateLimit, trustProxy: ['loopback'] });
  await api.letIn('kfy_anna', { name: 'anna', role: 'viewer' });
  await api.letIn('kfy_anna_too', { name: 'anna', role: 'auditor' });
  await api.letIn('kfy_bert', { name: 'bert', role: 'viewer' });
}, 120_000);
afterAll(() => api?.stop());

const tooMany = {
  type: 'about:blank',
  title: 'Too many requests',
  status: 429,
  request_id: expect.any(String),
  detail: expect.stringMatching(/Come again in \d+ s\.$/),
};

describe('a caller', () => {
  it('may send so many requests a minute, by whichever token, and is told how many are left', async () => {
    const { headers } = await api.ask('kfy_anna', 'GET', '/v1/me');
    expect(headers.get('ratelimit-policy')).toContain(`q=${rateLimit}; w=60`);
    expect(headers.get('ratelimit')).toContain(`r=${rateLimit - 1}; t=`);
    // What the role does not allow counts too.
    for (let sent = 1; sent < rateLimit; sent += 1) {
      expect((await api.ask('kfy_anna_too', 'POST', '/v1/tokens')).status).toBe(403);
    }
    const refused = await api.ask('kfy_anna', 'GET', '/v1/me');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    const after = Number(refused.headers.get('retry-after'));
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThanOrEqual(60);
    expect(refused.json).toMatchObject({
      ...tooMany,
      detail: `anna may send 20 requests a minute. Come again in ${after} s.`,
    });
    expect((await api.ask('kfy_bert', 'GET', '/v1/me')).status).toBe(200);
  });

  it('finds the probes and the description open', async () => {
    for (const path of ['/healthz', '/readyz', '/openapi.json']) {
      const answers = Array.from({ length: rateLimit + 1 }, () => api.ask('kfy_anna', 'GET', path));
      expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
      expect((await answers[0])?.headers.get('ratelimit')).toBeNull();
    }
  });
});

describe('an address', () => {
  const from = (address: string, token: string | null, path = '/v1/me') =>
    fetch(`${api.url}${path}`, {
      headers: { 'x-forwarded-for': address, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    });

  /** The statuses that `count` requests are answered with, twenty of them at a time; each once. */
  async function statuses(count: number, send: (n: number) => Promise<Response>): Promise<number[]> {
    const seen = new Set<number>();
    for (let sent = 0; sent < count; sent += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send(sent + i)));
      for (const answer of answers) {
        seen.add(answer.status);
        await answer.arrayBuffer();
      }
    }
    return [...seen];
  }

  it('from which too many wrong tokens came is shut out before a token is looked at, and no other is', async () => {
    const guess = (n: number) => from('192.0.2.66, 198.51.100.7', n % 2 ? null : `kfy_guess${n}`);
    expect(await statuses(failuresPerMinute, guess)).toEqual([401]);
    const refused = await from('198.51.100.7', adminToken);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject(tooMany);
    // What the client itself wrote before the trusted proxy's entry is not believed.
    expect((await from('192.0.2.66', adminToken)).status).toBe(200);
    // Figures are shut to it as well.
    const metrics = await from('198.51.100.7', adminToken, '/metrics');
    expect([metrics.status, await metrics.json()]).toEqual([429, expect.objectContaining(tooMany)]);
    expect((await from('192.0.2.66', adminToken, '/metrics')).status).toBe(200);
    expect((await fetch(`${api.url}/healthz`, { headers: { 'x-forwarded-for': '198.51.100.7' } })).status).toBe(200);
  });

  it('is shut out by wrong tokens for the figures too', async () => {
    const guess = (n: number) => from('198.51.100.9', `kfy_figures${n}`, '/metrics');
    expect(await statuses(failuresPerMinute, guess)).toEqual([401]);
    expect((await from('198.51.100.9', adminToken)).status).toBe(429);
  });

  it('is not shut out by what is let in, or refused for another reason', async () => {
    expect(await statuses(failuresPerMinute + 20, () => from('198.51.100.8', 'kfy_anna'))).toEqual([429]);
    expect((await from('198.51.100.8', 'kfy_bert')).status).toBe(200);
  });
});

it('the page at /docs asks for its parts where it is, over plain http too, and has no script within it', async () => {
  const { status, headers, text } = await api.ask(null, 'GET', '/docs/');
  expect(status).toBe(200);
  expect(headers.get('content-security-policy')).toMatch(/script-src 'self';/);
  expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
  const scripts = [...text.matchAll(/<script([^>]*)>/g)].map(
    ([, attributes]) => /src="([^"]*)"/.exec(attributes ?? '')?.[1],
  );
  expect(scripts).toHaveLength(3);
  for (const script of scripts) expect((await api.ask(null, 'GET', `/docs/${script}`)).status).toBe(200);
});

it('the OpenAPI document tells of it at every operation that needs a token, and where one logs in', () => {
  for (const [path, item] of Object.entries(openApiDocument().paths ?? {}))
    for (const { security, responses } of Object.values(item as object))
      expect('429' in responses, path).toBe(security?.length !== 0 || path.startsWith('/login/'));
});
