import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  type Cluster,
  freePort,
  initialise,
  launch,
  owner,
  prepareCluster,
  stopServer,
  waitUntilAnswering,
} from '../../packages/store/src/embedded-postgres-server.ts';
import type { Service } from '../harness/child-process.ts';
import { runQuickKeyferry } from '../harness/quick-keyferry.ts';
import type { Keyferry } from '../harness/run-keyferry.ts';
import { startPlan } from '../harness/start-plan.ts';
import { type PrivateServer, startRedis } from '../servers/index.ts';

const run = promisify(execFile);
const keys = 30;
/** With the server and pg_dump of one major version. */
const programs = process.env.POSTGRES_PROGRAMS ?? '';

let directory: string;
let cluster: Cluster;
/** As a role that may create databases and roles, and is no superuser. */
let url: string;
let redis: PrivateServer;
let keyferry: Keyferry | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keyferry-restore-'));
  await chmod(directory, 0o755);
  const of = (program: string) => join(programs, program);
  const binaries = { initdb: of('initdb'), postgres: of('postgres'), pg_ctl: of('pg_ctl') };
  cluster = { ...(await prepareCluster(join(directory, 'data'))), binaries };
  await initialise(cluster, 'test', { sync: false });
  const port = await freePort();
  const superuser = `postgresql://${owner}:test@127.0.0.1:${port}/postgres`;
  const { failed } = launch(cluster, { port, logFile: join(directory, 'server.log'), settings: ['fsync=off'] });
  await waitUntilAnswering(superuser, 30_000, failed);
  await query(superuser, "CREATE ROLE keyferry_owner LOGIN CREATEDB CREATEROLE PASSWORD 'test'");
  url = superuser.replace(owner, 'keyferry_owner');
  redis = await startRedis();
});
afterEach(async () => {
  await keyferry?.stop();
  keyferry = undefined;
});
afterAll(async () => {
  await redis?.stop();
  await stopServer(cluster, 'immediate');
  for (const path of [directory, cluster.dataDirectory]) await rm(path, { recursive: true, force: true });
});

it.each(['redis', 'postgres'] as const)(
  'a backup of a running plan is restored after more was made: what there is is found, and nothing is made twice (queue on %s)',
  async (engine) => {
    const running = await runQuickKeyferry({ postgresUrl: url, redisUrl: engine === 'redis' ? redis.url : null });
    keyferry = running;
    const [worker] = running.workers as [Service];
    await running.simulator.addFaults({ operation: 'replicate-key', effect: { latencyMs: 500 } });
    const plan = await startPlan(running, 'backed-up', keys, { max_in_flight: 6 });
    await plan.untilCalls(worker, 6);

    const dump = join(directory, `${engine}.dump`);
    await run(join(programs, 'pg_dump'), [
      '--format=custom',
      '--exclude-schema=bullmq',
      `--file=${dump}`,
      running.databaseUrl,
    ]);
    await plan.untilCalls(worker, 12);
    await Promise.all([running.api.kill(), worker.kill()]);
    await replaceDatabase(running.databaseUrl, dump);

    await running.startApi();
    const next = await running.startWorker();
    const { id } = plan;
    await running.client.request('PATCH /v1/plans/{id}', { id, body: { options: { max_in_flight: 60 } } });
    await plan.untilCalls(next, 3);
    const { plan: finished, calls } = await plan.untilUsable();
    // The dump does not know of them: AWS does, and makes no second one.
    expect(finished.counts.already_present).toBeGreaterThan(0);
    const refused = new Set(calls.flatMap(({ awsError }) => awsError ?? []));
    expect([...refused].filter((error) => error !== 'AlreadyExistsException')).toEqual([]);
  },
);

/** The database is lost; what the dump holds stands in its place, with the owners and rights that it had. */
async function replaceDatabase(databaseUrl: string, dump: string): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1);
  await query(url, `DROP DATABASE ${name} WITH (FORCE)`);
  await query(url, `CREATE DATABASE ${name}`);
  const { stderr } = await run(join(programs, 'pg_restore'), ['--exit-on-error', `--dbname=${databaseUrl}`, dump]);
  expect(stderr).toBe('');
}

async function query(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql);
  await client.end();
}
