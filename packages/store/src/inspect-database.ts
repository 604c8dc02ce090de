import pg from 'pg';
import { checkSession, UnfitDatabase } from './connections/check-session.ts';
import { compareMigrations } from './migrate.ts';
import { loginOf } from './roles/login-of.ts';
import { mayMigrate, mayReadMigrations, ownsTables } from './roles/may-migrate.ts';

/** A Postgres as it is found, by somebody who changes nothing. */
export interface InspectedDatabase {
  /** As Postgres numbers it: 140011, 180001. */
  readonly version: number;
  readonly tls: boolean;
  /** Migrations that it lacks. */
  readonly missing: readonly string[];
  /** Migrations of a newer release, which lets this one run. */
  readonly newer: readonly string[];
  /** Why this version of Keyferry must not use it; null: it may. */
  readonly refused: string | null;
  /** Why no API and no worker would start on it (a pooler that shares sessions); null: they would. */
  readonly unfit: string | null;
  readonly role: DatabaseRole;
}

/** Who connects, and what that role may do. */
export interface DatabaseRole {
  readonly name: string;
  /** It gets past the triggers that write the audit log; false too where there are no tables. */
  readonly ownsTables: boolean;
  readonly mayMigrate: boolean;
  readonly mayReadMigrations: boolean;
}

const answerWithinMs = 5_000;

/** Looks at a database on a connection that can only read. Throws what connecting failed with. */
export async function inspectDatabase(url: string): Promise<InspectedDatabase> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: answerWithinMs,
    query_timeout: answerWithinMs,
    application_name: 'keyferry doctor',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Not as a startup parameter: poolers refuse those.
    await client.query('SET default_transaction_read_only = on');
    const { rows } = await client.query<{ version: number; tls: boolean }>(`
      SELECT current_setting('server_version_num')::int AS version,
        coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS tls`);
    const { version = 0, tls = false } = rows[0] ?? {};
    const unfit = await unfitness(url);
    const role = {
      name: loginOf(url).role,
      ownsTables: await ownsTables(client),
      mayMigrate: await mayMigrate(client),
      mayReadMigrations: await mayReadMigrations(client),
    };
    return await compareMigrations(client).then(
      (migrations) => ({ version, tls, ...migrations, refused: null, unfit, role }),
      (error: Error) => ({ version, tls, missing: [], newer: [], refused: error.message, unfit, role }),
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function unfitness(url: string): Promise<string | null> {
  try {
    await checkSession(url);
    return null;
  } catch (error) {
    if (error instanceof UnfitDatabase) return error.message;
    throw error;
  }
}
