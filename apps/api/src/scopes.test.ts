import { randomUUID } from 'node:crypto';
import { everywhere, type PlanView, type Role, type ScheduleView, type Scope } from '@keyferry/core';
import { type OperationName, operationNamed, operationNames, type ScopeRule } from '@keyferry/operations';
import { readAllLanes, setLaneQuota, writeRegionGroup } from '@keyferry/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, adminToken, startForTest, type TestApi } from '../../../test/harness/start-api.ts';

const [mine, others] = ['111122223333', '444455556666'];
const inside: Scope = { accounts: [mine], regions: ['eu-central-1', 'eu-west-1'] };
/** What does not lie within `inside`, each for a reason of its own. */
const outside: Readonly<Record<string, Scope>> = {
  everywhere,
  'another-account': { ...inside, accounts: [others] },
  'one-account-more': { ...inside, accounts: [mine, others] },
  'one-Region-more': { ...inside, regions: ['eu-central-1', 'eu-west-1', 'eu-west-2'] },
  'all-Regions': { ...inside, regions: null },
  'all-accounts': { ...inside, accounts: null },
};
const scopedRoles: readonly Role[] = ['viewer', 'operator', 'approver'];

const spec = { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] };
const schedule = { name: 'weekly', cron: '0 2 * * sun', time_zone: 'UTC', plan: spec };
/** Bodies that operations take. */
const bodies: Readonly<Record<string, object>> = {
  'PATCH /v1/plans/{id}': { options: { priority: 1 } },
  'POST /v1/plans/{id}/approve': { spec_sha256: '0'.repeat(64) },
  'POST /v1/plans/{id}/comments': { comment: 'Looks right.' },
  'PUT /v1/schedules/{id}': schedule,
  'PATCH /v1/lanes/{id}': { quota_per_second: 7 },
  'PUT /v1/region-groups/{name}': { regions: ['eu-west-1'] },
};

let api: TestApi;
/** What an operator of each scope has made, by its name above. Tokens: the names of scopes, and the roles within `inside`. */
const plans = new Map<string, PlanView>();
const schedules = new Map<string, ScheduleView>();
beforeAll(async () => {
  api = await startForTest();
  for (const role of scopedRoles) await api.letIn(role, { name: `the-${role}`, role, scope: inside });
  await api.letIn('inside', { name: 'maker', role: 'operator', scope: inside });
  plans.set('inside', (await api.ask('inside', 'POST', '/v1/plans', spec)).json);
  schedules.set('inside', (await api.ask('inside', 'POST', '/v1/schedules', schedule)).json);
  for (const [name, scope] of Object.entries(outside)) {
    await api.letIn(name, { name: 'maker', role: 'operator', scope });
    plans.set(name, (await api.ask(name, 'POST', '/v1/plans', spec)).json);
    schedules.set(name, (await api.ask(name, 'POST', '/v1/schedules', schedule)).json);
  }
  await writeRegionGroup(api.store, 'far', { regions: ['us-east-1', 'eu-west-1'] }, 'admin');
}, 120_000);
afterAll(() => api?.stop());

const ask = (token: string, operation: string, id: string, body: unknown = bodies[operation]): Promise<Answer> => {
  const [method = '', path = ''] = operation.split(' ');
  return api.ask(token, method, path.replace(/\{\w+\}/, id).replace(/\{\w+\}/, randomUUID()), body);
};
const withRule = (...rules: ScopeRule[]) =>
  operationNames.filter((operation) => rules.includes(operationNamed(operation).scope));
const scopedRolesOf = (operation: OperationName) =>
  scopedRoles.filter((role) => operationNamed(operation).roles.includes(role));
/** An answer but for what belongs to the request, and for the id that it was asked with. */
const told = ({ status, json }: Answer, id: string) => {
  const { instance: _instance, request_id: _requestId, detail, ...rest } = json ?? {};
  return { status, ...rest, detail: detail?.replaceAll(id, '<id>') };
};
const idsOf = ({ json }: Answer): string[] => json.items.map(({ id }: { id: string }) => id);

