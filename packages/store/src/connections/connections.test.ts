import { setTimeout as wait } from 'node:timers/promises';
import { createLog } from '@keyferry/log';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../../test/harness/until.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { type SilentProxy, startSilentProxy } from '../../../../test/servers/silent-proxy.ts';
import { isDatabaseAway } from '../is-database-away.ts';
import { migrate } from '../migrate.ts';
import { provideDatabase } from '../provide-database.ts';
import { inTransaction, openStore } from '../store.ts';
import { waitForDatabase } from '../wait-for-database.ts';
import { checkSession } from './check-session.ts';
import { openPool } from './open-pool.ts';

let server: PrivateServer;
let proxy: SilentProxy;
beforeAll(async () => {
  server = await startPostgres();
  proxy = await startSilentProxy(server.url, 5432);
}, 120_000);
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
});

test('the session of every connection is as the SQL of Keyferry needs it, whatever role and database say', async () => {
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const odd = { TimeZone: 'Asia/Kolkata', DateStyle: 'SQL, DMY', standard_conforming_strings: 'off' };
  for (const [name, value] of Object.entries(odd))
    await admin.query(`ALTER ROLE CURRENT_USER SET "${name}" = '${value}'`);
  const pool = openPool({ url: server.url, max: 2, applicationName: 'test', onError: () => undefined });
  try {
    const { rows } = await pool.query(`SELECT current_setting('TimeZone') AS zone, now()::text AS now,
      current_setting('standard_conforming_strings') AS strings, current_setting('statement_timeout') AS statement`);
    expect(rows[0]).toMatchObject({
      zone: 'UTC',
      strings: 'on',
      statement: '2min',
      now: expect.stringMatching(/^\d{4}-.*\+00$/),
    });
    await checkSession(server.url);
    const store = openStore({ url: server.url });
    const later = new Date(Date.now() + 20 * 60_000);
    const asked = await store.prisma.$queryRaw<{ ahead: number; at: Date }[]>`
      SELECT extract(epoch FROM ${later}::timestamptz - now())::float8 AS ahead, ${later}::timestamptz AS at`;
    expect(asked[0]?.at).toEqual(later);
    expect(asked[0]?.ahead).toBeGreaterThan(19 * 60);
    await store.close();
  } finally {
    for (const name of Object.keys(odd)) await admin.query(`ALTER ROLE CURRENT_USER RESET "${name}"`);
    await admin.end();
    await pool.end();
  }
});

test('connections that have died without a word are replaced; a slow query is not disturbed', async () => {
  const broken: Error[] = [];
  const pool = openPool({ url: proxy.url, max: 6, applicationName: 'victim', onError: (error) => broken.push(error) });
  const beside = openPool({ url: server.url, max: 1, applicationName: 'slow', onError: (error) => broken.push(error) });
  try {
    const slow = beside.query('SELECT pg_sleep(9)');
    // One holds a lock in a transaction that it can never end.
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT pg_advisory_xact_lock(4711)');
    const clients = await Promise.all([1, 2, 3].map(() => pool.connect()));
    for (const client of clients) client.release();
    proxy.silence();
    const began = performance.now();
    const stuck = [holder.query('SELECT 1'), pool.query('SELECT 2')].map((query) =>
      query.catch((error: Error) => error),
    );
    for (const error of await Promise.all(stuck)) expect(isDatabaseAway(error)).toBe(true);
    holder.release(true);
    const again = await pool.query('SELECT pg_try_advisory_xact_lock(4711) AS free');
    expect(again.rows[0]).toEqual({ free: true });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(broken.length).toBeGreaterThanOrEqual(2);
    await slow;
    expect(broken.map(({ message }) => message).join()).not.toContain('slow');
  } finally {
    await pool.end();
    await beside.end();
  }
});

test('one dead connection tells of all that rest in the pools of the process, however late they were heard', async () => {
  const pools = [1, 2].map(() =>
    openPool({ url: proxy.url, max: 5, applicationName: 'victim', onError: () => undefined }),
  );
  const [one, other] = pools as [(typeof pools)[0], (typeof pools)[0]];
  try {
    const [asking, ...later] = await Promise.all([one, one, one, other, other].map((pool) => pool.connect()));
    const stuck = asking?.query('SELECT pg_sleep(0.5)').catch((error: Error) => error);
    // The others say something while that one waits already.
    await Promise.all(later.map((client) => client.query('SELECT 1')));
    proxy.silence();
    for (const client of later) client.release();
    expect(isDatabaseAway(await stuck)).toBe(true);
    asking?.release(true);
    const began = performance.now();
    for (const pool of [one, one, one, other, other]) await pool.query('SELECT 1');
    expect(performance.now() - began).toBeLessThan(3_000);
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
});

test('a store whose connections are silent ends all the same', async () => {
  const store = openStore({ url: proxy.url });
  await Promise.all([1, 2, 3].map(() => store.prisma.$queryRaw`SELECT 1`));
  proxy.silence();
  const began = performance.now();
  await store.close();
  expect(performance.now() - began).toBeLessThan(8_000);
});

test('a statement has a limit of time, and a transaction may set a longer one', async () => {
  const store = openStore({ url: server.url });
  await store.prisma.$executeRaw`SELECT 1`;
  const limit = () => store.prisma.$queryRaw<{ limit: string }[]>`SELECT current_setting('statement_timeout') AS limit`;
  expect(await limit()).toEqual([{ limit: '2min' }]);
  const within = await inTransaction(
    store,
    (tx) => tx.$queryRaw<{ limit: string }[]>`SELECT current_setting('statement_timeout') AS limit`,
    { timeoutMs: 300_000 },
  );
  expect(within).toEqual([{ limit: '5min' }]);
  expect(await limit()).toEqual([{ limit: '2min' }]);
  await store.close();
});

test('a migration that waits for another session says for whom, and does not wait for ever', async () => {
  const holder = new pg.Client({ connectionString: server.url, application_name: 'an older Keyferry' });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(7362148061)');
  const failure = await migrate(server.url, { lockWaitMs: 400 }).catch((error: Error) => error);
  expect(String(failure)).toMatch(/session \d+ \(an older Keyferry, idle\) has held the lock of migrations/);
  const waiting = migrate(server.url);
  const waits = await Promise.race([waiting.then(() => 'done'), wait(500).then(() => 'waits')]);
  expect(waits).toBe('waits');
  await holder.query('SELECT pg_advisory_unlock(7362148061)');
  const applied = await until(
    'it is migrated',
    () => waiting,
    () => true,
  );
  expect(applied.length).toBeGreaterThan(0);
  const [one, two] = await Promise.all([migrate(server.url), migrate(server.url)]);
  expect([one, two]).toEqual([[], []]);
  await holder.end();
});

test('a start bears that its connections die under it, at any moment', async () => {
  await migrate(server.url);
  const log = createLog('test', 'silent');
  const starts = [2, 6, 10, 15, 20, 25, 30, 40, 50].map(async (afterMs) => {
    const path = await startSilentProxy(server.url, 5432);
    setTimeout(() => path.silence(), afterMs);
    const { url } = await provideDatabase({ url: path.url, migrationUrl: null }, '/nowhere', log);
    const applied = await waitForDatabase(() => migrate(url), log);
    await path.stop();
    return applied;
  });
  expect(await Promise.all(starts)).toEqual(starts.map(() => []));
}, 60_000);
