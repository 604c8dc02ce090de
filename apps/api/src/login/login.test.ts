import { loadConfig, type OidcConfig } from '@keyferry/config';
import { everywhere, type PlanSpecInput, planSpecSchema } from '@keyferry/core';
import { insertPlan, sweep } from '@keyferry/store';
import { parseSetCookie } from 'cookie';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { issuerClient, startIssuer, type TestIssuer } from '../../../../test/servers/start-issuer.ts';

const publicUrl = new URL(issuerClient.redirectUri).origin;
const logs: string[] = [];
/** Everything that must stand in no log and no table. */
const secrets: string[] = [issuerClient.secret];
let issuer: TestIssuer;
let oidc: OidcConfig;
let api: TestApi;

beforeAll(async () => {
  issuer = await startIssuer();
  const env = { KEYFERRY_OIDC_ISSUER: issuer.url, KEYFERRY_OIDC_AUDIENCE: issuerClient.audience };
  const login = { clientId: issuerClient.id, clientSecret: issuerClient.secret, publicUrl };
  oidc = { ...(loadConfig(env).api.oidc as OidcConfig), login };
  api = await startForTest({ oidc, trustProxy: ['loopback'], logLine: (line) => logs.push(line) });
}, 120_000);
afterAll(async () => {
  await api?.stop();
  await issuer?.stop();
});

/** A browser: keeps the cookies of each host, and follows no redirect by itself. Our host is behind a proxy that speaks TLS. */
class Browser {
  readonly cookies = new Map<string, Map<string, string>>();
  readonly headers: Record<string, string>;
  readonly #address: string;

  constructor(address = api.url, headers: Record<string, string> = { 'x-forwarded-proto': 'https' }) {
    this.#address = address;
    this.headers = { host: new URL(publicUrl).host, ...headers };
  }

  async go(url: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
    const { origin, pathname, search } = new URL(url, publicUrl);
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const own = origin === publicUrl;
    const response = await fetch(own ? `${this.#address}${pathname}${search}` : url, {
      redirect: 'manual',
      ...init,
      headers: { ...(own ? this.headers : {}), ...(cookie ? { cookie } : {}), ...init.headers },
    });
    for (const text of response.headers.getSetCookie()) {
      const { name, value = '', expires, maxAge } = parseSetCookie(text);
      if (maxAge === 0 || (expires && expires.getTime() < Date.now())) jar.delete(name);
      else jar.set(name, value);
      if (own) secrets.push(value);
    }
    return response;
  }

  /** Follows redirects until one leads to an address that matches: answers that address. */
  async follow(url: string, end: RegExp): Promise<string> {
    let at = new URL(url, publicUrl).href;
    while (!end.test(at)) {
      const location = (await this.go(at)).headers.get('location');
      if (location === null) throw new Error(`${at} leads nowhere`);
      at = new URL(location, at).href;
    }
    return at;
  }

  get session(): string | undefined {
    return this.cookies.get(publicUrl)?.get('__Host-keyferry_session');
  }

  async me() {
    const response = await this.go('/v1/me');
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  }
}

const callback = new RegExp(`^${publicUrl}/login/oidc/callback`);
/** Logs somebody in through the provider, and answers where the browser is left. */
async function logIn(browser: Browser, person: TestIssuer['person'], returnTo = '/plans?state=running') {
  issuer.person = person;
  const url = await browser.follow(`/login/oidc?return_to=${encodeURIComponent(returnTo)}`, callback);
  secrets.push(new URL(url).searchParams.get('code') ?? issuerClient.secret);
  return browser.go(url);
}

const ask = (token: string | null | { cookie: string }, operation: string, body?: unknown): Promise<Answer> => {
  const [method = '', path = ''] = operation.split(' ');
  return api.ask(token, method, path, body);
};
async function mint(claims: Record<string, unknown> = {}): Promise<string> {
  const token = await issuer.mint(claims);
  secrets.push(token);
  return token;
}
/** A session by a token, as its cookie is sent back; over plain http. */
async function sessionBy(token: string, address = api): Promise<{ cookie: string }> {
  const { status, headers } = await address.ask(token, 'POST', '/v1/session');
  expect(status).toBe(200);
  const { name, value = '' } = parseSetCookie(headers.getSetCookie()[0] ?? '');
  secrets.push(value);
  return { cookie: `${name}=${value}` };
}
const audit = async (query: string) => (await ask(adminToken, `GET /v1/audit?${query}`)).json.items;

