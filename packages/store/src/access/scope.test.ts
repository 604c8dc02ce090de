import { covers, everywhere, planSpecSchema, type Scope, scheduleSchema } from '@keyferry/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { insertPlan, insertSchedule, insertToken, migrate, openStore, readPlan, readSchedule } from '../index.ts';
import { Prisma, records, type Store } from '../store.ts';
import { givenScope, placeWithin, within } from './scope.ts';

let server: PrivateServer;
let store: Store;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const names = ['one', 'two'];
const lists = [null, ['one'], ['two'], names];
/** Every scope over two names; a third lies in none but what has no list. */
const scopes = lists.flatMap((accounts) => lists.map((regions): Scope => ({ accounts, regions })));
const places = [...names, 'three'].flatMap((account) => [...names, 'three'].map((region) => ({ account, region })));

test('what SQL says lies within a scope covers no place that the scope does not', async () => {
  for (const outer of scopes) {
    const rows = await store.prisma.$queryRaw<{ n: number; inside: boolean | null }[]>`
      SELECT n, ${within(givenScope(outer), 't')} AS inside
      FROM jsonb_to_recordset(${records(scopes.map((scope, n) => ({ ...scope, n })))})
        AS t(n int, accounts text[], regions text[]) ORDER BY n`;
    const expected = scopes.map((inner) => places.every((place) => !covers(inner, place) || covers(outer, place)));
    expect(rows.map(({ inside }) => inside ?? false)).toEqual(expected);
  }
});

test('SQL and covers agree on places', async () => {
  for (const scope of scopes) {
    const rows = await store.prisma.$queryRaw<{ inside: boolean }[]>`
      SELECT ${placeWithin(givenScope(scope), 't')} AS inside
      FROM jsonb_to_recordset(${records(places.map((place, n) => ({ ...place, n })))})
        AS t(n int, account text, region text) ORDER BY n`;
    expect(rows.map(({ inside }) => inside)).toEqual(places.map((place) => covers(scope, place)));
  }
});

const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
const makePlan = async (scope: Scope) =>
  (await insertPlan(store, { spec, scope, createdBy: 'test', idempotency: null })).planId;
const makeSchedule = (scope: Scope) => {
  const schedule = scheduleSchema.parse({ name: 'weekly', cron: '0 2 * * sun', time_zone: 'UTC', plan: spec });
  return insertSchedule(store, schedule, { createdBy: 'test', scope });
};

test.each(scopes)('a scope is read as it was written: %j', async (scope) => {
  expect((await readPlan(store, await makePlan(scope)))?.scope).toEqual(scope);
  expect((await readSchedule(store, await makeSchedule(scope)))?.scope).toEqual(scope);
});

test('a scope is never changed, never empty, and none of a role that is about everything', async () => {
  const plan = await makePlan(everywhere);
  const schedule = await makeSchedule({ accounts: ['one'], regions: null });
  const token = { sha256: 'a', name: 'anna', scope: everywhere, expiresAt: null, createdBy: 'test' } as const;
  const { id } = await insertToken(store, { ...token, role: 'operator' });
  for (const [table, row] of Object.entries({ plans: plan, schedules: schedule, api_tokens: id })) {
    const change = (accounts: string[] | null) =>
      store.prisma.$executeRaw`
        UPDATE ${Prisma.raw(table)} SET accounts = ${accounts}::text[] WHERE id = ${row}::uuid`;
    await expect(change(['two'])).rejects.toThrow(`the scope of ${table} ${row} is never changed`);
  }
  const bound = { ...token, sha256: 'b', scope: { accounts: null, regions: ['one'] } };
  await expect(insertToken(store, { ...bound, role: 'admin' })).rejects.toThrow('api_tokens_scoped_roles');
  await expect(makePlan({ accounts: [], regions: null })).rejects.toThrow();
});
