import { type Log, reportSparsely } from '@keyferry/log';
import { checkQueue, type QueueHealth } from './check-queue.ts';
import type { Engine, EngineQueue } from './engine.ts';
import {
  type AddedAs,
  callsJob,
  callsPerJob,
  jobOf,
  type Processors,
  type QueuedJob,
  type QueueName,
  queueNames,
  type ReplicateJob,
  type SingleKind,
} from './jobs.ts';
import { type OpenPool, openPlainPool } from './open-plain-pool.ts';
import { openPostgresEngine } from './postgres-engine.ts';
import type { BoardQueue } from './queue-board.ts';
import { openRedisEngine } from './redis-engine.ts';
import { type RunningWorkers, runWorkers, type WorkerConcurrency } from './run-workers.ts';
import { queueTelemetry } from './telemetry.ts';
import { keepTicks, type Tick } from './ticks.ts';
import { within } from './within.ts';

export interface OpenQueuesOptions {
  /** A form that `parseRedisUrl` knows, for BullMQ on Redis or Valkey; null for BullMQ on Postgres. */
  redisUrl: string | null;
  /** PEM of a CA, in addition to those of the system, for Redis over TLS. */
  redisCa?: string | null;
  /** Used when there is no `redisUrl`. */
  databaseUrl: string;
  /** Of the role that owns the other tables and makes the schema for these; null, as unless given: that of `databaseUrl` may. */
  migrationUrl?: string | null;
  /** Keeps installations apart that share a server; `keyferry` unless given. */
  prefix?: string;
  log: Log;
  /** How it connects to Postgres; with plain time limits unless given. */
  openPool?: OpenPool;
}

export interface QueueDepth {
  waiting: number;
  active: number;
}

/**
 * The queues of a process. Every adding method rejects within about two seconds while the server is away, and may
 * then have been carried out or not: Postgres is the truth, and the sweeper adds again what is missing.
 */
export interface Queues {
  readonly engine: 'redis' | 'postgres';
  /** Many calls a job, in their order. The same calls given again, while their jobs are still there, are not added twice. */
  addReplicateJobs(jobs: readonly ReplicateJob[]): Promise<void>;
  /** Does nothing for those whose job, by its id, is waiting or active. */
  add<Name extends SingleKind>(name: Name, jobs: readonly AddedAs<Name>[]): Promise<void>;
  /** From now on these schedules, and no others, get a job at each of their times. */
  keepTicks(ticks: readonly Tick[]): Promise<void>;
  /** Starts taking jobs in this process. */
  work(processors: Processors, concurrency: WorkerConcurrency): RunningWorkers;
  /** Rejects within a second when the server does not answer, or refuses a write. */
  ping(): Promise<void>;
  /** Whether it answers and takes a write, within a second; never rejects. */
  check(): Promise<QueueHealth>;
  depths(): Promise<Record<QueueName, QueueDepth>>;
  /** The queues for Bull Board, which is loaded by this: few processes show it. */
  board(): Promise<BoardQueue[]>;
  /** Ends all connections; close the workers first. */
  close(): Promise<void>;
}

const addTimeoutMs = 2_000;
const pingTimeoutMs = 1_000;
/** More in one call holds up the event loop and, on Redis, everybody else. */
const chunkSize = 1_000;

function inJobs<Call>(calls: readonly Call[], size: number): Call[][] {
  return Array.from({ length: Math.ceil(calls.length / size) }, (_, i) => calls.slice(i * size, (i + 1) * size));
}

/**
 * Opens the queues on the engine that the options name. On Redis this does not wait for the server: it may come up
 * later, and goes away and comes back without a hand at any time. On Postgres it rejects when the database cannot be
 * reached or migrated now; later losses heal by themselves too.
 */
export async function openQueues(options: OpenQueuesOptions): Promise<Queues> {
  const {
    redisUrl,
    redisCa = null,
    databaseUrl,
    migrationUrl = null,
    prefix = 'keyferry',
    log,
    openPool = openPlainPool,
  } = options;
  const report = reportSparsely(log, 'the queue reported an error');
  const engine =
    redisUrl === null
      ? await openPostgresEngine({ databaseUrl, migrationUrl }, prefix, log, report, openPool)
      : openRedisEngine({ url: redisUrl, ca: redisCa }, prefix, log, report);
  const telemetry = queueTelemetry(prefix);
  // Each call is a trace of its own.
  const perJob = telemetry === undefined ? callsPerJob : 1;
  // The other queues are given the same hints again and again until they have been heeded.
  const open = (name: QueueName) => engine.queue(name, name === 'replicate' ? telemetry : undefined);
  const queues = Object.fromEntries(queueNames.map((name) => [name, open(name)])) as Record<QueueName, EngineQueue>;

  return {
    engine: engine.kind,
    async addReplicateJobs(jobs) {
      for (let start = 0; start < jobs.length; start += chunkSize) {
        await add(engine, queues.replicate, inJobs(jobs.slice(start, start + chunkSize), perJob).map(callsJob));
      }
    },
    add: async (name, jobs) => {
      if (jobs.length === 0) return;
      await add(
        engine,
        queues[name],
        jobs.map((one) => jobOf(name, one)),
      );
    },
    keepTicks: (ticks) =>
      within(addTimeoutMs, 'the queue', async (signal) => {
        await engine.ready(signal);
        await keepTicks(queues.tick, ticks);
      }),
    work: (processors, concurrency) => runWorkers(engine, processors, concurrency, log, { report, telemetry }),
    ping: () => within(pingTimeoutMs, 'the queue', () => engine.ping()),
    check: () => checkQueue(() => within(pingTimeoutMs, 'the queue', () => engine.ping())),
    async depths() {
      const found = await within(addTimeoutMs, 'the queue', () =>
        Promise.all(Object.entries(queues).map(async ([name, queue]) => [name, await depth(queue)] as const)),
      );
      return Object.fromEntries(found) as Record<QueueName, QueueDepth>;
    },
    board: async () => (await import('./queue-board.ts')).boardQueues(queues),
    async close() {
      await within(addTimeoutMs, 'closing the queues', () =>
        Promise.all(Object.values(queues).map((queue) => queue.close())),
      ).catch(report);
      await within(addTimeoutMs, 'closing the queue connections', () => engine.close()).catch(report);
    },
  };
}

async function add(engine: Engine, queue: EngineQueue, jobs: QueuedJob<unknown>[]): Promise<void> {
  await within(addTimeoutMs, 'the queue', async (signal) => {
    await engine.ready(signal);
    await queue.addBulk(jobs);
  });
}

async function depth(queue: EngineQueue): Promise<QueueDepth> {
  const counts = await queue.getJobCounts('wait', 'active');
  return { waiting: counts.wait ?? 0, active: counts.active ?? 0 };
}
