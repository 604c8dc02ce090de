import { readdirSync, readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import pg from 'pg';
import { readExposition } from '../test/harness/read-exposition.ts';
import { onceMore } from './once-more.ts';

/** A process of ours, and where it tells of its heap. */
export interface Watched {
  readonly pid: number;
  readonly metricsUrl: string;
  readonly token: string | null;
}

export interface ProcessSample {
  /** Bytes. */
  readonly rss: number;
  readonly heap: number;
  /** Open file descriptors. */
  readonly fds: number;
}

export interface TableSample {
  /** Bytes, with TOAST. */
  readonly table: number;
  readonly indexes: number;
  readonly dead: number;
}

export interface Sample {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly api: ProcessSample;
  readonly worker: ProcessSample;
  readonly connections: number;
  readonly tables: Readonly<Record<string, TableSample>>;
  readonly archived: number;
  /** Null without a Redis. */
  readonly redis: { readonly bytes: number; readonly keys: number } | null;
}

/** Samples an installation; `close` ends its own connections, which are not counted. */
export function openSampler({
  databaseUrl,
  redisUrl,
  api,
  worker,
}: {
  databaseUrl: string;
  redisUrl: string | null;
  api: Watched;
  worker: Watched;
}) {
  const postgres = new pg.Pool({ connectionString: databaseUrl, max: 1, application_name: 'bench' });
  const redis = redisUrl === null ? null : new Redis(redisUrl);
  return {
    async sample(at: number): Promise<Sample> {
      const [ofApi, ofWorker] = await Promise.all([sampleProcess(api), sampleProcess(worker)]);
      const { rows } = await postgres.query<TableSample & { name: string }>(`
        SELECT c.relname AS name, pg_table_size(c.oid)::float8 AS table, pg_indexes_size(c.oid)::float8 AS indexes,
          coalesce(pg_stat_get_dead_tuples(c.oid), 0)::float8 AS dead
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`);
      const { rows: counted } = await postgres.query<{ connections: number; archived: number }>(`
        SELECT (SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name <> 'bench')::int AS connections,
          (SELECT count(*) FROM plan_archives WHERE emptied_at IS NOT NULL)::int AS archived`);
      const tables = Object.fromEntries(rows.map(({ name, ...sizes }) => [name, sizes]));
      const { connections = 0, archived = 0 } = counted[0] ?? {};
      return { at, api: ofApi, worker: ofWorker, connections, tables, archived, redis: await sampleRedis(redis) };
    },
    async close(): Promise<void> {
      await postgres.end();
      redis?.disconnect();
    },
  };
}

async function sampleProcess({ pid, metricsUrl, token }: Watched): Promise<ProcessSample> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const metrics = readExposition(await onceMore(async () => (await fetch(metricsUrl, { headers })).text()));
  const heap = metrics.get('nodejs_heap_size_used_bytes')?.samples[0]?.value ?? Number.NaN;
  const [, kibibytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { rss: Number(kibibytes) * 1024, heap, fds: readdirSync(`/proc/${pid}/fd`).length };
}

async function sampleRedis(redis: Redis | null): Promise<Sample['redis']> {
  if (redis === null) return null;
  const [, bytes = '0'] = /used_memory:(\d+)/.exec(await redis.info('memory')) ?? [];
  return { bytes: Number(bytes), keys: await redis.dbsize() };
}
