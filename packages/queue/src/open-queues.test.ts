import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@keyferry/log';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { asApplication } from '../../../test/harness/as-application.ts';
import { type PrivateServer, startPostgres, startRedis } from '../../../test/servers/index.ts';
import { openQueues, type Processors, provideQueueSchema, type Queues, type RunningWorkers } from './index.ts';
import { openPlainPool } from './open-plain-pool.ts';

const soon = { timeout: 8_000, interval: 20 };
/** Thousands of jobs, on a machine that others use too. */
const inTheEnd = { timeout: 25_000, interval: 20 };
const concurrency = { resolve: 1, replicate: 10, watch: 2, tick: 1, deliver: 1, drill: 1 };

describe.each(['redis', 'postgres'] as const)('on %s', (engine) => {
  let server: PrivateServer;
  let opened: { queues: Queues[]; workers: RunningWorkers[] };
  let logged: { level: string; fields: unknown; message: unknown }[];
  let prefixes = 0;

  beforeAll(async () => {
    server = await (engine === 'redis' ? startRedis() : startPostgres());
  }, 240_000);
  afterAll(() => server.stop());

  afterEach(async () => {
    await Promise.all(opened.workers.map((one) => one.close({ graceMs: 2_000 })));
    await Promise.all(opened.queues.map((one) => one.close()));
  });

  const newPrefix = () => {
    opened = { queues: [], workers: [] };
    logged = [];
    prefixes += 1;
    return `test${prefixes}`;
  };
  const open = async (prefix: string) => {
    const queues = await openQueues({
      redisUrl: engine === 'redis' ? server.url : null,
      databaseUrl: server.url,
      prefix,
      log: collectingLog(logged),
    });
    opened.queues.push(queues);
    return queues;
  };
  const work = (queues: Queues, processors: Partial<Processors>) => {
    const workers = queues.work(
      {
        resolve: nothing,
        replicate: nothing,
        watch: nothing,
        tick: nothing,
        deliver: nothing,
        drill: nothing,
        ...processors,
      },
      concurrency,
    );
    opened.workers.push(workers);
    return workers;
  };

  test('each kind of job reaches its processor, holding ids and an epoch only', async () => {
    const queues = await open(newPrefix());
    const got: unknown[] = [];
    const keep = async (job: unknown) => void got.push(job);
    work(queues, { resolve: keep, replicate: keep, watch: keep, deliver: keep });
    await queues.add('resolve', [{ planId: 'plan', epoch: 1 }]);
    await queues.addReplicateJobs([{ id: 'row', epoch: 2, kind: 'import' }]);
    await queues.add('watch', [{ epoch: 3 }]);
    await queues.add('deliver', [{ id: 'delivery', attempts: 2 }]);
    await vi.waitFor(() => expect(got).toHaveLength(4), soon);
    expect(got).toEqual(
      expect.arrayContaining([
        { planId: 'plan', epoch: 1 },
        { id: 'row', epoch: 2, kind: 'import' },
        { epoch: 3 },
        { deliveryId: 'delivery' },
      ]),
    );
  });

  test('a process that runs no workers can add jobs, thousands at once, none of them twice', async () => {
    const prefix = newPrefix();
    const producer = await open(prefix);
    const jobs = Array.from({ length: 2_500 }, (_, n) => ({ id: `row${n}`, epoch: 1, kind: 'replicate' as const }));
    await producer.addReplicateJobs(jobs);
    await producer.addReplicateJobs(jobs.slice(0, 1_200));
    // Many share a job.
    expect((await producer.depths()).replicate).toEqual({ waiting: 125, active: 0 });
    const got: string[] = [];
    work(await open(prefix), { replicate: async ({ id }) => void got.push(id) });
    await vi.waitFor(() => expect(got).toHaveLength(2_500), inTheEnd);
    expect(new Set(got).size).toBe(2_500);
    await vi.waitFor(async () => expect((await producer.depths()).replicate).toEqual({ waiting: 0, active: 0 }), soon);
    await producer.addReplicateJobs([{ id: 'row1', epoch: 1, kind: 'replicate' }]);
    await vi.waitFor(() => expect(got).toHaveLength(2_501), soon);
  });

  test('the same hint is carried by one job at a time, however often it is added', async () => {
    const queues = await open(newPrefix());
    let runs = 0;
    let finish = () => {};
    work(queues, {
      watch: async () => {
        runs += 1;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    });
    const hint = { epoch: 1 };
    await queues.add('watch', [hint]);
    await vi.waitFor(() => expect(runs).toBe(1), soon);
    await queues.add('watch', [hint]);
    await queues.add('watch', [hint]);
    expect((await queues.depths()).watch).toEqual({ waiting: 0, active: 1 });
    finish();
    await vi.waitFor(async () => expect((await queues.depths()).watch.active).toBe(0), soon);
    expect(runs).toBe(1);
    await queues.add('watch', [hint]);
    await vi.waitFor(() => expect(runs).toBe(2), soon);
    finish();
  });

  test('a schedule gets a job at each of its times, again after the queue was emptied, and none once it is gone', async () => {
    const queues = await open(newPrefix());
    const got: string[] = [];
    work(queues, { tick: async ({ scheduleId }) => void got.push(scheduleId) });
    // Six fields, by the second: people may write five only.
    const often = { scheduleId: 'often', cron: '* * * * * *', timeZone: 'Europe/Berlin' };
    const rarely = { scheduleId: 'rarely', cron: '0 0 29 2 *', timeZone: 'UTC' };
    /** Keeps the ticks in line again and again, as a worker does, until there is another one of this schedule. */
    const another = async (id: string, ticks: (typeof often)[]) => {
      const before = got.length;
      await vi.waitFor(async () => {
        await queues.keepTicks(ticks);
        expect(got.slice(before)).toContain(id);
      }, soon);
    };
    await another('often', [often, rarely]);
    await empty(engine, server.url);
    await another('often', [often, rarely]);
    await another('other', [{ ...often, scheduleId: 'other' }]);
    await another('other', [{ ...often, scheduleId: 'other' }]);
    expect(got.slice(got.indexOf('other'))).not.toContain('often');
    expect(got).not.toContain('rarely');
  });

  test('a job whose processor fails is logged and dropped, and holds up nothing', async () => {
    const queues = await open(newPrefix());
    let runs = 0;
    work(queues, {
      replicate: async ({ id }) => {
        runs += 1;
        if (id === 'bad') throw new Error('no luck');
      },
    });
    await queues.addReplicateJobs([
      { id: 'bad', epoch: 1, kind: 'replicate' },
      { id: 'good', epoch: 1, kind: 'replicate' },
    ]);
    await vi.waitFor(() => expect(runs).toBe(2), soon);
    await vi.waitFor(async () => expect((await queues.depths()).replicate).toEqual({ waiting: 0, active: 0 }), soon);
    expect(logged.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({ fields: expect.objectContaining({ queue: 'replicate', job: 'r-bad-1' }) }),
    ]);
  });

  test('no more calls are made at once than was said, however many share a job, and what has no room waits for others', async () => {
    const prefix = newPrefix();
    const ends: (() => void)[] = [];
    const replicate = () => new Promise<void>((resolve) => void ends.push(resolve));
    const busy = await open(prefix);
    const first = work(busy, { replicate });
    const calls = Array.from({ length: 60 }, (_, n) => ({ id: `row${n}`, epoch: 1, kind: 'replicate' as const }));
    await busy.addReplicateJobs(calls);
    await vi.waitFor(() => expect(first.running()).toBe(concurrency.replicate), soon);
    const second = work(await open(prefix), { replicate });
    await vi.waitFor(() => expect(second.running()).toBe(concurrency.replicate), soon);
    expect(await busy.depths()).toMatchObject({ replicate: { waiting: 1, active: 2 } });
    let done = 0;
    await vi.waitFor(() => {
      expect(first.running()).toBeLessThanOrEqual(concurrency.replicate);
      for (const end of ends.splice(0)) {
        done += 1;
        end();
      }
      expect(done).toBe(60);
    }, soon);
  });

  test('closing waits for running jobs, aborts them when the grace is over, and takes no more', async () => {
    const queues = await open(newPrefix());
    const ended: string[] = [];
    const workers = work(queues, {
      replicate: async ({ id }, signal) => {
        if (id === 'short') await delay(300);
        else await delay(60_000, undefined, { signal }).catch(() => undefined);
        ended.push(id);
      },
    });
    await queues.addReplicateJobs(['short', 'long'].map((id) => ({ id, epoch: 1, kind: 'replicate' })));
    await vi.waitFor(() => expect(workers.running()).toBe(2), soon);
    const closing = workers.close({ graceMs: 1_000 });
    // BullMQ may still take what is added in the moment of closing.
    await delay(100);
    await queues.addReplicateJobs([{ id: 'late', epoch: 1, kind: 'replicate' }]);
    expect(await closing).toEqual({ abandoned: 1 });
    await vi.waitFor(() => expect(ended).toEqual(['short', 'long']), soon);
    expect((await queues.depths()).replicate.waiting).toBe(1);
  });

  test('several processes may start at the same moment', async () => {
    const prefix = newPrefix();
    if (engine === 'postgres') await ask(server.url, 'DROP SCHEMA bullmq CASCADE');
    const all = await Promise.all([open(prefix), open(prefix), open(prefix), open(prefix)]);
    await Promise.all(all.map((queues, n) => queues.add('resolve', [{ planId: `plan${n}`, epoch: 1 }])));
    const got = new Set<string>();
    work(await open(prefix), { resolve: async ({ planId }) => void got.add(planId) });
    await vi.waitFor(() => expect(got.size).toBe(4), soon);
  });

  test.each(['idle', 'busy'] as const)('a restart of the server needs no hand while workers are %s', async (state) => {
    const queues = await open(newPrefix());
    const got = new Set<string>();
    let feeding = state === 'busy';
    work(queues, {
      replicate: async ({ id }) => {
        await delay(5);
        got.add(id);
      },
    });
    const feed = (async () => {
      for (let n = 0; feeding; n += 1) {
        await queues.addReplicateJobs([{ id: `during${n}`, epoch: 1, kind: 'replicate' }]).catch(() => undefined);
        await delay(10);
      }
    })();
    await delay(state === 'busy' ? 300 : 0);
    for (let round = 0; round < 3; round += 1) {
      await server.restart();
      await expectWork(queues, got, `after${round}`);
    }
    feeding = false;
    await feed;
  });

  test('while the server is down adding fails fast; once it is back everything goes on', async () => {
    const queues = await open(newPrefix());
    const got = new Set<string>();
    work(queues, { replicate: async ({ id }) => void got.add(id) });
    await expectWork(queues, got, 'before');
    await server.kill();
    const startedAt = Date.now();
    await expect(queues.addReplicateJobs([{ id: 'lost', epoch: 1, kind: 'replicate' }])).rejects.toThrow();
    await expect(queues.ping()).rejects.toThrow();
    expect(Date.now() - startedAt).toBeLessThan(3_500);
    await delay(3_000);
    await server.restart();
    await vi.waitFor(() => queues.ping(), soon);
    await expectWork(queues, got, 'after');
  });

  test('the queue may be emptied at any moment', async () => {
    const queues = await open(newPrefix());
    const got = new Set<string>();
    work(queues, {
      replicate: async ({ id }) => {
        await delay(20);
        got.add(id);
      },
    });
    for (let round = 0; round < 3; round += 1) {
      await queues.addReplicateJobs(
        Array.from({ length: 200 }, (_, n) => ({ id: `lost${round}-${n}`, epoch: 1, kind: 'replicate' })),
      );
      await empty(engine, server.url);
      await expectWork(queues, got, `after${round}`);
    }
  });

  test('connections may be cut at any moment', async () => {
    const queues = await open(newPrefix());
    const got = new Set<string>();
    work(queues, { replicate: async ({ id }) => void got.add(id) });
    for (let round = 0; round < 5; round += 1) {
      await cutConnections(engine, server.url);
      await expectWork(queues, got, `after${round}`);
    }
  });

  test('a job whose end could not be written does not block its id for long', async () => {
    const queues = await open(newPrefix());
    let runs = 0;
    work(queues, {
      watch: async () => {
        runs += 1;
        if (runs > 1) return;
        await server.kill();
        void delay(500).then(() => server.restart());
      },
    });
    await queues.add('watch', [{ epoch: 1 }]);
    await vi.waitFor(() => expect(runs).toBe(1), soon);
    await vi.waitFor(
      async () => {
        await queues.add('watch', [{ epoch: 1 }]);
        expect(runs).toBeGreaterThan(1);
      },
      { timeout: 30_000, interval: 250 },
    );
  }, 40_000);

  if (engine === 'postgres') {
    test('a connection that is cut while it is in use, between two queries, ends no process', async () => {
      newPrefix();
      const pool = openPlainPool({
        url: server.url,
        max: 1,
        applicationName: 'cut in use',
        settings: {},
        onError: () => undefined,
      });
      const client = await pool.connect();
      const ended = new Promise((resolve) => client.once('end', resolve));
      await cutConnections(engine, server.url);
      await ended;
      await expect(client.query('SELECT 1')).rejects.toThrow();
      client.release(true);
      await pool.end();
    });
  }

  if (engine === 'redis') {
    test('Redis may be down when the process starts', async () => {
      await server.kill();
      const queues = await open(newPrefix());
      const got = new Set<string>();
      const workers = work(queues, { replicate: async ({ id }) => void got.add(id) });
      await expect(queues.ping()).rejects.toThrow();
      expect(await workers.close({ graceMs: 200 })).toEqual({ abandoned: 0 });
      work(queues, { replicate: async ({ id }) => void got.add(id) });
      await server.restart();
      await expectWork(queues, got, 'after');
    });

    test('a Redis that may evict keys is warned about', async () => {
      const redis = new Redis(server.url);
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await open(newPrefix());
      await vi.waitFor(
        () => expect(logged.map(({ message }) => message)).toContainEqual(expect.stringMatching(/noeviction/)),
        soon,
      );
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      redis.disconnect();
    });
  }

  test('a process with all its workers takes at most eight connections', async () => {
    const before = await connections(engine, server.url);
    const queues = await open(newPrefix());
    let done = 0;
    work(queues, {
      replicate: async () => {
        done += 1;
      },
    });
    await queues.addReplicateJobs(
      Array.from({ length: 1_000 }, (_, n) => ({ id: `row${n}`, epoch: 1, kind: 'replicate' })),
    );
    await vi.waitFor(() => expect(done).toBe(1_000), inTheEnd);
    expect((await connections(engine, server.url)) - before).toBeLessThanOrEqual(8);
  });

  if (engine === 'postgres') {
    test('a role that may create nothing works in the schema that the owner makes for it, anew where another role had it', async () => {
      newPrefix();
      const ownersUrl = new URL(server.url);
      ownersUrl.pathname = '/two_roles';
      const databaseUrl = asApplication(ownersUrl.href);
      const { username, password } = new URL(databaseUrl);
      await ask(server.url, `CREATE ROLE ${username} LOGIN PASSWORD '${password}'`);
      await ask(server.url, 'CREATE DATABASE two_roles');
      const options = { redisUrl: null, databaseUrl, log: collectingLog(logged) };
      await expect(openQueues(options)).rejects.toThrow(/may not create the queue tables.*npm run migrate/);
      await (await openQueues({ ...options, databaseUrl: ownersUrl.href })).close();
      await expect(openQueues(options)).rejects.toThrow(/may not create the queue tables.*npm run migrate/);

      await provideQueueSchema({ databaseUrl, migrationUrl: ownersUrl.href });
      const queues = await openQueues(options);
      opened.queues.push(queues);
      const got: string[] = [];
      work(queues, { replicate: async ({ id }) => void got.push(id) });
      await queues.addReplicateJobs([{ id: 'row', epoch: 1, kind: 'replicate' }]);
      await vi.waitFor(() => expect(got).toEqual(['row']), soon);
      await queues.add('watch', [{ epoch: 1 }]);
      await provideQueueSchema({ databaseUrl, migrationUrl: ownersUrl.href });
      const rows = await ask(
        ownersUrl.href,
        'SELECT count(*)::int AS tables FROM pg_tables WHERE tableowner = $$keyferry_app$$',
      );
      expect(rows[0].tables).toBeGreaterThan(5);
    });
  }
});