describe.each(withRule('plan', 'schedule'))('%s', (operation) => {
  const rule = operationNamed(operation).scope as 'plan' | 'schedule';
  const made: ReadonlyMap<string, { readonly id: string }> = rule === 'plan' ? plans : schedules;

  it.each(scopedRolesOf(operation))('is for a(n) %s of what lies outside as of what is not there', async (role) => {
    const nonsense = operation.startsWith('GET ') ? [] : [{ nonsense: true }];
    for (const body of [bodies[operation], ...nonsense]) {
      const nobody = randomUUID();
      const absent = told(await ask(role, operation, nobody, body), nobody);
      expect(absent).toMatchObject({ status: 404, detail: `There is no ${rule} <id>.` });
      for (const name of Object.keys(outside)) {
        const { id = '' } = made.get(name) ?? {};
        expect({ name, ...told(await ask(role, operation, id, body), id) }).toEqual({ name, ...absent });
      }
    }
  });

  it.each(scopedRolesOf(operation))('reaches for a(n) %s what lies within', async (role) => {
    const token = role === 'operator' ? 'inside' : role;
    const { json } = await api.ask('inside', 'POST', `/v1/${rule}s`, rule === 'plan' ? spec : schedule);
    // The events of a plan go on for as long as it does.
    const asked = operation.endsWith('/events') ? operation.replace('GET', 'HEAD') : operation;
    const answer = await ask(token, asked, json.id);
    if (operation.includes('{replica_id}')) expect(answer.json.detail).toMatch(/^Plan .* has no replica /);
    else expect([200, 201, 202, 204, 409]).toContain(answer.status);
  });
});

it('what lies outside has stayed as it was, for who may see it', async () => {
  for (const name of Object.keys(outside)) {
    for (const token of [name, adminToken]) {
      const [plan, one] = [plans.get(name), schedules.get(name)];
      expect((await api.ask(token, 'GET', `/v1/plans/${plan?.id}`)).json).toEqual(plan);
      expect((await api.ask(token, 'GET', `/v1/schedules/${one?.id}`)).json).toEqual(one);
    }
  }
});

/** Of what is about everything, that which a role does that may have a scope. */
const forEverything = withRule('everything').filter((operation) => scopedRolesOf(operation).length > 0);
describe.each(forEverything)('%s', (operation) => {
  it.each(scopedRolesOf(operation))('is refused to a(n) %s with a scope, and noted', async (role) => {
    const { status, headers, json } = await ask(role, operation, 'far');
    expect(status).toBe(403);
    expect(json.detail).toMatch(/covers all accounts and Regions: it needs a token without a scope/);
    const requestId = headers.get('x-request-id');
    expect(await api.store.prisma.auditEntry.findMany({ where: { requestId } })).toMatchObject([
      {
        caller: `the-${role}`,
        tokenId: expect.any(String),
        outcome: 'refused',
        // What only looks is noted by its operation.
        objectId: operation.startsWith('GET ') ? operation : operation.includes('{') ? 'far' : null,
      },
    ]);
    expect((await api.ask(role, 'GET', '/v1/me')).json.may).not.toContain(operation);
  });
});

/** Whose answer is about the caller; sessions are a matter of their own tests. */
const aboutCaller = ['GET /v1/me', 'POST /v1/session'];
const openToAll = withRule('open').filter((operation) => operation !== 'DELETE /v1/session');
describe.each(openToAll)('%s', (operation) => {
  it.each(scopedRolesOf(operation))('answers a(n) %s with a scope as anybody', async (role) => {
    const [bound, free] = [await ask(role, operation, 'far'), await ask(adminToken, operation, 'far')];
    expect(bound.status).toBe(200);
    if (!aboutCaller.includes(operation)) expect(bound.json).toEqual(free.json);
  });
});

