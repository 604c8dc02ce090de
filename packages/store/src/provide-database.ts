import { join } from 'node:path';
import type { Log } from '@keyferry/log';
import pRetry from 'p-retry';
import pg from 'pg';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

/** A Postgres to work with; `release` stops an embedded one that nobody else uses. */
export interface ProvidedDatabase {
  readonly url: string;
  release(): Promise<void>;
}

/**
 * The configured Postgres, once it answers, or an embedded one under the data directory when none is configured.
 * Processes may be started in any order, so one that is not up yet is waited for (five minutes, told in the log);
 * a refused password or an unknown database fails at once.
 */
export async function provideDatabase(
  configured: string | null,
  dataDirectory: string,
  log: Log,
): Promise<ProvidedDatabase> {
  if (configured === null) return startEmbeddedPostgres({ directory: join(dataDirectory, 'postgres'), log });
  await pRetry(() => answer(configured), {
    retries: 300,
    factor: 1.3,
    minTimeout: 200,
    maxTimeout: 2_000,
    maxRetryTime: 300_000,
    shouldRetry: ({ error }) => mayComeUp(error),
    onFailedAttempt: ({ error, attemptNumber }) => {
      if (attemptNumber % 5 === 1) log.warn({ reason: error.message }, 'waiting for Postgres at DATABASE_URL');
    },
  });
  return { url: configured, release: async () => undefined };
}

async function answer(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Starting up, shutting down, or not reachable: passes by itself. A SQLSTATE of another class is a wrong setting. */
function mayComeUp(error: Error): boolean {
  const code = (error as { code?: string }).code;
  return code === undefined || !/^[0-9A-Z]{5}$/.test(code) || code.startsWith('57P') || code.startsWith('53');
}
