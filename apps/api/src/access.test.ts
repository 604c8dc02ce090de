import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CreatedTokenView, everywhere, planSpecSchema, type Role, roles } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import { type OperationName, operationNamed, operationNames, operationOf, operationsOf } from '@keyferry/operations';
import { insertPlan, openStore } from '@keyferry/store';
import express, { type Express } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../test/harness/start-api.ts';
import { until } from '../../../test/harness/until.ts';
import { tokenSha256 } from './http/api-token.ts';
import { authenticate } from './http/authenticate.ts';
import { authorise } from './http/authorise.ts';
import { problemHandler } from './http/problem.ts';
import { openApiDocument } from './openapi/document.ts';

let api: TestApi;
/** A token of each role. */
const tokens = new Map<Role, CreatedTokenView>();

beforeAll(async () => {
  api = await startForTest();
  for (const role of roles) tokens.set(role, await makeToken({ name: `the-${role}`, role }));
}, 120_000);
afterAll(() => api?.stop());

function ask(token: string | null, operation: string, body?: unknown) {
  const [method = '', path = ''] = operation.split(' ');
  return api.ask(token, method, path, body);
}
/** An app of a part of ours, and what it answers at a path. */
async function answerOf(app: Express, path: string, headers: Record<string, string> = {}): Promise<Response> {
  const server = createServer(app.use(problemHandler(createLog('api', 'silent'))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers });
  server.close().closeAllConnections();
  return response;
}
const makeToken = async (body: object): Promise<CreatedTokenView> =>
  (await ask(adminToken, 'POST /v1/tokens', body)).json;
const tokenOf = (role: Role) => tokens.get(role)?.token ?? '';
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

type Documented = { security?: unknown[]; 'x-roles'?: string[]; description?: string; responses: object };
/** Every operation of the OpenAPI document that is not open to anybody. */
const documented = new Map(
  Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Documented>)
      .filter(([, { security }]) => security === undefined)
      .map(([method, operation]) => [`${method.toUpperCase()} ${path}` as OperationName, operation] as const),
  ),
);

describe('the table of operations', () => {
  it('names every operation of the OpenAPI document, and no other', () => {
    expect([...operationNames].sort()).toEqual([...documented.keys()].sort());
  });

  it('parts those who read, act, approve and let in', () => {
    const ownSession: OperationName[] = ['POST /v1/session', 'DELETE /v1/session'];
    const changes = (role: Role) =>
      operationsOf(role).filter((operation) => !operation.startsWith('GET ') && !ownSession.includes(operation));
    for (const operation of ownSession) expect(operationNamed(operation).roles).toEqual(roles);
    expect(changes('viewer')).toEqual([]);
    expect(changes('auditor')).toEqual([]);
    expect(changes('approver')).toEqual([
      'POST /v1/plans/{id}/approve',
      'POST /v1/plans/{id}/reject',
      'POST /v1/plans/{id}/comments',
      'POST /v1/drills/{id}/approve',
      'POST /v1/drills/{id}/findings',
    ]);
    const notForOperators = [
      'POST /v1/plans/{id}/approve',
      'POST /v1/plans/{id}/reject',
      'POST /v1/drills/{id}/approve',
      'POST /v1/drills/{id}/break-glass',
      'PUT /v1/approval-rules',
      'POST /v1/tokens',
      'DELETE /v1/tokens/{id}',
    ];
    const adminsOnly = changes('admin').filter((operation) => !changes('operator').includes(operation));
    expect(adminsOnly.filter((operation) => !operation.includes('/v1/webhooks'))).toEqual(notForOperators);
    expect(operationsOf('admin')).toEqual(operationNames);
  });

  it('knows an operation as Express does, and nothing that only looks like one', () => {
    for (const operation of operationNames) {
      const [method = '', path = ''] = operation.split(' ');
      const asked = path.replaceAll(/\{\w+\}/g, 'a%2Fb');
      expect(operationOf(method, asked)).toBe(operation);
      expect(operationOf(method, `${asked.toUpperCase()}/`)).toBe(operation);
    }
    expect(operationOf('HEAD', '/v1/plans')).toBe('GET /v1/plans');
    for (const path of ['/v1/plans/a/execute/now', '/v1//plans', '/x/v1/plans', '/v1/plansx', '/v1/plans/a/b']) {
      expect(operationOf('POST', path)).toBeNull();
    }
  });

  it('shuts a route that it does not name to everybody', async () => {
    const app = express();
    app.use('/v1', (_request, response, next) => {
      Object.assign(response.locals, { caller: 'admin', role: 'admin' });
      next();
    });
    app.use('/v1', authorise);
    app.get('/v1/forgotten', (_request, response) => void response.json('reached'));
    const answer = await answerOf(app, '/v1/forgotten');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('No such path: GET /v1/forgotten') });
  });
});

