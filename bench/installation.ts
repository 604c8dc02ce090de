import { createKeyferryClient } from '@keyferry/client';
import pg from 'pg';
import { type Service, startService } from '../test/harness/child-process.ts';
import type { Servers } from './with-servers.ts';
import { workload } from './workload.ts';

/** What the CCKM of a bench has: see light-cckm.ts. */
export interface LightEstate {
  readonly accounts: number;
  readonly keysEach: number;
  /** AWS's defaults; false: none, on either side. */
  readonly quotas: boolean;
}

/** What the CCKM has seen. */
export interface Seen {
  readonly replicate: number;
  readonly made: number;
  readonly throttled: number;
  readonly lists: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface LightCckm {
  readonly service: Service;
  readonly url: string;
  stats(): Promise<Seen>;
}

/** An API and workers as processes of their own, on a database of their own, with a CCKM that costs little. */
export interface Installation {
  readonly client: ReturnType<typeof createKeyferryClient>;
  readonly apiUrl: string;
  readonly databaseUrl: string;
  readonly api: Service;
  readonly workers: readonly Service[];
  readonly cckm: LightCckm;
  stop(): Promise<void>;
}

export const adminToken = 'the-admin-token-of-the-benchmarks';
/** The share of the quotas that is used. */
export const headroom = 0.9;
/** Where replicas go; the primaries are in us-east-1. */
export const estateRegions: readonly string[] = workload({ accounts: 1, keysEach: 1, regions: 10 }).regions;

export async function startInstallation(
  servers: Servers,
  estate: LightEstate,
  workerCount: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const running: Service[] = [];
  const start: typeof startService = async (...args) => {
    const service = await startService(...args);
    running.push(service);
    return service;
  };
  try {
    const databaseUrl = await createDatabase(servers.postgresUrl);
    const cckm = await startLightCckm(estate);
    running.push(cckm.service);
    const env = {
      DATABASE_URL: databaseUrl,
      ...(servers.redisUrl === null ? {} : { REDIS_URL: `${servers.redisUrl}/1` }),
      CCKM_URL: cckm.url,
      CCKM_USERNAME: 'u',
      CCKM_PASSWORD: 'p',
      KEYFERRY_ADMIN_TOKEN: adminToken,
      KEYFERRY_QUOTA_HEADROOM: String(headroom),
      ...(estate.quotas ? {} : { KEYFERRY_QUOTA_REPLICATE_KEY: '10000', KEYFERRY_QUOTA_CREATE_KEY: '10000' }),
      ...settings,
    };
    const api = await start('api', 'apps/api/src/main.ts', { ...env, KEYFERRY_PORT: '0' }, /"address":"([^"]+)"/);
    const workers: Service[] = [];
    for (let i = 0; i < workerCount; i += 1)
      workers.push(await start('worker', 'apps/worker/src/main.ts', env, /worker started/));
    const apiUrl = api.readyLine[1] ?? '';
    return {
      client: createKeyferryClient({ url: apiUrl, token: adminToken }),
      apiUrl,
      databaseUrl,
      api,
      workers,
      cckm,
      stop: () => stopAll(running),
    };
  } catch (error) {
    await stopAll(running);
    throw error;
  }
}

export async function startLightCckm(estate: LightEstate): Promise<LightCckm> {
  const service = await startService(
    'cckm',
    'bench/light-cckm.ts',
    { LIGHT_CCKM: JSON.stringify(estate), LIGHT_REGIONS: estateRegions.join() },
    /"listening":"([^"]+)"/,
  );
  const url = service.readyLine[1] ?? '';
  return { service, url, stats: async () => (await (await fetch(`${url}/stats`)).json()) as Seen };
}

async function stopAll(running: readonly Service[]): Promise<void> {
  await Promise.all(running.toReversed().map((service) => service.kill()));
}

/** A database on a server of the bench. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  const name = `bench_${Date.now()}`;
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}
