import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createLog } from '@keyferry/log';
import { openQueues } from '@keyferry/queue';
import { migrate, openStore, provideDatabase, registerWorker, setLaneQuota } from '@keyferry/store';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asApplication } from '../../../../test/harness/as-application.ts';
import { bareEnvironment } from '../../../../test/harness/bare-environment.ts';
import { type Simulator, startSimulator } from '../../../../test/harness/simulator.ts';
import { findRedisServer } from '../../../../test/servers/find-redis-server.ts';
import { type PrivateServer, startPostgres, startRedis } from '../../../../test/servers/index.ts';
import { spawnRedis } from '../../../../test/servers/spawn-redis.ts';
import { examine } from './examine.ts';
import type { Finding } from './finding.ts';
import { report } from './report.ts';

const secret = 's3cret-canary-of-32-characters-or-more';
const nowhere = '127.0.0.1:9';

let postgres: PrivateServer;
let redis: PrivateServer;
let simulator: Simulator;
let env: Record<string, string>;
beforeAll(async () => {
  [postgres, redis, simulator] = await Promise.all([startPostgres(), startRedis(), startSimulator()]);
  const applicationUrl = asApplication(postgres.url);
  await provideDatabase({ url: applicationUrl, migrationUrl: postgres.url }, '/nowhere', createLog('test', 'silent'));
  await migrate(applicationUrl, { migrationUrl: postgres.url });
  await simulator.makeKeys({ account: '111122223333', count: 12 });
  env = {
    DATABASE_URL: applicationUrl,
    REDIS_URL: redis.url,
    CCKM_URL: simulator.url,
    CCKM_USERNAME: 'admin',
    CCKM_PASSWORD: 'keyferry-simulator',
    KEYFERRY_ADMIN_TOKEN: secret,
  };
}, 120_000);
afterAll(async () => {
  await Promise.all([postgres?.stop(), redis?.stop(), simulator?.stop()]);
});

/** What is found by check; that no secret is in it is looked at every time. */
async function found(changed: Record<string, string | undefined> = {}): Promise<Record<string, Finding>> {
  const { findings } = await examine({ ...env, ...changed });
  for (const word of [secret, 'keyferry-simulator', ':test@']) expect(report(findings)).not.toContain(word);
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}
const statuses = (findings: Record<string, Finding>) =>
  Object.fromEntries(
    Object.values(findings).flatMap(({ check, status }) => (status === 'ok' ? [] : [[check, status]])),
  );

