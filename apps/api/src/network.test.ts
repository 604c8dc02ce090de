import { costOf } from '@keyferry/operations';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../test/harness/start-api.ts';
import { failuresPerMinute } from './http/rate-limits.ts';
import { openApiDocument } from './openapi/document.ts';

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
  detail: expect.stringMatching(/Retry in \d+ s\.$/),
};

describe('a caller', () => {
  it('may send a number of requests a minute over all tokens, and sees how many are left', async () => {
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
      detail: `anna has used up its 20 cost units per minute, 19 of them by POST /v1/tokens. Retry in ${after} s.`,
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

describe('the budget of a caller', () => {
  const perMinute = 200;
  const plan = { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] };
  const KiB = 1_024;
  let limited: TestApi;
  beforeAll(async () => {
    limited = await startForTest({ databaseUrl: api.databaseUrl, rateLimit: perMinute });
    for (const name of ['cleo', 'dirk', 'emil', 'faye', 'gus']) {
      await limited.letIn(`kfy_${name}`, { name, role: name === 'gus' ? 'viewer' : 'operator' });
    }
  }, 60_000);
  afterAll(() => limited?.stop());

  /** What the caller has left, without the read that asks for it. */
  const left = async (token: string): Promise<number> => {
    const { headers } = await limited.ask(token, 'GET', '/v1/me');
    return Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]) + 1;
  };
  const send = (token: string, method: string, path: string, type: string, body: string | ReadableStream) =>
    fetch(`${limited.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body,
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });

  it('is used up sooner by costly operations, which it names; other callers are not affected', async () => {
    for (let sent = 1; sent <= perMinute / costOf('POST /v1/plans'); sent += 1) {
      const { status, headers } = await limited.ask('kfy_cleo', 'POST', '/v1/plans', plan);
      expect([status, headers.get('ratelimit')]).toEqual([
        202,
        expect.stringContaining(`r=${perMinute - sent * costOf('POST /v1/plans')};`),
      ]);
    }
    const { status, headers, json } = await limited.ask('kfy_cleo', 'GET', '/v1/me');
    expect([status, json.detail]).toEqual([
      429,
      expect.stringMatching(/^cleo has used up its 200 cost units per minute, 200 of them by POST \/v1\/plans\./),
    ]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await left('kfy_gus')).toBe(perMinute);
    expect((await limited.ask('kfy_cleo', 'GET', '/healthz')).status).toBe(200);
  });

  it('pays one for any refused request', async () => {
    const before = await left('kfy_dirk');
    expect((await limited.ask('kfy_gus', 'POST', '/v1/coverage/checks', {})).status).toBe(403);
    for (const [path, status] of [
      ['/v1/coverage/checks', 422],
      ['/v1/plans/none/retry', 404],
      ['/v1/nothing', 404],
    ] as const)
      expect((await limited.ask('kfy_dirk', 'POST', path, {})).status, path).toBe(status);
    // One for the look before.
    await vi.waitFor(async () => expect(before - (await left('kfy_dirk'))).toBeLessThan(12));
    expect(await left('kfy_gus')).toBeGreaterThan(perMinute - 5);
  });

  const manifestOf = (rows: number) =>
    ['key,region', ...Array.from({ length: rows }, (_, n) => `mrk-${String(n).padStart(32, '0')},eu-west-1`)].join(
      '\n',
    );
  it.each([
    ['JSON of many keys', 'POST', '/v1/plans', 'application/json', () => `{"keys":["${'x'.repeat(640 * KiB)}"]}`, 20],
    ['small JSON', 'PATCH', '/v1/plans/x', 'application/json', () => `{"x":"${'x'.repeat(160 * KiB)}"}`, 5],
    ['a manifest', 'POST', '/v1/plans?nam=x', 'text/csv', () => manifestOf(7_000), 10],
    [
      'more than is taken',
      'PATCH',
      '/v1/plans/x',
      'application/json',
      () => new Blob(['x'.repeat(300 * KiB)]).stream(),
      8,
    ],
  ] as const)('pays for the size of a body, refused or not: %s', async (_what, method, path, type, body, units) => {
    const before = await left('kfy_emil');
    const answer = await send('kfy_emil', method, path, type, body());
    await answer.arrayBuffer();
    expect([400, 404, 413, 422]).toContain(answer.status);
    // The look before, the refusal and the body.
    await vi.waitFor(async () => expect(before - (await left('kfy_emil'))).toBeLessThan(units + 10));
    expect(before - (await left('kfy_emil'))).toBeGreaterThanOrEqual(units + 2);
  });

  it('pays for the size of an answer', async () => {
    const { json } = await limited.ask('kfy_faye', 'POST', '/v1/plans', {
      ...plan,
      keys: Array.from({ length: 5_000 }, (_, n) => `mrk-${String(n).padStart(32, '0')}`),
    });
    const before = await left('kfy_faye');
    const { text } = await limited.ask('kfy_faye', 'GET', `/v1/plans/${json.id}`);
    expect(before - (await left('kfy_faye'))).toBe(2 + Math.floor(text.length / (32 * KiB)));
    expect(text.length).toBeGreaterThan(160 * KiB);
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

  it('is not blocked by accepted requests, or by requests refused for another reason', async () => {
    expect(await statuses(failuresPerMinute + 20, () => from('198.51.100.8', 'kfy_anna'))).toEqual([429]);
    expect((await from('198.51.100.8', 'kfy_bert')).status).toBe(200);
  });
});

it('the page at /docs loads its assets from the same host, over plain http too, and has no inline script', async () => {
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

it('the OpenAPI document lists it for every operation that needs a token, and for logins', () => {
  for (const [path, item] of Object.entries(openApiDocument().paths ?? {}))
    for (const { security, responses } of Object.values(item as object))
      expect('429' in responses, path).toBe(security?.length !== 0 || path.startsWith('/login/'));
});
