import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createKeyferryClient } from '@keyferry/client';
import { migrate } from '@keyferry/store';
import pg from 'pg';
import { type Service, startService } from '../test/harness/child-process.ts';
import { findSeeded, type HotRead, hotReads, type Seeded } from '../test/harness/hot-reads.ts';
import { seededRegions, seedPlans } from '../test/harness/seed-plans.ts';
import { until } from '../test/harness/until.ts';
import { adminToken, createDatabase, estateRegions, startLightCckm } from './installation.ts';
import { tell } from './report.ts';
import type { Servers } from './with-servers.ts';

/** What was asked for again and again, and how long each answer took. */
export interface Read {
  readonly what: string;
  readonly kind: HotRead['kind'];
  readonly milliseconds: number[];
}

export interface ReadsRun {
  readonly reads: readonly Read[];
  readonly running: {
    readonly state: string;
    readonly made: number;
    readonly total: number;
    readonly perSecond: number;
  };
}

const headroom = 0.9;
/** Between two reads, or as long as the last one took: the reader is not what keeps the machine busy, nor its last answer. */
const pauseMs = 20;

/** What every answer costs on this machine as it is. */
const emptyList: HotRead = { what: 'an empty list', kind: 'page', pathAt: () => '/v1/region-groups' };
const byteOf = { page: 'last', large: 'last', report: 'first' } as const;
const connections = new Agent({ keepAlive: true });

/** Of this process, which is not measured, between two rounds rather than while an answer is waited for. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Seeds a database, runs a plan on it and reads meanwhile. */
export async function readsWhileAPlanRuns(
  servers: Servers,
  { replicas, plans, rounds, accounts }: { replicas: number; plans: number; rounds: number; accounts: number },
): Promise<ReadsRun> {
  const databaseUrl = await createDatabase(servers.postgresUrl);
  await migrate(databaseUrl);
  tell(`${replicas.toLocaleString('en')} replicas in ${plans.toLocaleString('en')} plans …`);
  const seeded = await seed(databaseUrl, replicas, plans);
  // Long enough for all rounds; the plan is cancelled then.
  const keysEach = Math.ceil((rounds * 3 * 5 * headroom) / estateRegions.length);
  const cckm = await startLightCckm({ accounts, keysEach, quotas: true });
  const running: Service[] = [cckm.service];
  try {
    const env = {
      DATABASE_URL: databaseUrl,
      ...(servers.redisUrl === null ? {} : { REDIS_URL: `${servers.redisUrl}/1` }),
      CCKM_URL: cckm.url,
      CCKM_USERNAME: 'u',
      CCKM_PASSWORD: 'p',
      KEYFERRY_ADMIN_TOKEN: adminToken,
      KEYFERRY_QUOTA_HEADROOM: String(headroom),
      KEYFERRY_RATE_LIMIT: '0',
    };
    const api = await startService(
      'api',
      'apps/api/src/main.ts',
      { ...env, KEYFERRY_PORT: '0' },
      /"address":"([^"]+)"/,
    );
    running.push(api, await startService('worker', 'apps/worker/src/main.ts', env, /worker started/));
    const url = api.readyLine[1] ?? '';
    const client = createKeyferryClient({ url, token: adminToken });
    const { id } = await client.request('POST /v1/plans', {
      body: {
        name: 'running',
        selector: { region: 'us-east-1' },
        regions: [...estateRegions],
        options: { max_in_flight: 10_000 },
      },
    });
    await until(
      'it runs',
      () => client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.succeeded > 100,
      { withinMs: 120_000, everyMs: 250 },
    );
    const asked: HotRead[] = [emptyList, ...hotReads({ ...seeded, running: id })];
    const reads: Read[] = asked.map(({ what, kind }) => ({ what, kind, milliseconds: [] }));
    // The first of each compiles code and fills caches; an API that has just started is not what is measured.
    for (const { kind, pathAt } of asked) await timeToByte(`${url}${pathAt(0)}`, byteOf[kind]);
    tell('reading …');
    const [before, began] = [await client.request('GET /v1/plans/{id}', { id }), performance.now()];
    // What ten times the usual rows leave to the garbage collector is not what a usual page waits for.
    for (const large of [false, true]) {
      const group = asked.filter(({ kind }) => (kind === 'large') === large);
      for (let round = 0; round < rounds; round += 1) {
        collectGarbage();
        for (const read of group) {
          const took = await timeToByte(`${url}${read.pathAt(round)}`, byteOf[read.kind]);
          reads[asked.indexOf(read)]?.milliseconds.push(took);
          await wait(Math.max(pauseMs, took));
        }
      }
    }
    const [{ state, counts }, seconds] = [
      await client.request('GET /v1/plans/{id}', { id }),
      (performance.now() - began) / 1_000,
    ];
    const perSecond = (counts.succeeded - before.counts.succeeded) / seconds;
    return { reads, running: { state, made: counts.succeeded, total: counts.total, perSecond } };
  } finally {
    await Promise.all(running.map((service) => service.kill()));
  }
}

async function seed(databaseUrl: string, replicas: number, plans: number): Promise<Seeded> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const keys = replicas / seededRegions.length;
    const [half, twentieth] = [Math.round(keys / 2), Math.round(keys / 20)];
    const few = Math.max(1, Math.round((keys - half - 4 * twentieth) / (plans - 5)));
    await seedPlans(client, [
      { plans: plans - 5, keys: few, accounts: 3, state: 'ended' },
      { plans: 3, keys: twentieth, accounts: 10, state: 'ended' },
      { plans: 1, keys: twentieth, accounts: 10, state: 'paused' },
      { plans: 1, keys: half, accounts: 20, state: 'ended' },
    ]);
    return await findSeeded(client);
  } finally {
    await client.end();
  }
}

/** Milliseconds until the first or last byte of an answer is there. What comes is neither unpacked nor kept: only the API's work is measured. */
function timeToByte(url: string, which: 'first' | 'last'): Promise<number> {
  const headers = { authorization: `Bearer ${adminToken}`, 'accept-encoding': 'br, gzip' };
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: connections }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${response.statusCode} for ${url}`));
      const done = () => resolve(performance.now() - began);
      if (which === 'first') {
        response.once('data', () => {
          done();
          request.destroy();
        });
      }
      // The rest of a report is not read, and breaks off.
      response.on('end', done).on('error', reject).resume();
    }).on('error', reject);
  });
}