async function ask(sql: string): Promise<unknown[]> {
  const client = new pg.Client(postgres.url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function run(args: string[], environment: Record<string, string>) {
  const script = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { env: { ...bareEnvironment, ...environment } });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { out, code };
}

describe('an installation in which all is well', () => {
  it('is reported as healthy, with details', async () => {
    const store = openStore({ url: postgres.url });
    await registerWorker(store, { host: 'here', pid: 1, concurrency: 256, leaseMs: 600_000 });
    const lane = { account: '111122223333', region: 'eu-west-1', operation: 'CreateKey' } as const;
    await setLaneQuota(store, lane, 20);
    await store.close();
    const findings = await found();
    expect(statuses(findings)).toEqual({});
    expect(findings.postgres?.found).toMatch(/^Postgres \d+\.\d+ at 127\.0\.0\.1:\d+\/postgres, without TLS$/);
    expect(findings['database role']?.found).toBe('keyferry_app does not own the tables');
    expect(findings.queue?.found).toMatch(/^Redis \d+\.\d+ at 127\.0\.0\.1:\d+, without TLS$/);
    expect(findings.cckm?.found).toMatch(/^the login to 127\.0\.0\.1:\d+ works; version simulated$/);
    expect(findings['cckm clock']?.found).toBe('as this machine');
    expect(findings['cckm keys']?.found).toBe('12 are listed');
    expect(findings['cckm accounts']?.found).toMatch(/^sees 1 account: 111122223333 \(\d+ Regions\)$/);
    expect(findings.workers?.found).toBe('1 is alive, for 256 calls at once');
    expect(findings.quotas?.found).toContain('lanes with their own quota: 111122223333:eu-west-1:CreateKey 20');
  });

  it('ends the command with 0, and prints JSON with --json', async () => {
    const { out, code } = await run(['doctor', '--json'], env);
    const { exit_code, findings } = JSON.parse(out);
    expect([code, exit_code]).toEqual([0, 0]);
    expect(findings[0]).toEqual({
      check: 'environment',
      status: 'ok',
      found: 'complete for an API and a worker',
      advice: null,
    });
  });

  it('is not changed, and neither is an empty database', async () => {
    const before = await simulator.control<{ live_refresh_tokens: number; keys: number }>('GET', '/state');
    await ask('CREATE DATABASE empty');
    const url = new URL(postgres.url);
    url.pathname = '/empty';
    const findings = await found({ DATABASE_URL: url.href, REDIS_URL: undefined });
    expect(statuses(findings)).toEqual({ migrations: 'warn', queue: 'warn' });
    expect(findings.workers).toBeUndefined();
    const client = new pg.Client(url.href);
    await client.connect();
    const { rows } = await client.query("SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace");
    await client.end();
    expect(rows).toEqual([]);
    expect(await simulator.control('GET', '/state')).toMatchObject({
      live_refresh_tokens: before.live_refresh_tokens,
      keys: before.keys,
    });
    const ledger = await simulator.ledger();
    const changes = ledger.filter(({ operation }) => !/^(login|revoke|list-|system-info)/.test(operation));
    expect(changes).toEqual([]);
  });
});

describe('what is broken is reported with the fix', () => {
  it.each<[string, () => Record<string, string>, string, RegExp, RegExp]>([
    [
      'a password that Postgres refuses',
      () => ({ DATABASE_URL: postgres.url.replace(':test@', `:${secret}@`) }),
      'postgres',
      /refuses the password$/,
      /DATABASE_URL/,
    ],
    [
      'a database that there is not',
      () => ({ DATABASE_URL: postgres.url.replace(/postgres$/, 'nowhere') }),
      'postgres',
      /\/nowhere has no such database$/,
      /Create the database/,
    ],
    [
      'a Postgres that is not there',
      () => ({ DATABASE_URL: `postgres://u:${secret}@${nowhere}/keyferry` }),
      'postgres',
      /^127\.0\.0\.1:9\/keyferry cannot be reached: .*ECONNREFUSED/,
      /that Postgres runs/,
    ],
    [
      'an address in which the password cannot be told from the host',
      () => ({ DATABASE_URL: `postgres://u:${secret}?x@db.example.com/keyferry` }),
      'postgres',
      /^DATABASE_URL cannot be parsed: percent-encode/,
      /run this again/,
    ],
    [
      'a Redis that is not there',
      () => ({ REDIS_URL: `redis://:${secret}@${nowhere}/3` }),
      'queue',
      /^Redis at 127\.0\.0\.1:9\/3 cannot be used: .*ECONNREFUSED/,
      /REDIS_URL/,
    ],
    [
      'a password that Redis refuses',
      () => ({ REDIS_URL: redis.url.replace('redis://', `redis://nobody:${secret}@`) }),
      'queue',
      /WRONGPASS/,
      /user and password/,
    ],
    [
      'a login that CCKM refuses',
      () => ({ CCKM_PASSWORD: secret }),
      'cckm',
      /The login to CCKM failed/,
      /Check CCKM_USERNAME, CCKM_PASSWORD/,
    ],
    ['a CCKM that is not there', () => ({ CCKM_URL: `http://${nowhere}` }), 'cckm', /ECONNREFUSED/, /Check CCKM_URL/],
    [
      'plain http over the network',
      () => ({ CCKM_URL: 'http://cm.example.com' }),
      'cckm',
      /must be https/,
      /Correct CCKM_URL/,
    ],
  ])('%s', async (_what, changed, check, what, advice) => {
    const findings = await found(changed());
    expect(findings[check]).toMatchObject({
      status: 'fail',
      found: expect.stringMatching(what),
      advice: expect.stringMatching(advice),
    });
    expect(Object.values(findings).filter(({ status }) => status === 'fail')).toHaveLength(1);
  });

  it('a role that owns the tables, and one that may not read them', async () => {
    const owning = await found({ DATABASE_URL: postgres.url });
    expect(statuses(owning)).toMatchObject({ 'database role': 'warn' });
    expect(owning['database role']?.found).toMatch(/^keyferry of DATABASE_URL owns the tables/);
    await ask(`CREATE ROLE stranger LOGIN PASSWORD '${secret}'`);
    const stranger = postgres.url.replace('keyferry:test@', `stranger:${secret}@`);
    expect((await found({ DATABASE_URL: stranger })).migrations).toMatchObject({
      status: 'fail',
      found: 'the role stranger may not read the tables',
      advice: expect.stringContaining('npm run migrate'),
    });
  });

  it('a login that CCKM refuses, with what to do', async () => {
    const { cckm } = await found({ CCKM_PASSWORD: secret });
    expect(cckm).toMatchObject({ status: 'fail', advice: expect.stringContaining('CCKM_USERNAME') });
    expect(cckm?.found).not.toContain(secret);
  });

  it('no login to CCKM, as where an API runs: nothing is asked, and a worker needs one', async () => {
    const { cckm } = await found({ CCKM_USERNAME: undefined, CCKM_PASSWORD: undefined });
    expect(cckm).toMatchObject({ status: 'warn', found: expect.stringContaining('no login to CCKM is set') });
  });

  it('a Redis that evicts keys', async () => {
    const client = new Redis(redis.url);
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const findings = await found();
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    client.disconnect();
    expect(findings['queue memory']).toMatchObject({ status: 'warn', found: 'maxmemory-policy is allkeys-lru' });
  });

  it('a node of a Redis Cluster that REDIS_URL treats as a single Redis, and a Cluster that is down', async () => {
    const node = await spawnRedis(await findRedisServer(), { config: 'cluster-enabled yes' });
    const findings = await found({ REDIS_URL: `redis://127.0.0.1:${node.port}` });
    // No slot has a master.
    const ofCluster = await found({ REDIS_URL: `redis-cluster://127.0.0.1:${node.port}` });
    await node.discard();
    expect(findings.queue).toMatchObject({
      status: 'fail',
      found: expect.stringMatching(/without TLS: a node of a Cluster$/),
      advice: 'Start REDIS_URL with redis-cluster://.',
    });
    expect(ofCluster.queue).toMatchObject({ status: 'fail', found: expect.stringMatching(/the Cluster is down/) });
  });

  it('a wrong clock of CCKM, and TLS that is not verified', async () => {
    await simulator.control('PATCH', '/settings', { clockSkewMs: -120_000 });
    const findings = await found({ CCKM_INSECURE_TLS: 'true' });
    await simulator.control('PATCH', '/settings', { clockSkewMs: 0 });
    expect(statuses(findings)).toEqual({ 'cckm clock': 'warn', 'cckm tls': 'warn' });
    expect(findings['cckm clock']?.found).toMatch(/^(119|120|121) s behind this machine$/);
  });

  it('a CCKM user that may not read', async () => {
    const effect = { status: 403 };
    await simulator.control('PUT', '/faults', [
      { operation: 'list-keys', effect },
      { operation: 'list-kms', effect },
    ]);
    const findings = await found();
    await simulator.control('DELETE', '/faults');
    expect(statuses(findings)).toEqual({ 'cckm keys': 'fail', 'cckm accounts': 'fail' });
    expect(findings['cckm keys']?.advice).toBe('Give its user the ACL viewnative on the KMS containers.');
  });

  it('a database of a newer version that refuses this one, no worker, CCKM that the workers do not reach, and plans that wait', async () => {
    await ask('DELETE FROM workers');
    await ask("INSERT INTO circuits (id, state) VALUES ('cckm', 'open')");
    expect(statuses(await found())).toEqual({ workers: 'warn', circuit: 'warn' });
    await ask(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', '', '2999_later', now())",
    );
    expect((await found()).migrations).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('2999_later of a newer release'),
    });
    await ask("UPDATE oldest_release SET version = '999.0.0'");
    const findings = await found();
    await ask("UPDATE oldest_release SET version = '0.2.0'");
    await ask("DELETE FROM _prisma_migrations WHERE id = 'x'");
    expect(findings.migrations).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('used by a newer one'),
    });
  });

  it('BullMQ without its tables on Postgres, until something has made them', async () => {
    expect(statuses(await found({ REDIS_URL: undefined })).queue).toBe('warn');
    const log = createLog('test', 'silent');
    const { DATABASE_URL: databaseUrl = '' } = env;
    await (await openQueues({ redisUrl: null, databaseUrl, migrationUrl: postgres.url, log })).close();
    expect((await found({ REDIS_URL: undefined })).queue).toMatchObject({ status: 'ok' });
  });

  it('an embedded Postgres that does not run, and is not started', async () => {
    const findings = await found({ DATABASE_URL: undefined, KEYFERRY_DATA_DIR: '/nowhere/keyferry' });
    expect(findings.postgres).toMatchObject({
      status: 'warn',
      advice: expect.stringContaining('Start an API or a worker'),
    });
  });

  it('ends the command with 1', async () => {
    const { out, code } = await run(['doctor'], { ...env, REDIS_URL: `redis://:${secret}@${nowhere}` });
    expect(out).toMatch(/^fail {2}queue /m);
    expect(out).toMatch(/\n1 failed, \d warnings?\.\n$/);
    expect(out).not.toContain(secret);
    expect(code).toBe(1);
  });

  it('ends the command with 64 where the environment is not usable', async () => {
    const { out, code } = await run(['doctor', '--json'], { ...env, KEYFERRY_PORT: secret, DATABASE_URL: secret });
    expect(JSON.parse(out)).toMatchObject({
      exit_code: 64,
      findings: [
        { check: 'environment', status: 'fail', found: expect.stringMatching(/DATABASE_URL: .*\n.*KEYFERRY_PORT/) },
      ],
    });
    expect(out).not.toContain(secret);
    expect(code).toBe(64);
  });
});

