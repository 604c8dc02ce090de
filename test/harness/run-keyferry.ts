import { randomUUID } from 'node:crypto';
import { createKeyferryClient, type KeyferryClient } from '@keyferry/client';
import type { PlanSpecInput, PlanView, ReplicaView } from '@keyferry/core';
import pg from 'pg';
import { asApplication } from './as-application.ts';
import { type Service, startService } from './child-process.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import { until } from './until.ts';

/**
 * All of Keyferry as separate processes, on a database of its own, against a simulator of its own. They work with the database
 * as a role that owns nothing in it.
 */
export interface Keyferry {
  readonly url: string;
  readonly client: KeyferryClient;
  readonly simulator: Simulator;
  /** As the owner of the database. */
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  /** `checkout`: the folder of another release. */
  startWorker(checkout?: string): Promise<Service>;
  readonly workers: Service[];
  /** Starts the API again, on its port, after it was killed. */
  startApi(checkout?: string): Promise<Service>;
  readonly api: Service;
  /** Submits a plan and answers it once nothing of it is open any more; `counts` is checked at every look. */
  run(spec: PlanSpecInput): Promise<PlanView>;
  settled(planId: string): Promise<PlanView>;
  replicas(planId: string): Promise<ReplicaView[]>;
  stop(): Promise<void>;
}

export interface KeyferryOptions {
  /** A server on which a database is made. */
  readonly postgresUrl: string;
  /** A server of which one database is used; null for BullMQ on Postgres. */
  readonly redisUrl: string | null;
  readonly adminToken: string;
  readonly simulatorSeed?: string;
  /** Of the release that is started at first; left out: this one's. */
  readonly checkout?: string | undefined;
  /** Laid over the simulator's own settings. */
  readonly simulatorSettings: Record<string, unknown>;
  /** Of the API and the workers, beside what makes them find each other. */
  readonly env: Record<string, string>;
  /** How `run` and `settled` wait. */
  readonly waiting: { withinMs: number; everyMs: number };
}

/** Starts a simulator, an API and one worker, each a process as in production. */
export async function runKeyferry(options: KeyferryOptions): Promise<Keyferry> {
  const { adminToken, waiting } = options;
  const databaseUrl = await createDatabase(options.postgresUrl);
  const redisUrl = options.redisUrl === null ? null : nextRedisDatabase(options.redisUrl);
  const simulator = await startSimulator(options.simulatorSeed);
  await simulator.control('PATCH', '/settings', options.simulatorSettings);
  const common = {
    DATABASE_URL: asApplication(databaseUrl),
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    CCKM_URL: simulator.url,
    CCKM_USERNAME: 'admin',
    CCKM_PASSWORD: 'keyferry-simulator',
    KEYFERRY_ADMIN_TOKEN: adminToken,
    ...options.env,
  };
  const from = (checkout?: string) => (checkout === undefined ? {} : { cwd: checkout });
  const startApi = (port: string, checkout?: string) =>
    startService(
      'api',
      'apps/api/src/main.ts',
      { KEYFERRY_MIGRATION_DATABASE_URL: databaseUrl, ...common, KEYFERRY_PORT: port },
      /"address":"([^"]+)"/,
      from(checkout),
    );
  let api = await startApi('0', options.checkout);
  const url = api.readyLine[1] ?? '';
  const client = createKeyferryClient({ url, token: adminToken });
  const workers: Service[] = [];

  const keyferry: Keyferry = {
    url,
    client,
    simulator,
    databaseUrl,
    redisUrl,
    workers,
    get api() {
      return api;
    },
    startApi: async (checkout) => {
      api = await startApi(new URL(url).port, checkout);
      return api;
    },
    startWorker: async (checkout) => {
      const worker = await startService('worker', 'apps/worker/src/main.ts', common, /worker started/, from(checkout));
      workers.push(worker);
      return worker;
    },
    run: async (spec) => keyferry.settled((await client.request('POST /v1/plans', { body: spec })).id),
    settled: (planId) =>
      until(
        'the plan is finished',
        async () => sumsUp(await client.request('GET /v1/plans/{id}', { id: planId })),
        (plan) => plan.finished_at !== null,
        { ...waiting, tell: ({ spec: _spec, ...plan }) => plan },
      ),
    replicas: (planId) => Array.fromAsync(client.eachReplica(planId)),
    stop: async () => {
      await Promise.all([...workers, api].filter((service) => service.running).map((service) => service.stop()));
      await simulator.stop();
    },
  };
  await keyferry.startWorker(options.checkout);
  return keyferry;
}

/** The invariant of every look: the counts sum to the total. */
export function sumsUp(plan: PlanView): PlanView {
  const { total, ...byState } = plan.counts;
  const sum = Object.values(byState).reduce((all, count) => all + count, 0);
  if (sum !== total) throw new Error(`counts do not sum to total: ${JSON.stringify(plan.counts)}`);
  return plan;
}

/** An AWS account of a test's own: its lanes are nobody else's. */
export function newAccount(): string {
  return String(100_000_000_000 + Number.parseInt(randomUUID().slice(0, 8), 16));
}

async function createDatabase(postgresUrl: string): Promise<string> {
  const url = new URL(postgresUrl);
  const name = `keyferry_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}

/** Redis has sixteen databases; test files run in processes that do not know of each other, so each has its share. */
const databasesOfProcess = 4;
let redisDatabases = 0;

/** A Redis database of its own for each Keyferry that runs at a time; Sentinels and Clusters are not shared. */
function nextRedisDatabase(redisUrl: string): string {
  if (!redisUrl.startsWith('redis://')) return redisUrl;
  const url = new URL(redisUrl);
  const pool = Number(process.env.VITEST_POOL_ID ?? 0) % (16 / databasesOfProcess);
  url.pathname = `/${pool * databasesOfProcess + (redisDatabases % databasesOfProcess)}`;
  redisDatabases += 1;
  return url.href;
}
