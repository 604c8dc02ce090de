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
    const keep = <Kept extends Client>(copy: Kept): Kept => {
      workerClients.push(copy);
      return copy;
    };
    if (client instanceof Cluster) {
      const duplicate = client.duplicate.bind(client);
      client.duplicate = (nodes, options) =>
        keep(duplicate(nodes, { ...options, redisOptions: { ...options?.redisOptions, ...whileBlocking } }));
    } else {
      const duplicate = client.duplicate.bind(client);
      client.duplicate = (options) => keep(duplicate({ ...options, ...whileBlocking }));
    }
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
        // The stream of events is written by BullMQ's scripts, and not read here.
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
      // In the slot of the queues: of a Cluster, the node that matters.
      await producer.set(`${keyPrefix}:health`, Date.now(), 'PX', healthKeptMs);
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
  options: { maxRetriesPerRequest: number | null; reconnect?: boolean },
  report: (error: unknown) => void,
): Client {
  const { maxRetriesPerRequest, reconnect = true } = options;
  const common = {
    maxRetriesPerRequest,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls } : {}),
    connectTimeout: 5_000,
    keepAlive: 10_000,
    // A server that vanished without a word is noticed, and the one that took over is found.
    socketTimeout: 5_000,
    reconnectOnError: reconnectFromReplica(),
  };
  const client = makeClient(target, common, reconnect);
  if (client instanceof Cluster) reportCluster(client, report);
  else client.on('error', report);
  return client;
}

/** ioredis says of a Cluster that no node is of use, and of each node why. */
function reportCluster(client: Cluster, report: (error: unknown) => void): void {
  let why = '';
  client.on('node error', (error: Error, node: string) => {
    why = ` Last of them ${node}: ${error.message}`;
  });
  client.on('error', (error: Error) => {
    report(why === '' ? error : new Error(`No node of the Cluster can be used.${why}`));
  });
}

/** Longer than a worker blocks, which is ten seconds at most. */
const whileBlocking = { socketTimeout: 15_000 };
/** A Sentinel that takes connections and does not answer is passed over for the next. */
const sentinelTimeoutMs = 2_000;
/** A node of a Cluster that does not say where the slots are is passed over for another. */
const slotsTimeoutMs = 1_000;
/** How long the key of a health check stays. */
const healthKeptMs = 60_000;
/** Between two connections that are made because a server is read-only. */
const reconnectEveryMs = 1_000;

/**
 * After a failover the old master answers READONLY, on connections that are still open: connect anew, by the address as it
 * is resolved now. The command is not sent again there: it fails with the server's words, so that its caller and the health
 * check see them, and it is found again in Postgres.
 */
function reconnectFromReplica(): (error: Error) => 1 | false {
  let last = Number.NEGATIVE_INFINITY;
  return (error) => {
    const now = performance.now();
    if (!error.message.startsWith('READONLY') || now - last < reconnectEveryMs) return false;
    last = now;
    return 1;
  };
}

function makeClient(target: RedisTarget, common: CommonOptions, reconnect: boolean): Client {
  const retryStrategy = (times: number) => (reconnect ? Math.min(50 * 2 ** Math.min(times, 10), 1_000) : null);
  if (target.kind === 'cluster') {
    return new Cluster(target.nodes, {
      redisOptions: common,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: reconnect ? slotsTimeoutMs : common.connectTimeout,
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
      sentinelCommandTimeout: sentinelTimeoutMs,
      ...(target.sentinelUsername === undefined ? {} : { sentinelUsername: target.sentinelUsername }),
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
  /** How `REDIS_URL` must begin for this server, where it begins otherwise: `redis-cluster`. */
  readonly wantsForm: 'redis-cluster' | 'redis-sentinel' | null;
}

/** What a server says of itself, as far as it matters to BullMQ. */
export async function readServer(client: Client): Promise<RedisServer> {
  const info = await client.info();
  const evictionPolicy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? null;
  const mode = /^redis_mode:(\S+)/m.exec(info)?.[1];
  const [, major, minor] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? [];
  return {
    version: major === undefined ? null : `${major}.${minor}`,
    isTooOld: major !== undefined && Number(major) * 100 + Number(minor) < 602,
    evictionPolicy,
    mayEvict: evictionPolicy !== null && evictionPolicy !== 'noeviction',
    wantsForm: client instanceof Cluster || (mode !== 'cluster' && mode !== 'sentinel') ? null : `redis-${mode}`,
  };
}

/** Told once per connection, never fatal. */
async function adviseOnServer(client: Client, log: Log): Promise<void> {
  const { version, isTooOld, evictionPolicy, mayEvict, wantsForm } = await readServer(client);
  if (wantsForm !== null) log.error(`REDIS_URL is for one server: start it with ${wantsForm}://`);
  if (mayEvict) {
    log.warn({ maxmemory_policy: evictionPolicy }, 'Redis may evict queue keys: set maxmemory-policy to noeviction');
  }
  if (isTooOld) log.warn({ redis_version: version }, 'BullMQ needs Redis 6.2 or newer');
}
