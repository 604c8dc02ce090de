import type { Log } from '@keyferry/log';
import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  PostgresConnection,
  PostgresQueueBackend,
  Queue,
  runMigrations,
  SchemaMigrationRequiredError,
  Worker,
} from 'bullmq';
import type pg from 'pg';
import { type Engine, type EngineWorker, workerSettings } from './engine.ts';
import { jobDefaults } from './jobs.ts';
import type { OpenPool } from './open-plain-pool.ts';
import { provideQueueSchema } from './provide-queue-schema.ts';
import { schema } from './queue-schema.ts';
import { repeatStrategy } from './ticks.ts';

/** At most this many pooled connections a process, beside the one that listens for new jobs. */
const poolSize = 4;

/**
 * BullMQ on Postgres, in a schema of its own. All queues and workers of the process share one pool and one LISTEN
 * connection. Rejects when the database cannot be reached or may not be migrated. `migrationUrl`: whose right it is to make
 * the schema; null: that of `databaseUrl`.
 */
export async function openPostgresEngine(
  { databaseUrl, migrationUrl }: { databaseUrl: string; migrationUrl: string | null },
  prefix: string,
  log: Log,
  report: (error: unknown) => void,
  openPool: OpenPool,
): Promise<Engine> {
  if (migrationUrl !== null) await provideQueueSchema({ databaseUrl, migrationUrl });
  const pool = openPool({
    url: databaseUrl,
    max: poolSize + 1,
    applicationName: 'keyferry-queue',
    settings: {
      search_path: schema,
      // The queue is a hint that may be lost with the last moments before a crash; waiting for the disk would only slow it.
      synchronous_commit: 'off',
    },
    onError: report,
  });
  const connection = new SharedPostgresConnection(pool as unknown as PostgresConnection['pool']);
  connection.setMaxListeners(50);
  connection.on('error', report);
  try {
    await migrate(pool, log);
    await connection.waitUntilReady();
  } catch (error) {
    await pool.end().catch(report);
    throw error;
  }
  const backend = (name: string, opts: object) =>
    new SharedPostgresBackend(connection, name, { ...opts, connection: connection.pool });

  return {
    kind: 'postgres',
    queue(name, telemetry) {
      const queue = new Queue(
        `${prefix}-${name}`,
        {
          connection: connection.pool,
          defaultJobOptions: jobDefaults,
          streams: { events: { maxLen: 100 } },
          settings: { repeatStrategy },
          ...(telemetry === undefined ? {} : { telemetry }),
        },
        backend,
      );
      queue.on('error', report);
      return queue;
    },
    worker(name, run, concurrency, telemetry): EngineWorker {
      const worker = new Worker(
        `${prefix}-${name}`,
        run,
        {
          ...workerSettings,
          connection: connection.pool,
          concurrency,
          drainDelay: pollSeconds,
          settings: { repeatStrategy },
          ...(telemetry === undefined ? {} : { telemetry }),
        },
        backend,
      );
      worker.on('error', report);
      return worker;
    },
    async ready() {},
    async ping() {
      const { rows } = await pool.query<{ readonly: boolean }>(
        `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS readonly`,
      );
      if (rows[0]?.readonly !== false)
        throw new Error('READONLY Postgres is read-only: a standby, or a failover is in progress');
    },
    async closeWorkers() {},
    close: async () => {
      await connection.close();
      await pool.end();
    },
  };
}

/** How often an idle worker looks without having been notified: what is lost when a LISTEN connection dies unnoticed. */
const pollSeconds = 5;

/** Every worker subscribes on the same LISTEN connection: one after the other, as `pg` takes one query at a time. */
class SharedPostgresConnection extends PostgresConnection {
  readonly #inTurn = new WeakSet<object>();

  override async getListenClient() {
    const client = await super.getListenClient();
    if (!this.#inTurn.has(client)) {
      this.#inTurn.add(client);
      const query = client.query.bind(client);
      let last: Promise<unknown> = Promise.resolve();
      client.query = ((...args: Parameters<typeof query>) => {
        const next = last.then(() => query(...args));
        last = next.catch(() => undefined);
        return next;
      }) as typeof client.query;
    }
    return client;
  }
}

/**
 * BullMQ's backend on a connection that several queues and workers share. BullMQ's own would open a pool and a LISTEN
 * connection for each of them, close the shared one with the first worker that closes, block for up to an hour after an
 * error had cost it a notification, and ask again without a pause while the server restarts.
 */
class SharedPostgresBackend extends PostgresQueueBackend {
  override get maximumBlockTimeout(): number {
    return pollSeconds;
  }

  override async moveToActive(...args: Parameters<PostgresQueueBackend['moveToActive']>) {
    try {
      return await super.moveToActive(...args);
    } catch (error) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      throw error;
    }
  }

  override close(): Promise<void> {
    this.closing ??= this.disconnectBlocking();
    return this.closing;
  }

  override disconnect(): Promise<void> {
    return this.disconnectBlocking();
  }
}

/** How long another process may migrate BullMQ's tables. */
const lockWaitMs = 60_000;

/**
 * Brings BullMQ's tables up to date. Safe in any number of processes at once: BullMQ takes an advisory lock. Only a
 * schema that is missing or old is touched, so that later starts need no right to create anything.
 */
async function migrate(pool: pg.Pool, log: Log): Promise<void> {
  const client = await pool.connect();
  try {
    if ((await schemaVersion(client).catch(explain)) < LATEST_SCHEMA_VERSION) {
      await client.query(`SELECT set_config('lock_timeout', $1, false)`, [String(lockWaitMs)]);
      const version = await runMigrations(await inItsSchema(client), schema).catch(explain);
      log.info({ schema, version }, 'queue tables are up to date');
    }
  } finally {
    client.release(true);
  }
}

function explain(error: Error & { code?: string }): never {
  if (error.code === '55P03') {
    throw new Error(
      `The queue tables cannot be migrated: another session has held their lock for ${lockWaitMs / 1_000} s. ` +
        'Find it in pg_locks (advisory), end it with pg_terminate_backend, then start again.',
      { cause: error },
    );
  }
  if (error.code === '42501') {
    throw new Error(
      `The role of DATABASE_URL may not create the queue tables in the schema ${schema} (${error.message}). Run \`npm run migrate\` with ` +
        'KEYFERRY_MIGRATION_DATABASE_URL, which creates the schema for it, or set REDIS_URL; then start again.',
      { cause: error },
    );
  }
  throw error;
}

/**
 * The same connection; where the schema is there, BullMQ does not ask for it again: Postgres refuses even CREATE SCHEMA IF NOT
 * EXISTS to who may create none.
 */
async function inItsSchema(client: pg.PoolClient): Promise<pg.PoolClient> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount === 0) return client;
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  return Object.assign(Object.create(client) as pg.PoolClient, {
    query: (...args: unknown[]) =>
      typeof args[0] === 'string' && args[0].startsWith('CREATE SCHEMA ') ? Promise.resolve() : query(...args),
  });
}

/** The version of BullMQ's tables, the newest or a newer one; 0 when they are missing or old. */
export async function schemaVersion(client: pg.ClientBase): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, schema);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
}