describe('permissions by account and Region', () => {
  const account = '111122223333';
  const permissionsNow = async () => (await examine(env)).permissions;
  const row = async (region: string) => (await permissionsNow()).find((one) => one.region === region);
  const insert = (planId: string, region: string, states: { succeeded?: number; failed?: number }) =>
    ask(`WITH plan AS (
        INSERT INTO plans (id, name, mode, state, spec, spec_sha256, created_by, priority, max_in_flight, sequential, max_attempts)
        VALUES ('${planId}', 'p', 'execute', 'resolving', '{}', '', 'anna', 0, 1, false, 1) RETURNING id),
      lane AS (INSERT INTO plan_lanes (id, plan_id, account, primary_region, region, wave, last_slot_at, succeeded)
        SELECT gen_random_uuid(), id, '${account}', 'us-east-1', '${region}', 0, now(), ${states.succeeded ?? 0} FROM plan RETURNING id, plan_id)
      INSERT INTO replicas (id, plan_id, lane_id, key_id, mrk, account, primary_region, region, state, failed_at, error)
      SELECT gen_random_uuid(), plan_id, id, 'key-' || n, 'mrk-' || n, '${account}', 'us-east-1', '${region}', 'blocked', now(),
        '{"code": "access_denied", "message": "User: arn:aws:iam::${account}:role/cckm is not authorized to perform: kms:CreateKey on resource: * with an explicit deny in a service control policy"}'
      FROM lane, generate_series(1, ${states.failed ?? 0}) n`);

  it('are ok, denied with what to allow, or not checkable; nothing is called that changes anything', async () => {
    await insert('01900000-0000-7000-8000-00000000000a', 'eu-west-1', { succeeded: 3 });
    await insert('01900000-0000-7000-8000-00000000000b', 'us-west-2', { failed: 2 });
    await insert('01900000-0000-7000-8000-00000000000c', 'eu-north-1', {});
    const before = (await simulator.ledger()).length;
    expect(await row('eu-west-1')).toMatchObject({ account, verdict: 'ok', allow: [] });
    expect(await row('us-west-2')).toMatchObject({
      verdict: 'denied',
      found: expect.stringContaining('2 denied since'),
      allow: [expect.stringMatching(/^Exempt kms:CreateKey in the replica's Region from the service control policy/)],
    });
    expect(await row('eu-north-1')).toMatchObject({ verdict: 'not_checkable' });
    const called = (await simulator.ledger()).slice(before).map(({ operation }) => operation);
    expect(called.filter((operation) => !/^(login|revoke|list-|get-|system)/.test(operation))).toEqual([]);
    const { out, code } = await run(['doctor'], env);
    expect(out).toMatch(/fail {2}permissions 111122223333 +us-west-2: denied: /);
    expect(out).toMatch(/ok {4}permissions 111122223333 +eu-west-1: ok/);
    expect(out).toContain('eu-north-1: not checkable');
    expect(code).toBe(1);
  });

  it('are denied where an ACL is missing, where keys are not listed, and in a Region that no container has', async () => {
    await simulator.control('PATCH', '/settings', {
      groups: ['dr'],
      acls: [{ group: 'dr', actions: ['viewnative', 'viewbyok'] }],
    });
    expect((await row('eu-west-1'))?.allow[0]).toMatch(
      /the ACLs keycreate, keyupdate, keysynchronize on KMS container/,
    );
    await simulator.control('PATCH', '/settings', { groups: ['admin'], acls: [] });
    await simulator.control('PATCH', '/settings', { kmsRegions: { [account]: ['us-east-1'] } });
    expect(await row('eu-west-1')).toMatchObject({
      verdict: 'denied',
      allow: [expect.stringContaining('Add eu-west-1')],
    });
    await simulator.control('POST', '/reset');
  });
});

it('alone of all commands loads what it needs', async () => {
  const forbid = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (/prisma|bullmq|keyferry.(store|queue|cckm)/.test(name)) throw new Error(name);
      return next(name, context);
    } });`;
  const environment = { ...env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(forbid)}` };
  expect((await run(['plan', 'schema'], environment)).code).toBe(0);
  expect(await run(['doctor'], environment)).toEqual({ out: '', code: 1 });
});
