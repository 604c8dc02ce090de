import { parseArgs } from 'node:util';
import { createKeyferryClient } from '@keyferry/client';
import { type Service, startService } from '../test/harness/child-process.ts';
import { until } from '../test/harness/until.ts';
import { type Part, readCpu } from './cpu-of.ts';
import { adminToken, createDatabase, estateRegions, startLightCckm } from './installation.ts';
import { readLooksForChanges, readTransactions } from './read-transactions.ts';
import { type Figure, print, tell } from './report.ts';
import { type Servers, withServers } from './with-servers.ts';

/**
 * `npm run bench:viewers`: a plan that nobody looks at, then one of the same size with 200 people on its matrix page, each with
 * a session of a token of their own. What they cost is measured from when all have opened the page to when nine tenths of the
 * plan are made. Ten accounts at AWS's default quotas, headroom 0.9: 45 replicas a second at most.
 */
const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '200' },
    accounts: { type: 'string', default: '10' },
    keys: { type: 'string', default: '18' },
    engine: { type: 'string', default: 'redis' },
    json: { type: 'boolean', default: false },
  },
});
const viewers = Number(values.viewers);
const accounts = Number(values.accounts);
const keysEach = Number(values.keys);
const engine = values.engine === 'postgres' ? 'postgres' : 'redis';
const settleMs = 5_000;
const targets = { rate: 1.03, API: 20, looks: 4 };

interface ViewersSeen {
  readonly requests: number;
  readonly refused: number;
  readonly bytes: number;
  readonly streamBytes: number;
  readonly planUpdates: number;
  readonly replicaUpdates: number;
  readonly resumed: number;
}

interface Measured {
  readonly rate: number;
  readonly seconds: number;
  /** Of a core, percent. */
  readonly cpu: Readonly<Record<Part, number>>;
  readonly transactions: number;
  /** Readings of the plan's changes, a second. */
  readonly looks: number;
  readonly seen: ViewersSeen | null;
}

const runs = await withServers({ redis: engine === 'redis' }, async (servers) => {
  tell('without viewers …');
  const alone = await runPlan(servers, 0);
  tell(`with ${viewers} viewers …`);
  const watched = await runPlan(servers, viewers);
  return [
    { run: 'no viewers', figures: figuresOf(alone) },
    { run: `${viewers} viewers`, figures: [...figuresOf(watched, targets.API), ...compared(alone, watched)] },
  ];
});

process.exitCode = print(
  {
    bench: 'bench:viewers',
    measured:
      `one plan, ${accounts} accounts × ${keysEach} keys × ${estateRegions.length} Regions, default quotas, headroom 0.9, ` +
      'without viewers and with; queries are transactions of Postgres beyond those of the plan alone.',
    runs,
  },
  { engine, json: values.json, flags: new Set() },
);

function figuresOf({ rate, cpu }: Measured, apiAtMost?: number): Figure[] {
  const parts = ['API', 'Postgres', 'worker', 'viewers'] as const;
  return [
    { what: 'replicas a second', value: rate, unit: '' },
    ...parts.map((part): Figure => {
      const atMost = part === 'API' && apiAtMost !== undefined ? { atMost: apiAtMost } : {};
      return { what: `a core: ${part}`, value: cpu[part], unit: '%', ...atMost };
    }),
  ];
}

function compared(alone: Measured, { rate, cpu, transactions, looks, seen, seconds }: Measured): Figure[] {
  const got = seen ?? {
    requests: 0,
    refused: 0,
    bytes: 0,
    streamBytes: 0,
    planUpdates: 0,
    replicaUpdates: 0,
    resumed: 0,
  };
  const each = viewers * seconds;
  return [
    { what: 'rate without viewers ÷ with', value: alone.rate / rate, unit: '', atMost: targets.rate },
    { what: 'a core: Postgres, for the viewers', value: cpu.Postgres - alone.cpu.Postgres, unit: '%' },
    { what: "readings of the plan's changes a second", value: looks, unit: '', atMost: targets.looks },
    { what: 'requests a second', value: got.requests / seconds, unit: '' },
    { what: 'queries a second for the viewers', value: transactions - alone.transactions, unit: '' },
    {
      what: 'queries a request, with those for who calls',
      value: (transactions - alone.transactions) / (got.requests / seconds),
      unit: '',
      atMost: 2,
    },
    { what: 'requests that failed', value: got.refused, unit: 'calls', atMost: 0 },
    { what: 'streams resumed', value: got.resumed, unit: 'calls' },
    { what: 'plan.updated a viewer and second', value: got.planUpdates / each, unit: '' },
    { what: 'replica.updated a viewer and second', value: got.replicaUpdates / each, unit: '' },
    { what: 'KiB a viewer and second: stream', value: got.streamBytes / 1_024 / each, unit: '' },
    { what: 'KiB a viewer and second: answers', value: got.bytes / 1_024 / each, unit: '' },
  ];
}

