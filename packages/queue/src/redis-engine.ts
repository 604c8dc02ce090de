import { getCACertificates } from 'node:tls';
import type { Log } from '@keyferry/log';
import { Queue, Worker } from 'bullmq';
import { Cluster, type CommonRedisOptions, Redis } from 'ioredis';
import { type Engine, type EngineWorker, workerSettings } from './engine.ts';
import { jobDefaults } from './jobs.ts';
import { parseRedisUrl, type RedisTarget } from './redis-url.ts';
import { repeatStrategy } from './ticks.ts';

type Client = Redis | Cluster;

type CommonOptions = Pick<
  CommonRedisOptions,
  | 'maxRetriesPerRequest'
  | 'username'
  | 'password'
  | 'connectTimeout'
  | 'keepAlive'
  | 'socketTimeout'
  | 'reconnectOnError'
> & { tls?: Tls };

/** Certificates are always verified: by the CAs of the system, and by one that was given. */
type Tls = { ca?: string[] };

/**
 * BullMQ on Redis or Valkey. One connection for producers and one for all workers, plus the one each worker blocks on.
 * Producers fail fast (a row that could not be queued is found again in Postgres); workers wait for ever.
 */
export function openRedisEngine(
  redis: { url: string; ca: string | null },
  prefix: string,
  log: Log,
  report: (error: unknown) => void,
): Engine {
  const target = parseRedisUrl(redis.url);
  const tls = tlsOf(redis.ca);
  // In braces, so that in a Cluster all keys of a queue hash to one slot, as BullMQ's scripts demand.
  const keyPrefix = `{${prefix}}`;
  const workerClients: Client[] = [];
  const producer = connect(target, tls, { maxRetriesPerRequest: 1 }, report);
  producer.on('ready', () => void adviseOnServer(producer, log).catch(report));

  const workerClient = (): Client => {
    const [shared] = workerClients;
    if (shared) return shared;
    const client = connect(target, tls, { maxRetriesPerRequest: null }, report);
    workerClients.push(client);
    // Each worker blocks on a duplicate of this client, which BullMQ makes; we keep them, to be able to cut one off
    // that BullMQ would wait for without end while Redis is away.
    const duplicate = client.duplicate.bind(client) as (...args: unknown[]) => Client;
    client.duplicate = ((...args: unknown[]) => {
      const copy = duplicate(...args);
      workerClients.push(copy);
      return copy;
    }) as typeof client.duplicate;
    return client;
  };

  return {
    kind: 'redis',
    queue(name, telemetry) {
      const queue = new Queue(name, {
        connection: producer,
        prefix: keyPrefix,
        skipVersionCheck: true,
        defaultJobOptions: jobDefaults,
        // The stream of events is written by BullMQ's scripts, read by nobody here.
        streams: { events: { maxLen: 100 } },
        settings: { repeatStrategy },
        ...(telemetry === undefined ? {} : { telemetry }),
      });
      queue.on('error', report);
      return queue;
    },
    worker(name, run, concurrency, telemetry): EngineWorker {
      const worker = new Worker(name, run, {
        ...workerSettings,
        connection: workerClient(),
        prefix: keyPrefix,
        skipVersionCheck: true,
        concurrency,
        settings: { repeatStrategy },
        ...(telemetry === undefined ? {} : { telemetry }),
      });
      worker.on('error', report);
      return worker;
    },
    ready: (signal) => untilReady(producer, signal),
    async ping() {
      await producer.ping();
    },
    async closeWorkers() {
      for (const client of workerClients.splice(0)) client.disconnect();
    },
    async close() {
      producer.disconnect();
    },
  };
}

/** The public CAs, and one more; null: those alone. */
export function tlsOf(ca: string | null): Tls {
  return ca === null ? {} : { ca: [...getCACertificates('default'), ca] };
}

export function connect(
  target: RedisTarget,
  tls: Tls,
  options: { maxRetriesPerRequest: number | null },
  report: (error: unknown) => void,
): Client {
  const { maxRetriesPerRequest } = options;
  const common = {
    maxRetriesPerRequest,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls } : {}),
    connectTimeout: 5_000,
    keepAlive: 10_000,
    // Longer than a worker blocks: a peer that vanished without a word is noticed.
    socketTimeout: 15_000,
    // After a failover the old master answers READONLY: connect anew, and send the command again.
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? (2 as const) : false),
  };
  const client = makeClient(target, common);
  client.on('error', report);
  return client;
}

function makeClient(target: RedisTarget, common: CommonOptions): Client {
  const retryStrategy = (times: number) => Math.min(50 * 2 ** Math.min(times, 10), 1_000);
  if (target.kind === 'cluster') {
    return new Cluster(target.nodes, {
      redisOptions: common,
      clusterRetryStrategy: retryStrategy,
      // Certificates are issued for names, so the names that the Cluster announces must not be resolved first.
      ...(target.tls ? { dnsLookup: (address, done) => done(null, address) } : {}),
    });
  }
  if (target.kind === 'sentinel') {
    return new Redis({
      ...common,
      retryStrategy,
      sentinels: target.sentinels,
      name: target.master,
      db: target.db,
      sentinelRetryStrategy: retryStrategy,
      ...(target.sentinelPassword === undefined ? {} : { sentinelPassword: target.sentinelPassword }),
      ...(common.tls === undefined ? {} : { sentinelTLS: common.tls, enableTLSForSentinelMode: true }),
    });
  }
  return new Redis({ ...common, retryStrategy, host: target.host, port: target.port, db: target.db });
}

async function untilReady(client: Client, signal: AbortSignal): Promise<void> {
  if (client.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const done = () => {
      client.off('ready', ready);
      signal.removeEventListener('abort', aborted);
    };
    const ready = () => {
      done();
      resolve();
    };
    const aborted = () => {
      done();
      reject(signal.reason);
    };
    client.once('ready', ready);
    signal.addEventListener('abort', aborted, { once: true });
  });
}

export interface RedisServer {
  /** `7.2`; null when it does not tell. */
  readonly version: string | null;
  /** BullMQ's scripts want Redis 6.2. */
  readonly isTooOld: boolean;
  readonly evictionPolicy: string | null;
  /** BullMQ loses jobs where Redis may evict keys. */
  readonly mayEvict: boolean;
}

/** What a server says of itself, as far as it matters to BullMQ. */
export async function readServer(client: Client): Promise<RedisServer> {
  const info = await client.info();
  const evictionPolicy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? null;
  const [, major, minor] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? [];
  return {
    version: major === undefined ? null : `${major}.${minor}`,
    isTooOld: major !== undefined && Number(major) * 100 + Number(minor) < 602,
    evictionPolicy,
    mayEvict: evictionPolicy !== null && evictionPolicy !== 'noeviction',
  };
}

/** Told once per connection, never fatal. */
async function adviseOnServer(client: Client, log: Log): Promise<void> {
  const { version, isTooOld, evictionPolicy, mayEvict } = await readServer(client);
  if (mayEvict) {
    log.warn({ maxmemory_policy: evictionPolicy }, 'Redis may evict queue keys: set maxmemory-policy to noeviction');
  }
  if (isTooOld) log.warn({ redis_version: version }, 'BullMQ wants Redis 6.2 or newer');
}
