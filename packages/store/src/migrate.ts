import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { version } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import type pg from 'pg';
import { connectClient } from './connections/open-pool.ts';
import { grantRights } from './roles/grant-rights.ts';
import { loginOf } from './roles/login-of.ts';
import { mayMigrate, mayReadMigrations, migrateFirst, ownsTables } from './roles/may-migrate.ts';

const migrationsDirectory = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** Stands for all migrations of 0.1; a database that has the last of these is taken for one that has it. */
const baseline = '20261202210000_baseline';
const lastBeforeBaseline = '20261202203000_one_outbox';

/** Any number, the same in every process: the lock under which migrations run. */
const migrationLock = 7_362_148_061;

/** The table that `prisma migrate deploy` keeps, so that it can take over on the same database at any time. */
export const migrationsTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/** Between two tries to get the lock. */
const lockEveryMs = 250;
/** After this, and then as often, the log says for whom a process waits. */
const lockReportMs = 5_000;

/** How to migrate. */
export interface MigrateOptions {
  readonly log?: Log;
  readonly lockWaitMs?: number;
  /** Of the role that owns the tables; null: the role of the database's own address does. */
  readonly migrationUrl?: string | null;
}

/**
 * Applies the migrations in `prisma/migrations` that the database lacks, each in one transaction with its record, and
 * answers their names. Any number of processes may call it at once: one applies, the others wait, say so in the log, and find
 * nothing to do. The lock ends with each transaction, so that it works through poolers and nothing is left locked. Where the
 * owner of the tables is another role than that of `databaseUrl`, the latter is then given what the application needs. A
 * database that lacks nothing is only read. Throws when
 * a migration was changed after it was applied, when the database has one of a newer release that does not let this one run, when another session
 * holds the lock for longer than `lockWaitMs`, and when the role may not do what is to be done.
 */