/** Runs one plan with so many viewers, on a database of its own. */
async function runPlan(servers: Servers, count: number): Promise<Measured> {
  const databaseUrl = await createDatabase(servers.postgresUrl);
  const cckm = await startLightCckm({ accounts, keysEach, quotas: true });
  const env = {
    DATABASE_URL: databaseUrl,
    ...(servers.redisUrl === null ? {} : { REDIS_URL: `${servers.redisUrl}/${count === 0 ? 1 : 2}` }),
    CCKM_URL: cckm.url,
    CCKM_USERNAME: 'u',
    CCKM_PASSWORD: 'p',
    KEYFERRY_ADMIN_TOKEN: adminToken,
    KEYFERRY_QUOTA_HEADROOM: '0.9',
  };
  const running: Service[] = [cckm.service];
  try {
    const api = await startService(
      'api',
      'apps/api/src/main.ts',
      { ...env, KEYFERRY_PORT: '0' },
      /"address":"([^"]+)"/,
    );
    running.unshift(api);
    const url = api.readyLine[1] ?? '';
    running.unshift(await startService('worker', 'apps/worker/src/main.ts', env, /worker started/));
    const people = count === 0 ? null : await startViewers(url, count);
    if (people) running.unshift(people.service);
    const client = createKeyferryClient({ url, token: adminToken });
    const total = accounts * keysEach * estateRegions.length;
    const { id } = await client.request('POST /v1/plans', {
      body: {
        name: 'watched',
        selector: { region: 'us-east-1' },
        regions: [...estateRegions],
        options: { max_in_flight: 10_000 },
      },
    });
    const wait = { withinMs: 120_000, everyMs: 100 };
    await until(
      'it runs',
      () => client.request('GET /v1/plans/{id}', { id }),
      ({ state }) => state === 'running',
      wait,
    );
    await people?.open(id);
    const since = Date.now() + settleMs;
    await until(
      'all have the page open',
      async () => Date.now(),
      (now) => now >= since,
      wait,
    );
    const now = async () => ({
      at: performance.now(),
      cpu: readCpu(),
      transactions: await readTransactions(databaseUrl),
      looks: await readLooksForChanges(databaseUrl),
      seen: (await people?.stats()) ?? null,
    });
    const before = await now();
    await until('most are made', cckm.stats, ({ made }) => made >= 0.9 * total, { withinMs: 900_000, everyMs: 250 });
    const after = await now();
    await until('all are made', cckm.stats, ({ made }) => made >= total, { withinMs: 300_000, everyMs: 250 });
    const { made, firstAt, lastAt } = await cckm.stats();
    const seconds = (after.at - before.at) / 1_000;
    const share = (part: Part) => ((after.cpu[part] - before.cpu[part]) / seconds) * 100;
    const parts = Object.keys(after.cpu) as Part[];
    return {
      rate: made / ((lastAt - firstAt) / 1_000),
      seconds,
      cpu: Object.fromEntries(parts.map((part) => [part, share(part)])) as Record<Part, number>,
      transactions: (after.transactions - before.transactions) / seconds,
      looks: (after.looks - before.looks) / seconds,
      seen: after.seen && before.seen && difference(after.seen, before.seen),
    };
  } finally {
    for (const service of running) await service.kill();
  }
}

async function startViewers(url: string, count: number) {
  const client = createKeyferryClient({ url, token: adminToken });
  const tokens: string[] = [];
  for (let i = 0; i < count; i += 1) {
    tokens.push((await client.request('POST /v1/tokens', { body: { name: `viewer-${i}`, role: 'viewer' } })).token);
  }
  const service = await startService(
    'viewers',
    'bench/matrix-viewers.ts',
    { VIEWERS: JSON.stringify({ url, tokens }) },
    /"viewers":"([^"]+)"/,
  );
  const ask = async (path: string) => (await (await fetch(`${service.readyLine[1]}${path}`)).json()) as ViewersSeen;
  return { service, open: (planId: string) => ask(`/open?plan=${planId}`), stats: () => ask('/stats') };
}

function difference(after: ViewersSeen, before: ViewersSeen): ViewersSeen {
  const names = Object.keys(after) as (keyof ViewersSeen)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as unknown as ViewersSeen;
}
