import { join } from 'node:path';
import type { Log } from '@keyferry/log';
import { checkSession } from './connections/check-session.ts';
import { connectClient } from './connections/open-pool.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { waitForDatabase } from './wait-for-database.ts';

/** A Postgres to work with; `release` stops an embedded one that nobody else uses. */
export interface ProvidedDatabase {
  readonly url: string;
  release(): Promise<void>;
}

/**
 * The configured Postgres, once it answers, or an embedded one under the data directory when none is configured.
 * Processes may be started in any order, so one that is not up yet is waited for (five minutes, told in the log);
 * a refused password, an unknown database or a pooler in transaction mode fails at once.
 */
export async function provideDatabase(
  configured: string | null,
  dataDirectory: string,
  log: Log,
): Promise<ProvidedDatabase> {
  if (configured === null) return startEmbeddedPostgres({ directory: join(dataDirectory, 'postgres'), log });
  await waitForDatabase(async () => {
    await answer(configured);
    await checkSession(configured);
  }, log);
  return { url: configured, release: async () => undefined };
}

async function answer(url: string): Promise<void> {
  const client = await connectClient(url, 'keyferry-check');
  try {
    const { rows } = await client.query<{ readonly: boolean }>(
      `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS readonly`,
    );
    // After a failover the old primary may answer for a while.
    if (rows[0]?.readonly !== false) {
      const error = new Error('Postgres is read-only: it is a standby, or a failover goes on');
      throw Object.assign(error, { code: '25006' });
    }
  } finally {
    await client.end();
  }
}
