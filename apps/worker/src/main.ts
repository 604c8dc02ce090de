import { ConfigError, keepHeapSmall, loadConfig } from '@keyferry/config';
import { createLog, reportSparsely } from '@keyferry/log';
import { migrate, provideDatabase, SealError, waitForDatabase } from '@keyferry/store';
import { startTracing } from '@keyferry/tracing';
import { startWorker } from './start-worker.ts';

/** `npm run worker`: one worker from the environment. SIGTERM and SIGINT end it in order; exit code 64: bad environment. */
async function main(): Promise<void> {
  keepHeapSmall();
  const config = loadConfig(process.env);
  const log = createLog('worker', config.logLevel);
  const report = reportSparsely(log, 'tracing reported an error; nothing else is affected', 300_000);
  const tracing = await startTracing(config.tracing, 'keyferry-worker', report);
  const database = await provideDatabase(config.database, config.dataDirectory, log);
  const applied = await waitForDatabase(() => migrate(database.url, { log, migrationUrl: database.migrationUrl }), log);
  if (applied.length > 0) log.info({ applied }, 'database migrated');
  const worker = await startWorker(config, database, log);

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping: finishing work in flight');
    await worker.stop();
    await tracing.stop();
    await database.release();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
}

main().catch((error: unknown) => {
  process.stderr.write(`keyferry worker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError || error instanceof SealError ? 64 : 1);
});