async function nothing() {}

/** What a sweeper does: adds under a new epoch until the job has run; it has to within a few seconds. */
async function expectWork(queues: Queues, got: Set<string>, id: string) {
  let epoch = 0;
  await vi.waitFor(
    async () => {
      epoch += 1;
      await queues.addReplicateJobs([{ id, epoch, kind: 'replicate' }]);
      await vi.waitFor(() => expect(got.has(id)).toBe(true), { timeout: 500, interval: 10 });
    },
    { timeout: 6_000, interval: 100 },
  );
}

async function empty(engine: string, url: string) {
  if (engine === 'postgres') await ask(url, 'DELETE FROM bullmq.job');
  else await tell(url, (redis) => redis.flushall());
}

async function cutConnections(engine: string, url: string) {
  if (engine === 'postgres') {
    await ask(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
  } else await tell(url, (redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
}

async function connections(engine: string, url: string): Promise<number> {
  if (engine === 'postgres') {
    const rows = await ask(
      url,
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'`,
    );
    return rows[0].n;
  }
  return tell(
    url,
    async (redis) =>
      String(await redis.client('LIST'))
        .trim()
        .split('\n').length,
  );
}

async function ask(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function tell<T>(url: string, what: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await what(redis);
  } finally {
    redis.disconnect();
  }
}

function collectingLog(into: { level: string; fields: unknown; message: unknown }[]): Log {
  const at = (level: string) => (fields: unknown, message?: unknown) => void into.push({ level, fields, message });
  return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
