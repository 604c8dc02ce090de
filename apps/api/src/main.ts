import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ConfigError, isLoopback, keepHeapSmall, listenProblem, loadConfig } from '@keyferry/config';
import { version } from '@keyferry/core';
import { createLog, reportSparsely } from '@keyferry/log';
import { openQueues } from '@keyferry/queue';
import {
  checkSealKeys,
  createSeal,
  migrate,
  openPool,
  openStore,
  provideDatabase,
  SealError,
  waitForDatabase,
} from '@keyferry/store';
import { startTracing } from '@keyferry/tracing';
import { createApp } from './app.ts';
import { openCheckpointSigner, signCheckpoints } from './audit/checkpoint-signer.ts';
import { readSigningKey } from './audit/signing-key.ts';
import { createServer } from './http/create-server.ts';
import { openServerTls } from './http/server-tls.ts';

/** How long an answer that is under way may take when the API is stopped. */
const stopGraceMs = 5_000;
/** Beyond lease and call: what takes a row back, and what it then waits for. */
const stuckMarginMs = 60_000;

/** `npm run api`: the HTTP API from the environment. SIGTERM and SIGINT end it in order; exit code 64: bad environment. */
async function main(): Promise<void> {
  keepHeapSmall();
  const config = loadConfig(process.env);
  const { adminToken, host, port, trustProxy, rateLimit } = config.api;
  if (adminToken === null) {
    throw new ConfigError(
      'KEYFERRY_ADMIN_TOKEN is not set: create one with `openssl rand -base64 32`, ' +
        'and set KEYFERRY_ADMIN_TOKEN or KEYFERRY_ADMIN_TOKEN_FILE.',
    );
  }
  const signingKey = config.api.signingKey === null ? null : readSigningKey(config.api.signingKey);
  const log = createLog('api', config.logLevel);
  if (signingKey === null) {
    log.warn('KEYFERRY_SIGNING_KEY is not set: the audit log is chained, but no checkpoint of it is signed');
  } else if (config.api.auditCheckpointFile === null) {
    log.warn(
      'KEYFERRY_AUDIT_CHECKPOINT_FILE is not set: after a restart, an audit log that was rewritten in Postgres ' +
        'before is not detected and may be signed',
    );
  }
  const report = reportSparsely(log, 'tracing reported an error; nothing else is affected', 300_000);
  const tracing = await startTracing(config.tracing, 'keyferry-api', report);
  const tls = config.api.tls && openServerTls(config.api.tls, log);
  const database = await provideDatabase(config.database, config.dataDirectory, log);
  const applied = await waitForDatabase(() => migrate(database.url, { log, migrationUrl: database.migrationUrl }), log);
  if (applied.length > 0) log.info({ applied }, 'database migrated');
  const store = openStore({
    url: database.url,
    applicationName: 'keyferry-api',
    onConnectionError: (error) => log.warn({ err: error }, 'lost a connection to Postgres'),
    seal: createSeal(config.encryptionKeys),
  });
  await waitForDatabase(() => checkSealKeys(store), log);
  if (config.encryptionKeys.length === 0) {
    log.warn('KEYFERRY_ENCRYPTION_KEY is not set: the key policies of plans are stored in Postgres in clear');
  }
  const { redisUrl, redisCa } = config;
  const queues = await waitForDatabase(
    () =>
      openQueues({ redisUrl, redisCa, databaseUrl: database.url, migrationUrl: database.migrationUrl, log, openPool }),
    log,
  );

  const signer = signingKey && openCheckpointSigner(store, signingKey, { file: config.api.auditCheckpointFile, log });
  const server = createServer(
    createApp({
      store,
      queues,
      quotas: config.quotas,
      keyPrice: config.keyPrice,
      previewMaxAgeMs: config.api.previewMaxAgeMs,
      approvalMaxAgeMs: config.api.approvalMaxAgeMs,
      adminToken,
      metricsOpen: config.api.metricsOpen,
      signer,
      cckmHost: config.cckm.url === null ? null : new URL(config.cckm.url).host,
      webhooks: config.webhooks,
      checkTokens: config.checkTokens,
      trustProxy,
      oidc: config.api.oidc,
      sessions: config.api.sessions,
      rateLimit,
      stuckAfterMs: config.worker.leaseMs + config.cckm.callTimeoutMs + stuckMarginMs,
      dashboard: fileURLToPath(new URL('../../dashboard/dist', import.meta.url)),
      help: fileURLToPath(new URL('../../../docs/.vitepress/dist', import.meta.url)),
      log,
    }),
    tls,
  );
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw listenProblem(error, { host, port, hostVariable: 'KEYFERRY_HOST', portVariable: 'KEYFERRY_PORT' });
  });
  const scheme = tls === null ? 'http' : 'https';
  log.info({ address: `${scheme}://${host}:${(server.address() as AddressInfo).port}`, version }, 'API listening');

  if (tls === null && !isLoopback(host)) {
    log.warn(
      { address: host },
      'plain HTTP: tokens from other machines can be read on the network. Set KEYFERRY_TLS_CERT_FILE and KEYFERRY_TLS_KEY_FILE, ' +
        'or let only a TLS proxy reach this address',
    );
  }
  const checkpoints = signer && signCheckpoints(signer, log);

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const cut = setTimeout(() => server.closeAllConnections(), stopGraceMs);
    await closed;
    clearTimeout(cut);
    await checkpoints?.stop();
    await queues.close();
    await store.close();
    await tracing.stop();
    await database.release();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
}

main().catch((error: unknown) => {
  process.stderr.write(`keyferry api: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError || error instanceof SealError ? 64 : 1);
});