describe('a JWT of the provider', () => {
  it('is a caller in the role that it gives', async () => {
    const { status, json } = await ask(await mint({ roles: ['viewer', 'operator'] }), 'GET /v1/me');
    expect(status).toBe(200);
    expect(json).toMatchObject({ caller: 'oidc:anna', role: 'operator', session: null });
  });

  it('is no other caller of that name: neither of an API token nor the admin', async () => {
    await api.letIn('kfy_anna', { name: 'anna', role: 'approver' });
    expect((await ask('kfy_anna', 'GET /v1/me')).json.caller).toBe('anna');
    expect((await ask(await mint({ sub: 'admin' }), 'GET /v1/me')).json.caller).toBe('oidc:admin');
    const { status } = await ask(adminToken, 'POST /v1/tokens', { name: 'oidc:anna', role: 'viewer' });
    expect(status).toBe(422);
  });

  it('of the submitter of a plan cannot approve it, not even after a login with another role', async () => {
    const spec: PlanSpecInput = {
      name: 'x',
      keys: ['mrk-1'],
      regions: ['eu-west-1'],
      options: { require_approval: true },
    };
    const { json: plan } = await ask(await mint(), 'POST /v1/plans', spec);
    expect(plan.created_by).toBe('oidc:anna');
    await api.store.prisma.$executeRaw`
      UPDATE plans SET state = 'awaiting_approval', resolved_sha256 = 'x' WHERE id = ${plan.id}::uuid`;
    const approval = [`POST /v1/plans/${plan.id}/approve`, { spec_sha256: plan.spec_sha256 }] as const;
    expect(await ask(await mint({ roles: ['approver'] }), ...approval)).toMatchObject({ status: 403 });
    expect(await ask(await mint({ sub: 'bert', roles: ['approver'] }), ...approval)).toMatchObject({ status: 200 });
  });

  it('without a role gets a 403 that says where it was looked for, and is noted', async () => {
    const { status, json, headers } = await ask(await mint({ sub: 'carl', roles: ['staff'] }), 'GET /v1/plans');
    expect(status).toBe(403);
    expect(json.detail).toContain('"roles" (KEYFERRY_OIDC_ROLE_CLAIM) has no value that maps to a role');
    const [entry] = await audit('actor=oidc:carl');
    expect(entry).toMatchObject({
      action: 'authenticate',
      actor: { caller: 'oidc:carl', role: null, token_id: null },
      outcome: 'refused',
      request_id: headers.get('x-request-id'),
    });
  });

  it('gets a 503 while the provider is down, and API tokens work', async () => {
    const other = await startForTest({ databaseUrl: api.databaseUrl, oidc });
    const token = await mint();
    issuer.isDown = true;
    const { status, json, headers } = await other.ask(token, 'GET', '/v1/me');
    expect({ status, after: headers.get('retry-after') }).toEqual({ status: 503, after: '5' });
    expect(json.detail).toContain(`OIDC provider ${issuer.url} is down or misconfigured`);
    expect((await other.ask('kfy_anna', 'GET', '/v1/me')).status).toBe(200);
    issuer.isDown = false;
    expect((await other.ask(token, 'GET', '/v1/me')).status).toBe(200);
    await other.stop();
  });

  it('is an unknown token where no provider is configured', async () => {
    const other = await startForTest({ databaseUrl: api.databaseUrl });
    expect((await other.ask(await mint(), 'GET', '/v1/me')).status).toBe(401);
    expect((await other.ask(null, 'GET', '/v1/login')).json).toEqual({ token: true, oidc: null });
    expect((await other.ask(null, 'GET', '/login/oidc')).status).toBe(404);
    await other.stop();
  });
});