export async function migrate(
  databaseUrl: string,
  { log, lockWaitMs = 10 * 60_000, migrationUrl = null }: MigrateOptions = {},
): Promise<string[]> {
  const migrations = await readMigrations();
  const options = { log, lockWaitMs };
  const { role } = loginOf(databaseUrl);
  if (migrationUrl === null || loginOf(migrationUrl).role === role) {
    return withClient(databaseUrl, async (client) => {
      const { done } = await applyMissing(client, migrations, options);
      if (await ownsTables(client)) {
        log?.warn(
          `the role ${role} of DATABASE_URL owns the tables: it can remove the triggers that write the audit log. Use two roles: see docs/operations/postgres-and-redis.md`,
        );
      }
      return done;
    });
  }
  const done = await withClient(migrationUrl, async (client) => {
    const { done: applied, newer } = await applyMissing(client, migrations, options);
    // The newer release has given the rights that its tables and functions need.
    if (newer.length > 0) return applied;
    await lock(client, options);
    try {
      await grantRights(client, role);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
    return applied;
  });
  await withClient(databaseUrl, async (client) => {
    const { missing } = await compareMigrations(client);
    if (missing.length > 0) {
      throw new Error(
        `${missing.length} migrations are applied in the database of KEYFERRY_MIGRATION_DATABASE_URL but not in that of DATABASE_URL. ` +
          'Set the same database in both; its tables must be in a schema of the search_path of both roles.',
      );
    }
  });
  return done;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectClient(url, 'keyferry-migrate');
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function applyMissing(
  client: pg.Client,
  migrations: readonly Migration[],
  options: { log: Log | undefined; lockWaitMs: number },
): Promise<{ done: string[]; newer: string[] }> {
  const { missing, newer } = await findMissing(client, migrations);
  if (newer.length > 0) {
    options.log?.warn({ applied: newer }, `the schema is from a newer release that supports ${version}`);
  }
  if (missing.length === 0) return { done: [], newer };
  if (!(await mayMigrate(client))) {
    throw new Error(
      `The database lacks ${missing.length} migrations (${missing[0]} is the first), and the role of this connection may not apply them. ${migrateFirst}`,
    );
  }
  const done: string[] = [];
  for (;;) {
    const name = await migrateOne(client, migrations, options);
    if (name === null) return { done, newer };
    done.push(name);
  }
}

/** Applies the first migration that is missing, in a transaction of its own; null when none is. */
async function migrateOne(
  client: pg.Client,
  migrations: readonly Migration[],
  options: { log: Log | undefined; lockWaitMs: number },
): Promise<string | null> {
  await lock(client, options);
  let applying: string | null = null;
  try {
    // A migration may rewrite large tables.
    await client.query('SET LOCAL statement_timeout = 0');
    await client.query(migrationsTable);
    const applied = await appliedChecksums(client, migrations);
    await newerThan(client, applied, migrations);
    await recordBaseline(client, applied);
    const next = migrations.find(({ name }) => !applied.has(name)) ?? null;
    applying = next?.name ?? null;
    if (next !== null) await apply(client, next);
    await client.query('COMMIT');
    return applying;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (applying === null) throw error;
    throw new Error(`The migration ${applying} failed and was rolled back: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Begins a transaction that holds the lock of migrations. Waits for another process's in the open. */
async function lock(
  client: pg.Client,
  { log, lockWaitMs }: { log: Log | undefined; lockWaitMs: number },
): Promise<void> {
  const began = Date.now();
  let reported = began;
  for (;;) {
    await client.query('BEGIN');
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS locked', [
      migrationLock,
    ]);
    if (rows[0]?.locked === true) return;
    await client.query('ROLLBACK');
    const now = Date.now();
    if (now - began > lockWaitMs) {
      throw new Error(
        `The database cannot be migrated: for ${Math.round((now - began) / 1_000)} s ${await lockHolder(client)} has held the lock of migrations. ` +
          'If no Keyferry is migrating, end that session with pg_terminate_backend, then start again.',
      );
    }
    if (now - reported >= lockReportMs) {
      reported = now;
      log?.warn({ reason: await lockHolder(client) }, 'waiting for another session to finish migrating the database');
    }
    await wait(lockEveryMs);
  }
}

async function lockHolder(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ pid: number; name: string | null; state: string | null }>(
    `SELECT l.pid, a.application_name AS name, a.state FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32 | l.objid::bigint) = $1`,
    [migrationLock],
  );
  const [holder] = rows;
  if (holder === undefined) return 'another session';
  return `session ${holder.pid} (${holder.name || 'unnamed'}, ${holder.state ?? 'state unknown'})`;
}

/**
 * The migrations that `migrate` would apply, and those of a newer release that lets this one run; nothing is changed. Throws as
 * `migrate` would.
 */
export async function compareMigrations(client: pg.Client): Promise<{ missing: string[]; newer: string[] }> {
  return findMissing(client, await readMigrations());
}

async function findMissing(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<{ missing: string[]; newer: string[] }> {
  if (!(await mayReadMigrations(client))) {
    throw new Error(`The role of this connection may not read the tables of this database. ${migrateFirst}`);
  }
  const { rows } = await client.query(`SELECT 1 WHERE to_regclass('_prisma_migrations') IS NOT NULL`);
  const applied = rows.length > 0 ? await appliedChecksums(client, migrations) : new Map<string, string>();
  const newer = await newerThan(client, applied, migrations);
  return { missing: missingOf(applied, migrations), newer };
}

const missingOf = (applied: ReadonlyMap<string, string>, migrations: readonly Migration[]) =>
  migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name);

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** The last migration that this release brings. */
export async function newestMigration(): Promise<string> {
  return (await migrationNames()).at(-1) ?? '';
}

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(migrationsDirectory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function readMigrations(): Promise<Migration[]> {
  return Promise.all(
    (await migrationNames()).map(async (name) => {
      const sql = await readFile(`${migrationsDirectory}/${name}/migration.sql`, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function appliedChecksums(client: pg.Client, migrations: readonly Migration[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  const before = [...applied.keys()].filter((name) => name < baseline);
  if (before.length === 0) return applied;
  if (!applied.has(lastBeforeBaseline)) {
    throw new Error(
      `The database was last used by a version of Keyferry before the last 0.1: it lacks ${lastBeforeBaseline}. ` +
        'Start the last 0.1 on it once, then this version: see docs/operations/upgrade.md.',
    );
  }
  for (const name of before) applied.delete(name);
  const known = migrations.find(({ name }) => name === baseline);
  if (known !== undefined && !applied.has(baseline)) applied.set(baseline, known.checksum);
  return applied;
}

/** Where a database is taken for one that has the baseline, it says so from now on. */
async function recordBaseline(client: pg.Client, applied: ReadonlyMap<string, string>): Promise<void> {
  const checksum = applied.get(baseline);
  if (checksum === undefined) return;
  const { rowCount } = await client.query('SELECT 1 FROM _prisma_migrations WHERE migration_name = $1', [baseline]);
  if (rowCount === 0) await record(client, baseline, checksum);
}

/**
 * The migrations of a newer release that lets this one run on its schema, as after a rollback and while pods are replaced. Throws
 * where it does not, and where a migration was changed.
 */
async function newerThan(
  client: pg.Client,
  applied: ReadonlyMap<string, string>,
  migrations: readonly Migration[],
): Promise<string[]> {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  const changed = [...applied].find(([name, checksum]) => known.has(name) && known.get(name) !== checksum);
  if (changed !== undefined) {
    throw new Error(`The migration ${changed[0]} was changed after it was applied. Restore its file from the release.`);
  }
  const newer = [...applied.keys()].filter((name) => !known.has(name)).sort();
  if (newer.length === 0) return [];
  const oldest = await oldestRelease(client);
  const goesOn = missingOf(applied, migrations).length === 0 && (newer[0] ?? '') > (migrations.at(-1)?.name ?? '');
  if (goesOn && oldest?.may) return newer;
  throw new Error(
    `The database has the migration ${newer[0]}, which this version of Keyferry does not know: it was used by a newer ` +
      `one${oldest === null || oldest.may ? '' : `, and ${oldest.version} is the oldest that may still run on it, not ${version}`}. ` +
      'Start that version, or restore the backup taken before the upgrade.',
  );
}

async function oldestRelease(client: pg.Client): Promise<{ version: string; may: boolean } | null> {
  const { rows: tables } = await client.query("SELECT 1 WHERE to_regclass('oldest_release') IS NOT NULL");
  if (tables.length === 0) return null;
  const { rows } = await client.query<{ version: string; may: boolean }>(
    `SELECT version, string_to_array(version, '.')::int[] <= string_to_array(split_part($1, '-', 1), '.')::int[] AS may
     FROM oldest_release`,
    [version],
  );
  return rows[0] ?? null;
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await record(client, name, checksum);
}

async function record(client: pg.Client, name: string, checksum: string): Promise<void> {
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), checksum, name],
  );
}
