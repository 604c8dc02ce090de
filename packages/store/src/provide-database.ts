import { join } from 'node:path';
import type { Log } from '@keyferry/log';
import { checkSession } from './connections/check-session.ts';
import { connectClient } from './connections/open-pool.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { provideRole } from './roles/provide-role.ts';
import { waitForDatabase } from './wait-for-database.ts';

/** The addresses of a database. */
export interface DatabaseAddresses {
  /** As the application works with it. */
  readonly url: string;
  /** As the role that owns the tables; null: that of `url` does, or another process migrates. */
  readonly migrationUrl: string | null;
}

/** A Postgres to work with; `release` stops an embedded one that no other process uses. */
export interface ProvidedDatabase extends DatabaseAddresses {
  release(): Promise<void>;
}

/**
 * The configured Postgres, once it answers, or an embedded one under the data directory when none is configured.
 * Processes may be started in any order, so one that is not up yet is waited for (five minutes, with log messages);
 * a refused password, an unknown database or a pooler in transaction mode fails at once. Where there is a role that owns the
 * tables, it creates the application's if that is missing.
 */
export async function provideDatabase(
  { url, migrationUrl }: { url: string | null; migrationUrl: string | null },
  dataDirectory: string,
  log: Log,
): Promise<ProvidedDatabase> {
  if (url === null) {
    const {
      url: ownersUrl,
      applicationUrl,
      release,
    } = await startEmbeddedPostgres({
      directory: join(dataDirectory, 'postgres'),
      log,
    });
    await provideRoleBy(ownersUrl, applicationUrl);
    return { url: applicationUrl, migrationUrl: ownersUrl, release };
  }
  await waitForDatabase(async () => {
    if (migrationUrl !== null) await provideRoleBy(migrationUrl, url);
    await answer(url);
    await checkSession(url);
  }, log);
  return { url, migrationUrl, release: async () => undefined };
}

async function provideRoleBy(migrationUrl: string, url: string): Promise<void> {
  const client = await connectClient(migrationUrl, 'keyferry-check');
  try {
    await provideRole(client, url);
  } finally {
    await client.end();
  }
}

async function answer(url: string): Promise<void> {
  const client = await connectClient(url, 'keyferry-check');
  try {
    const { rows } = await client.query<{ readonly: boolean }>(
      `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS readonly`,
    );
    // After a failover the old primary may answer for a while.
    if (rows[0]?.readonly !== false) {
      const error = new Error('Postgres is read-only: it is a standby, or a failover is in progress');
      throw Object.assign(error, { code: '25006' });
    }
  } finally {
    await client.end();
  }
}