it('a session is bound as the token is that it was opened with', async () => {
  const opened = await api.ask('inside', 'POST', '/v1/session');
  const cookie = { cookie: opened.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  for (const { json } of [opened, await api.ask(cookie, 'GET', '/v1/me')]) expect(json.scope).toEqual(inside);
  const foreign = plans.get(Object.keys(outside)[0] ?? '');
  expect((await api.ask(cookie, 'GET', `/v1/plans/${foreign?.id}`)).status).toBe(404);
  expect((await api.ask(cookie, 'DELETE', '/v1/session')).status).toBe(204);
});

/** For each operation that keeps to the scope by itself: what shows that it does. */
const shown: Readonly<Record<string, () => Promise<void>>> = {
  'GET /v1/plans': () => listsWithin('plans', plans),
  'GET /v1/schedules': () => listsWithin('schedules', schedules),
  'POST /v1/plans': async () => {
    const { json } = await api.ask('inside', 'POST', '/v1/plans', spec);
    expect(json.scope).toEqual(inside);
    expect(await api.store.prisma.plan.findUnique({ where: { id: json.id } })).toMatchObject(inside);
    const refused = await api.ask('inside', 'POST', '/v1/plans', { ...spec, regions: ['us-east-1', 'group:far'] });
    expect(refused).toMatchObject({
      status: 422,
      json: { errors: [{ path: 'regions[0]', code: 'region_out_of_scope' }, { path: 'regions[1]' }] },
    });
  },
  'POST /v1/schedules': async () => {
    expect((await api.ask('inside', 'POST', '/v1/schedules', schedule)).json.scope).toEqual(inside);
    const plan = { ...spec, regions: ['us-east-1', 'group:far', 'group:none'] };
    const { status, json } = await api.ask('inside', 'POST', '/v1/schedules', { ...schedule, plan });
    expect(status).toBe(422);
    const codes = json.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`);
    expect(codes.sort()).toEqual([
      ...['plan.regions[0] region_out_of_scope', 'plan.regions[1] region_out_of_scope'],
      'plan.regions[2] unknown_region_group',
    ]);
  },
  'GET /v1/lanes': async () => {
    const lanes = [mine, others].flatMap((account) =>
      ['eu-west-1', 'us-east-1'].map((region) => ({ account, region, operation: 'CreateKey' }) as const),
    );
    for (const lane of lanes) await setLaneQuota(api.store, lane, 9);
    for (const role of scopedRoles) {
      expect(idsOf(await api.ask(role, 'GET', '/v1/lanes'))).toEqual([`${mine}:eu-west-1:CreateKey`]);
    }
    expect(idsOf(await api.ask(adminToken, 'GET', '/v1/lanes'))).toHaveLength(4);
    expect(idsOf(await api.ask('another-account', 'GET', '/v1/lanes'))).toEqual([`${others}:eu-west-1:CreateKey`]);
  },
};

async function listsWithin(what: string, made: ReadonlyMap<string, { readonly id: string }>): Promise<void> {
  const list = async (token: string, query = '') => api.ask(token, 'GET', `/v1/${what}${query}`);
  const all = idsOf(await list(adminToken));
  const within = idsOf(await list('inside'));
  expect(within).toContain(made.get('inside')?.id);
  for (const name of Object.keys(outside)) {
    const { id = '' } = made.get(name) ?? {};
    expect(all).toContain(id);
    expect(within).not.toContain(id);
    expect(idsOf(await list(name))).toContain(id);
  }
  // A caller of a wider scope sees what lies in the narrower one too.
  for (const name of ['one-account-more', 'one-Region-more', 'all-Regions', 'all-accounts']) {
    expect(idsOf(await list(name))).toContain(made.get('inside')?.id);
  }
  expect(idsOf(await list('another-account'))).toEqual([made.get('another-account')?.id]);
  // Pages of one: what lies outside leaves no gap in them, nor does a cursor from elsewhere lead to it.
  const paged = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Answer = await list('inside', `?limit=1${cursor && `&cursor=${cursor}`}`);
    paged.push(...idsOf(page));
    expect(page.json.items).toHaveLength(1);
    cursor = page.json.next_cursor;
  }
  expect(paged).toEqual(within);
  const { next_cursor: cursor } = (await list(adminToken, '?limit=1')).json;
  expect(idsOf(await list('another-account', `?cursor=${cursor}`))).toEqual([made.get('another-account')?.id]);
}

it('is told how to show that every operation keeps to the scope that does so by itself', () => {
  expect(Object.keys(shown).sort()).toEqual(withRule('within').sort());
});
it.each(Object.entries(shown))('%s keeps to the scope', (_operation, show) => show());

describe('PATCH /v1/lanes/{id}', () => {
  const patch = (id: string) => ask('inside', 'PATCH /v1/lanes/{id}', id);

  it('of a lane outside is refused as of none, and of one within answered with it', async () => {
    for (const id of [`${others}:eu-west-1:CreateKey`, `${mine}:us-east-1:CreateKey`]) {
      expect(told(await patch(id), id)).toMatchObject({ status: 404, detail: 'There is no lane <id>.' });
    }
    expect(await patch(`${mine}:eu-central-1:CreateKey`)).toMatchObject({
      status: 200,
      json: { region: 'eu-central-1', quota_per_second: 7 },
    });
    const set = (await readAllLanes(api.store, everywhere)).filter(({ quota_per_second }) => quota_per_second === 7);
    expect(set).toMatchObject([{ account: mine, region: 'eu-central-1' }]);
  });
});

describe('a submission within a scope', () => {
  it('is told every row of a manifest that goes outside, by its line, with what else is wrong', async () => {
    const rows = ['mrk-1,eu-west-1', 'mrk-1,us-east-1', 'mrk-2,group:far', 'nonsense,eu-west-1', 'mrk-3,'];
    const send = async (query: string) => {
      const headers = { authorization: 'Bearer inside', 'content-type': 'text/csv' };
      const body = rows.join('\n');
      const response = await fetch(`${api.url}/v1/plans?name=dr&${query}`, { method: 'POST', headers, body });
      return (await response.json()) as { errors: { path: string; code: string; line?: number }[] };
    };
    const { errors } = await send('regions=eu-west-1');
    expect(errors.map(({ code, line }) => `${line} ${code}`).sort()).toEqual([
      ...['2 region_out_of_scope', '3 region_out_of_scope', '4 invalid_key'],
    ]);
    expect(errors.find(({ line }) => line === 2)?.path).toBe('manifest[2].region');
    rows.splice(1, 3);
    expect((await send('regions=us-east-1')).errors).toMatchObject([
      { path: 'regions[0]', code: 'region_out_of_scope' },
    ]);
    expect(await api.store.prisma.manifest.count()).toBe(0);
  });

  it('is repeated within it only: another scope of the same caller is told nothing of it', async () => {
    const submit = async (token: string, name: string) => {
      const headers = {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'once' },
      };
      const body = JSON.stringify({ ...spec, name });
      const response = await fetch(`${api.url}/v1/plans`, { method: 'POST', headers, body });
      return { status: response.status, json: (await response.json()) as PlanView };
    };
    const first = await submit('inside', 'dr');
    expect(first.status).toBe(202);
    expect(await submit('inside', 'dr')).toMatchObject({ status: 200, json: { id: first.json.id } });
    expect((await submit('inside', 'other')).status).toBe(409);
    for (const token of Object.keys(outside)) {
      const again = await submit(token, 'other');
      expect(again.status).toBe(202);
      expect(again.json.id).not.toBe(first.json.id);
    }
  });
});

describe('a schedule', () => {
  it('keeps its scope when somebody without one changes and runs it', async () => {
    const { id } = (await api.ask('inside', 'POST', '/v1/schedules', schedule)).json;
    const put = (regions: string[]) =>
      api.ask(adminToken, 'PUT', `/v1/schedules/${id}`, { ...schedule, plan: { ...spec, regions } });
    expect(await put(['us-east-1'])).toMatchObject({ status: 422, json: { errors: [{ path: 'plan.regions[0]' }] } });
    expect(await put(['eu-central-1'])).toMatchObject({ status: 200, json: { scope: inside, updated_by: 'admin' } });
    const run = await api.ask(adminToken, 'POST', `/v1/schedules/${id}/run`);
    expect(run).toMatchObject({ status: 202, json: { scope: inside, created_by: 'admin' } });
    expect((await api.ask('viewer', 'GET', `/v1/plans/${run.json.id}`)).status).toBe(200);
  });
});

describe('a token with a scope', () => {
  const make = (body: object) => api.ask(adminToken, 'POST', '/v1/tokens', { name: 'anna', role: 'operator', ...body });

  it('tells it, in order and each name once, to the admin, to its holder and to the audit log', async () => {
    const made = await make({ accounts: [others, mine, others], regions: ['eu-west-1'] });
    const scope = { accounts: [mine, others], regions: ['eu-west-1'] };
    expect(made).toMatchObject({ status: 201, json: scope });
    expect((await api.ask(adminToken, 'GET', '/v1/tokens?limit=1')).json.items).toMatchObject([scope]);
    expect((await api.ask(made.json.token, 'GET', '/v1/me')).json).toMatchObject({ caller: 'anna', scope });
    const { items } = (await api.ask(adminToken, 'GET', `/v1/audit?object_id=${made.json.id}`)).json;
    expect(items).toMatchObject([{ action: 'token.create', detail: { name: 'anna', ...scope } }]);
  });

  it('is one without when it names neither', async () => {
    const { json } = await make({ accounts: null });
    expect(json).toMatchObject(everywhere);
    expect((await api.ask(json.token, 'GET', '/v1/me')).json.scope).toEqual(everywhere);
  });

  it.each([
    ['empty lists', { accounts: [], regions: [] }, ['accounts', 'regions']],
    ['what is no account and no Region', { accounts: ['12'], regions: ['eu-wset-1'] }, ['accounts[0]', 'regions[0]']],
    ['an auditor', { role: 'auditor', regions: ['eu-west-1'] }, ['regions']],
    ['an admin', { role: 'admin', accounts: [mine], regions: ['eu-west-1'] }, ['accounts', 'regions']],
    ['all of that', { name: 'A', role: 'admin', accounts: ['12'] }, ['accounts', 'accounts[0]', 'name']],
  ])('is refused: %s', async (_what, body, paths) => {
    const { status, json } = await make(body);
    expect(status).toBe(422);
    expect(json.errors.map(({ path }: { path: string }) => path).sort()).toEqual(paths);
  });

  it('does not read /metrics', async () => {
    for (const role of scopedRoles) {
      const answer = await api.ask(role, 'GET', '/metrics');
      expect(answer).toMatchObject({
        status: 403,
        json: { detail: expect.stringContaining('GET /metrics covers all') },
      });
    }
    expect((await api.ask(adminToken, 'GET', '/metrics')).status).toBe(200);
  });
});