/** Ids that name nothing and no body: a caller who is let in gets as far as a 404 or a 422, and nothing is changed. */
describe.each([...documented])('%s', (operation, { 'x-roles': told, description, responses }) => {
  const asked = operation.replaceAll(/\{\w+\}/g, randomUUID());
  const { roles: allowed, scope } = operationNamed(operation);

  it.each(roles)('is as the table says for a(n) %s', async (role) => {
    const { status, json } = await ask(tokenOf(role), asked);
    if (allowed.includes(role)) {
      expect([200, 404, 422]).toContain(status);
    } else {
      expect(status).toBe(403);
      expect(json).toMatchObject({ title: 'Not permitted', detail: expect.stringContaining(allowed.join(' or ')) });
    }
  });

  it('is shut without a token', async () => {
    expect((await ask(null, asked)).status).toBe(401);
    expect((await ask('kfy_nobody', asked)).status).toBe(401);
  });

  it('says in the OpenAPI document which roles it needs', () => {
    expect(told).toEqual(allowed);
    expect(description).toContain(allowed.length === roles.length ? 'Roles: all.' : `Roles: ${allowed.join(', ')}.`);
    expect('403' in responses).toBe(allowed.length < roles.length || scope === 'everything');
  });
});

describe('a token', () => {
  it('is told once, kept as its hash, and known by its prefix', async () => {
    const { status, headers, json } = await ask(adminToken, 'POST /v1/tokens', { name: 'anna', role: 'operator' });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(json.token).toMatch(/^kfy_[\w-]{43}$/);
    expect(json).toMatchObject({ name: 'anna', role: 'operator', created_by: 'admin', expires_at: null });
    const rows = await api.store.prisma.apiToken.findMany({ where: { name: 'anna' } });
    expect(rows).toMatchObject([{ sha256: tokenSha256(json.token) }]);
    expect(JSON.stringify(rows)).not.toContain(json.token);
    const { token: _token, ...listed } = json;
    expect((await ask(adminToken, 'GET /v1/tokens?limit=1')).json.items).toEqual([listed]);
  });

  it('says who its holder is, and what that allows', async () => {
    const { json } = await ask(tokenOf('auditor'), 'GET /v1/me');
    expect(json).toMatchObject({ caller: 'the-auditor', role: 'auditor' });
    expect(json.may).toContain('GET /v1/plans');
    expect(json.may).not.toContain('POST /v1/plans');
    expect((await ask(adminToken, 'GET /v1/me')).json).toMatchObject({ caller: 'admin', role: 'admin' });
  });

  it('shares its caller with the others of its name: one may follow another', async () => {
    const [old, young] = [
      await makeToken({ name: 'bert', role: 'viewer' }),
      await makeToken({ name: 'bert', role: 'viewer' }),
    ];
    expect((await ask(adminToken, `DELETE /v1/tokens/${old.id}`)).status).toBe(204);
    expect((await ask(old.token, 'GET /v1/me')).json).toMatchObject({
      status: 401,
      detail: expect.stringContaining('was revoked'),
    });
    expect((await ask(young.token, 'GET /v1/me')).json).toMatchObject({ caller: 'bert' });
    expect((await ask(adminToken, `DELETE /v1/tokens/${old.id}`)).status).toBe(204);
    const { items } = (await ask(adminToken, 'GET /v1/tokens')).json;
    expect(items.find(({ id }: { id: string }) => id === old.id)).toMatchObject({
      revoked_at: expect.any(String),
      revoked_by: 'admin',
    });
    expect((await ask(adminToken, `DELETE /v1/tokens/${young.token}`)).status).toBe(404);
  });

  it('is found by a part of its name, and by what has become of it', async () => {
    const revoked = await makeToken({ name: 'found-a', role: 'viewer' });
    await ask(adminToken, `DELETE /v1/tokens/${revoked.id}`);
    await api.letIn('kfy_found', { name: 'found-b', role: 'viewer', expiresAt: new Date(Date.now() - 1_000) });
    await makeToken({ name: 'found-c', role: 'viewer', expires_at: inSeconds(60) });
    const found = async (query: string) =>
      (await ask(adminToken, `GET /v1/tokens?name=FOUND-${query}`)).json.items.map(
        ({ name }: { name: string }) => name,
      );
    expect(await found('')).toEqual(['found-c', 'found-b', 'found-a']);
    expect(await found('&state=active')).toEqual(['found-c']);
    expect(await found('&state=expired')).toEqual(['found-b']);
    expect(await found('&state=revoked')).toEqual(['found-a']);
    expect(await found('_')).toEqual([]);
  });

  it('that has expired says so to its holder', async () => {
    const token = 'kfy_old';
    const expiresAt = new Date(Date.now() - 1_000);
    await api.letIn(token, { name: 'carl', role: 'admin', expiresAt });
    expect((await ask(token, 'GET /v1/me')).json).toMatchObject({
      status: 401,
      detail: expect.stringContaining(`expired at ${expiresAt.toISOString()}`),
    });
    const { token: valid } = await makeToken({ name: 'carl', role: 'viewer', expires_at: inSeconds(60) });
    expect((await ask(valid, 'GET /v1/me')).status).toBe(200);
  });

  it('that is revoked ends what is still being answered', async () => {
    const { id, token } = await makeToken({ name: 'emil', role: 'viewer' });
    const spec = planSpecSchema.parse({ name: 'x', keys: ['mrk-1'], regions: ['eu-west-1'] });
    const by = { createdBy: 'emil', scope: everywhere, idempotency: null };
    const { planId } = await insertPlan(api.store, { spec, ...by });
    const headers = { authorization: `Bearer ${token}` };
    const stream = await fetch(`${api.url}/v1/plans/${planId}/events`, { headers });
    const ended = stream.text();
    await ask(adminToken, `DELETE /v1/tokens/${id}`);
    expect(await ended).toContain('event: plan.updated');
  });

  it('notes its use once a minute', async () => {
    const { id, token } = await makeToken({ name: 'dora', role: 'viewer' });
    const lastUsedAt = async () => (await api.store.prisma.apiToken.findUnique({ where: { id } }))?.lastUsedAt ?? null;
    const use = async () => expect((await ask(token, 'GET /v1/me')).status).toBe(200);
    expect(await lastUsedAt()).toBeNull();
    await use();
    const first = await until('its use is noted', lastUsedAt, (at) => at !== null);
    await use();
    expect(await lastUsedAt()).toEqual(first);
    await api.store.prisma
      .$executeRaw`UPDATE api_tokens SET last_used_at = now() - interval '2 minutes' WHERE id = ${id}::uuid`;
    const before = await lastUsedAt();
    await use();
    await until('it is noted again', lastUsedAt, (at) => at !== null && before !== null && at > before);
  });

  it.each([
    ['the name of the admin token', { name: 'admin', role: 'admin' }, 'name'],
    ['one person in two spellings', { name: 'Anna', role: 'viewer' }, 'name'],
    ['a role that there is not', { name: 'anna', role: 'root' }, 'role'],
    ['an end that has passed', { name: 'anna', role: 'viewer', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    ['a field that there is not', { name: 'anna', role: 'viewer', scope: '*' }, 'scope'],
  ])('is refused: %s', async (_what, body, path) => {
    const { status, json } = await ask(adminToken, 'POST /v1/tokens', body);
    expect(status).toBe(422);
    expect(json.errors.map((error: { path: string }) => error.path)).toEqual([path]);
  });

  it('gets a 503, and not a 401, while Postgres is away', async () => {
    const away = openStore({ url: 'postgres://nobody@127.0.0.1:9/nothing' });
    const statusFor = async (token: string) => {
      const app = express()
        .use(authenticate(away, adminToken))
        .get('/', (_request, response) => void response.json('in'));
      return (await answerOf(app, '/', { authorization: `Bearer ${token}` })).status;
    };
    expect(await statusFor(tokenOf('viewer'))).toBe(503);
    expect(await statusFor(adminToken)).toBe(200);
    await away.close();
  });
});
