import { ConfigError, loadConfig } from '@keyferry/config';
import { createLog } from '@keyferry/log';
import { provideQueueSchema } from '@keyferry/queue';
import { migrate, provideDatabase, waitForDatabase } from '@keyferry/store';

/**
 * `npm run migrate`: brings the database of the environment up to date and ends. With KEYFERRY_MIGRATION_DATABASE_URL it does so
 * as the role that owns the tables, and gives the role of DATABASE_URL what the API and the workers need, which then need no
 * right to create anything. Exit code 64: bad environment.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog('migrate', config.logLevel);
  const database = await provideDatabase(config.database, config.dataDirectory, log);
  const { url, migrationUrl } = database;
  const applied = await waitForDatabase(() => migrate(url, { log, migrationUrl }), log);
  // The tables in it are made by the first API or worker that has its queue on Postgres.
  if (migrationUrl !== null) {
    await waitForDatabase(() => provideQueueSchema({ databaseUrl: url, migrationUrl }), log);
  }
  log.info({ applied }, 'the database is up to date');
  await database.release();
}

main().catch((error: unknown) => {
  process.stderr.write(`keyferry migrate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? 64 : 1);
});