describe('a session', () => {
  it('is begun with any token, and stands for its caller', async () => {
    await api.letIn('kfy_dora', { name: 'dora', role: 'auditor' });
    const exp = Math.floor(Date.now() / 1_000) + 60;
    for (const [token, caller, role] of [
      [adminToken, 'admin', 'admin'],
      ['kfy_dora', 'dora', 'auditor'],
      [await mint({ sub: 'emil', roles: ['approver'], exp }), 'oidc:emil', 'approver'],
    ] as const) {
      const { json, headers } = await ask(token, 'POST /v1/session');
      const [text = ''] = headers.getSetCookie();
      expect(text).toMatch(/^keyferry_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
      expect(json).toMatchObject({ caller, role, may: expect.any(Array) });
      const ends = new Date(json.session.expires_at).getTime() - Date.now();
      const most = caller === 'oidc:emil' ? 90_000 : 12 * 3_600_000;
      expect(ends).toBeGreaterThan(most - 40_000);
      expect(ends).toBeLessThanOrEqual(most);
      const cookie = text.split(';')[0] ?? '';
      secrets.push(cookie.split('=')[1] ?? cookie);
      expect((await ask({ cookie }, 'GET /v1/me')).json).toEqual(json);
    }
  });

  it('has over TLS a cookie that goes over TLS alone and that no neighbour can set', async () => {
    const response = await new Browser().go('/v1/session', {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}` },
    });
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-keyferry_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
  });

  it('stands back behind a token that is sent too, good or not', async () => {
    const { cookie } = await sessionBy(adminToken);
    const me = (authorization: string) => fetch(`${api.url}/v1/me`, { headers: { cookie, authorization } });
    expect(await (await me('Bearer kfy_dora')).json()).toMatchObject({ caller: 'dora' });
    expect((await me('Bearer nothing')).status).toBe(401);
  });

  it('is not begun with a session', async () => {
    const { status, json } = await ask(await sessionBy(adminToken), 'POST /v1/session');
    expect(status).toBe(401);
    expect(json.detail).toContain('not another session');
  });

  it('gets a new cookie with every login, even if the browser sent one, and ends the previous session', async () => {
    const planted = 'p'.repeat(43);
    const before = await sessionBy(adminToken);
    for (const cookie of [`keyferry_session=${planted}`, before.cookie]) {
      const response = await fetch(`${api.url}/v1/session`, {
        method: 'POST',
        headers: { cookie, authorization: 'Bearer kfy_dora' },
      });
      const { value = '' } = parseSetCookie(response.headers.getSetCookie()[0] ?? '');
      secrets.push(value);
      expect(response.status).toBe(200);
      expect(cookie).not.toContain(value);
      expect((await ask({ cookie }, 'GET /v1/me')).status).toBe(401);
    }
  });

  it('ends with its logout, for all browsers that have its cookie', async () => {
    const session = await sessionBy('kfy_dora');
    const { status, headers } = await ask(session, 'DELETE /v1/session');
    expect(status).toBe(204);
    expect(headers.getSetCookie()[0]).toMatch(/^keyferry_session=; .*Expires=Thu, 01 Jan 1970/);
    const after = await ask(session, 'GET /v1/me');
    expect(after).toMatchObject({ status: 401, json: { detail: expect.stringContaining('has ended') } });
    expect(after.headers.getSetCookie()[0]).toContain('01 Jan 1970');
    expect((await ask('kfy_dora', 'DELETE /v1/session')).status).toBe(404);
    const [ended, begun] = await audit('actor=dora&limit=2');
    expect([ended, begun]).toMatchObject([
      { action: 'session.delete', object: { type: 'session' } },
      { action: 'session.create', outcome: 'done', detail: { by: 'token', expires_at: expect.any(String) } },
    ]);
    expect(ended.object.id).toBe(begun.object.id);
  });

  it('ends when its API token is revoked or expires', async () => {
    const { json: made } = await ask(adminToken, 'POST /v1/tokens', { name: 'fred', role: 'viewer' });
    secrets.push(made.token);
    const session = await sessionBy(made.token);
    await ask(adminToken, `DELETE /v1/tokens/${made.id}`);
    const { status, json } = await ask(session, 'GET /v1/me');
    expect(status).toBe(401);
    expect(json.detail).toContain('was revoked');

    await api.letIn('kfy_brief', { name: 'gina', role: 'viewer' });
    const brief = await sessionBy('kfy_brief');
    await api.store.prisma.$executeRaw`UPDATE api_tokens SET expires_at = now() WHERE name = 'gina'`;
    expect((await ask(brief, 'GET /v1/me')).json.detail).toContain('expired');
  });

  it('of the admin token ends when that is another; of the provider when that is another', async () => {
    const byAdmin = await sessionBy(adminToken);
    const byProvider = await sessionBy(await mint());
    const there = await startForTest({ databaseUrl: api.databaseUrl, oidc });
    const changed = await startForTest({
      databaseUrl: api.databaseUrl,
      adminToken: 'another-token-of-32-characters-or-more',
      oidc: { ...oidc, issuer: 'https://id.example.com' },
    });
    for (const session of [byAdmin, byProvider]) {
      expect((await there.ask(session, 'GET', '/v1/me')).status).toBe(200);
      expect((await changed.ask(session, 'GET', '/v1/me')).status).toBe(401);
    }
    await there.stop();
    await changed.stop();
  });

  it('ends without requests, is kept by requests, and ends at the latest when it must', async () => {
    const brief = await startForTest({
      databaseUrl: api.databaseUrl,
      sessions: { idleSeconds: 600, mostSeconds: 3_600 },
    });
    const status = async (session: { cookie: string }) => (await brief.ask(session, 'GET', '/v1/me')).status;
    /** The youngest session, made to end then. */
    const turn = (column: 'idle_until' | 'expires_at', to: string) =>
      api.store.prisma.$executeRawUnsafe(
        `UPDATE sessions SET ${column} = now() + interval '${to}' WHERE id = (SELECT id FROM sessions ORDER BY id DESC LIMIT 1)`,
      );
    const idleUntil = async () =>
      (await api.store.prisma.session.findFirstOrThrow({ orderBy: { id: 'desc' } })).idleUntil.getTime();

    const kept = await sessionBy(adminToken, brief);
    await turn('idle_until', '500 seconds');
    const before = await idleUntil();
    expect(await status(kept)).toBe(200);
    await expect.poll(idleUntil).toBeGreaterThan(before + 60_000);
    await turn('idle_until', '-1 second');
    expect(await status(kept)).toBe(401);

    const old = await sessionBy(adminToken, brief);
    await turn('expires_at', '-1 second');
    expect(await status(old)).toBe(401);

    const entries = (await audit('action=session.delete')).length;
    await sweep(api.store);
    expect(
      await api.store.prisma.session.count({
        where: { OR: [{ expiresAt: { lt: new Date() } }, { idleUntil: { lt: new Date() } }] },
      }),
    ).toBe(0);
    expect((await audit('action=session.delete')).length).toBe(entries);
    await brief.stop();
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['a page of this host', 'POST', { 'sec-fetch-site': 'same-origin' }, 422],
    ['a page of another site', 'POST', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of a neighbour under the same domain', 'POST', { 'sec-fetch-site': 'same-site' }, 403],
    ['an address typed in', 'POST', { 'sec-fetch-site': 'none' }, 403],
    ['another site with our origin beside it', 'POST', { 'sec-fetch-site': 'cross-site', origin: 'HERE' }, 403],
    ['an old browser on a page of this host', 'POST', { origin: 'HERE' }, 422],
    ['an old browser on a page of another', 'POST', { origin: 'https://evil.example' }, 403],
    ['an old browser on a page of this host without TLS', 'POST', { origin: 'https+HERE' }, 403],
    ['an old browser that hides its page', 'POST', { origin: 'null' }, 403],
    ['something that tells nothing', 'POST', {}, 403],
    ['the same to replace', 'PUT', {}, 403],
    ['the same to change', 'PATCH', {}, 403],
    ['the same to delete', 'DELETE', {}, 403],
    ['the same to look', 'GET', {}, 200],
    ['another site to look', 'GET', { 'sec-fetch-site': 'cross-site' }, 200],
    ['another site to look at the head', 'HEAD', { 'sec-fetch-site': 'cross-site' }, 200],
  ])('asked by %s to %s answers as it should', async (_what, method, given, expected) => {
    const { cookie } = await sessionBy(adminToken);
    const { origin, ...rest } = given;
    const here = origin?.replace('HERE', api.url).replace('https+http:', 'https:');
    const path = method === 'POST' || method === 'GET' || method === 'HEAD' ? '/v1/plans' : '/v1/session';
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: { cookie, ...rest, ...(here ? { origin: here } : {}) },
    });
    expect(response.status).toBe(expected);
    if (expected === 403) expect(await response.text()).toContain('only from a page of this host');
    expect((await ask({ cookie }, 'GET /v1/me')).status).toBe(200);
  });

  it('that is refused for its page leaves an entry in the audit log', async () => {
    const { cookie } = await sessionBy('kfy_anna');
    await fetch(`${api.url}/v1/plans`, { method: 'POST', headers: { cookie, 'sec-fetch-site': 'cross-site' } });
    const [entry] = await audit('actor=anna');
    expect(entry).toMatchObject({ action: 'authenticate', outcome: 'refused', object: { id: 'POST /v1/plans' } });
  });

  it.each<[string, (session: { cookie: string }) => Promise<unknown>]>([
    ['its logout', (session) => ask(session, 'DELETE /v1/session')],
    [
      'the end of its token',
      () =>
        ask(adminToken, 'GET /v1/tokens').then(({ json }) => ask(adminToken, `DELETE /v1/tokens/${json.items[0].id}`)),
    ],
    ['its own end', () => api.store.prisma.$executeRaw`UPDATE sessions SET expires_at = now()`],
  ])('reads an event stream, until %s', async (_what, end) => {
    const { json: made } = await ask(adminToken, 'POST /v1/tokens', { name: 'hugo', role: 'viewer' });
    secrets.push(made.token);
    const session = await sessionBy(made.token);
    const spec = planSpecSchema.parse({ name: 'x', keys: ['mrk-1'], regions: ['eu-west-1'] });
    const { planId } = await insertPlan(api.store, {
      spec,
      scope: everywhere,

      createdBy: 'hugo',
      idempotency: null,
    });
    const stream = await fetch(`${api.url}/v1/plans/${planId}/events`, { headers: session });
    expect(stream.status).toBe(200);
    const ended = stream.text();
    await end(session);
    expect(await ended).toContain('event: plan.updated');
  });

  it('counts as its caller', async () => {
    const limited = await startForTest({ databaseUrl: api.databaseUrl, rateLimit: 3 });
    const session = await sessionBy('kfy_dora', limited);
    const statuses = [];
    for (const who of [session, 'kfy_dora', session]) statuses.push((await limited.ask(who, 'GET', '/v1/me')).status);
    expect(statuses).toEqual([200, 200, 429]);
    await limited.stop();
  });
});

describe('the login through the provider', () => {
  const anna = { sub: 'anna-1', roles: ['operator'], email: 'anna@example.com' };

  it('is shown without a token', async () => {
    const { status, json } = await ask(null, 'GET /v1/login');
    expect(status).toBe(200);
    expect(json).toEqual({ token: true, oidc: { url: '/login/oidc', issuer: issuer.url } });
  });

  it('leads back to where it began, with a session in the role that the provider gives', async () => {
    const browser = new Browser();
    const response = await logIn(browser, anna);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/plans?state=running');
    expect(await browser.me()).toMatchObject({ status: 200, json: { caller: 'oidc:anna-1', role: 'operator' } });
    expect([...(browser.cookies.get(publicUrl)?.keys() ?? [])]).toEqual(['__Host-keyferry_session']);
    const [entry] = await audit('actor=oidc:anna-1');
    expect(entry).toMatchObject({
      action: 'session.create',
      actor: { role: 'operator', token_id: null },
      detail: { by: 'oidc', issuer: issuer.url, subject: 'anna-1', caller: 'oidc:anna-1', role: 'operator' },
      request_id: response.headers.get('x-request-id'),
    });
  });

  it('asks the provider by PKCE, and keeps what it needs in a cookie that no script reads', async () => {
    const response = await new Browser().go('/login/oidc');
    const asked = new URL(response.headers.get('location') ?? '');
    expect(asked.origin).toBe(issuer.url);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: issuerClient.redirectUri,
      state: expect.stringMatching(/^.{32,}$/),
      nonce: expect.stringMatching(/^.{32,}$/),
    });
    expect(asked.href).not.toContain(issuerClient.secret);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-keyferry_login=[\w-]+; Max-Age=600; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/),
    ]);
  });

  it('always makes a new session, and ends the one that the browser had', async () => {
    const browser = new Browser();
    await logIn(browser, anna);
    const first = browser.session;
    browser.cookies.delete(issuer.url);
    await logIn(browser, { ...anna, sub: 'bert-1' });
    expect(browser.session).not.toBe(first);
    expect((await browser.me()).json.caller).toBe('oidc:bert-1');
    const thief = new Browser();
    thief.cookies.set(publicUrl, new Map([['__Host-keyferry_session', first ?? '']]));
    expect((await thief.me()).status).toBe(401);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    'plans',
    '',
  ])('leads nowhere else: %j', async (returnTo) => {
    const response = await new Browser().go(`/login/oidc?return_to=${encodeURIComponent(returnTo)}`);
    expect(response.status).toBe(422);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).toContain('Expected a path');
  });

  /** What a failed login leaves: a page that says why, no session, and an entry. */
  async function expectFailure(response: Response, status: number, why: string | RegExp) {
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.getSetCookie().join('')).not.toContain('_session');
    const text = await response.text();
    expect(text).toMatch(why);
    expect(text).toContain('href="/login/oidc"');
    for (const secret of secrets.filter(Boolean)) expect(text).not.toContain(secret);
  }

  it('fails for a user without a role', async () => {
    const response = await logIn(new Browser(), { sub: 'ivan-1', roles: [] });
    await expectFailure(response, 403, /roles&quot; \(KEYFERRY_OIDC_ROLE_CLAIM\) has no value/);
    const [entry] = await audit('actor=oidc:ivan-1');
    expect(entry).toMatchObject({ action: 'authenticate', outcome: 'refused', actor: { role: null } });
  });

  it('fails when the user presses Cancel', async () => {
    await expectFailure(await logIn(new Browser(), null), 401, 'did not log you in: access_denied');
  });

  it('fails in another browser than the one that began it, and a second time', async () => {
    const browser = new Browser();
    issuer.person = anna;
    const url = await browser.follow('/login/oidc', callback);
    await expectFailure(await new Browser().go(url), 401, 'was not started in this browser');
    const other = new Browser();
    await other.go('/login/oidc');
    await expectFailure(await other.go(url), 401, 'is not valid');
    const cookies = new Map(browser.cookies.get(publicUrl));
    expect((await browser.go(url)).status).toBe(303);
    await expectFailure(await browser.go(url), 401, 'has already ended');
    const replaying = new Browser();
    replaying.cookies.set(publicUrl, cookies);
    await expectFailure(await replaying.go(url), 401, 'did not complete the login: invalid_grant');
  });

  it('fails with another code, or with an error that the address makes up', async () => {
    const browser = new Browser();
    for (const [made, why] of [
      ['code=made-up-code', 'did not complete the login: invalid_grant'],
      ['error=%3Cscript%3Ealert(1)%3C/script%3E', 'did not log you in: no reason given'],
    ] as const) {
      const begun = await browser.go('/login/oidc');
      const { searchParams } = new URL(begun.headers.get('location') ?? '');
      const iss = encodeURIComponent(issuer.url);
      const url = `/login/oidc/callback?${made}&state=${searchParams.get('state')}&iss=${iss}`;
      await expectFailure(await browser.go(url), 401, why);
    }
  });

  it('says so when the provider is down, before and after', async () => {
    const other = await startForTest({ databaseUrl: api.databaseUrl, oidc, trustProxy: ['loopback'] });
    const browser = new Browser(other.url);
    issuer.isDown = true;
    await expectFailure(await browser.go('/login/oidc'), 503, 'is down or misconfigured');
    issuer.isDown = false;
    issuer.person = anna;
    const url = await browser.follow('/login/oidc', callback);
    issuer.isDown = true;
    await expectFailure(await browser.go(url), 503, 'is down or misconfigured');
    issuer.isDown = false;
    await other.stop();
  });
});

it('cookies, JWTs, codes and the client secret stand in no log and in no table', async () => {
  const client = new pg.Client({ connectionString: api.databaseUrl });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'bullmq')`,
  );
  const places = new Map([['the logs', logs.join('\n')]]);
  for (const { name } of tables) {
    const { rows } = await client.query<{ text: string | null }>(
      `SELECT string_agg(to_jsonb(t)::text, E'\n') AS text FROM ${name} t`,
    );
    places.set(name, rows[0]?.text ?? '');
  }
  await client.end();
  const told = [...new Set(secrets)].filter((secret) => secret.length > 10);
  expect(told.length).toBeGreaterThan(40);
  expect(places.get('the logs')).toContain('oidc:anna-1');
  expect(places.get('public.sessions')).toContain('oidc:anna-1');
  expect(
    [...places].filter(([, text]) => told.some((secret) => text.includes(secret))).map(([place]) => place),
  ).toEqual([]);
});
