import { hostname } from 'node:os';
import { baseUrl, createCckmClient } from '@keyferry/cckm';
import { type Config, ConfigError, cckmSettings, shown } from '@keyferry/config';
import { version } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { openQueues } from '@keyferry/queue';
import {
  checkSealKeys,
  createSeal,
  type DatabaseAddresses,
  openPool,
  openStore,
  waitForDatabase,
} from '@keyferry/store';
import { openSender, type SentAttempt } from '@keyferry/webhook';
import { Claims } from './call/claims.ts';
import { OutcomeWriter } from './call/outcome-writer.ts';
import { Circuits } from './dispatch/circuits.ts';
import { LateSlots } from './dispatch/late-slots.ts';
import { jobsAtOnce, processorsOf } from './jobs.ts';
import { roundsOf } from './rounds.ts';
import { serveMetrics } from './serve-metrics.ts';
import { startRounds } from './start-rounds.ts';
import { HeldRows } from './sweep/held-rows.ts';
import type { WorkContext } from './work-context.ts';
import { WorkerSession } from './worker-session.ts';

/** To CCKM, beside those of reads: calls that wait for their slot need none. */
const mostConnections = 512;

/** How long a stopping worker waits for calls that are under way; the rest is reconciled with CCKM. */
const stopGraceMs = 25_000;

export interface RunningWorker {
  /** Takes nothing new, finishes what is under way, gives the rest back. */
  stop(): Promise<void>;
}

/** Starts everything that runs on its own: resolver, dispatcher, the BullMQ processors, the sweeper. */
export async function startWorker(
  config: Config,
  { url: databaseUrl, migrationUrl }: DatabaseAddresses,
  log: Log,
): Promise<RunningWorker> {
  const { concurrency, leaseMs } = config.worker;
  const options = cckmOptions(config, log);
  const { host, port } = config.worker.metrics;
  const cckm = createCckmClient({
    ...options,
    onCall: (call) => {
      const { error: code, operation, durationMs, httpStatus, requestId } = call;
      log.debug({ operation, durationMs, httpStatus, code, requestId }, 'cckm call');
      metrics?.noteCall(call);
      circuits.noteCall(code);
      if (operation === 'login') noteLogin(code);
    },
  });
  const noteLogin = (code: string | null) => {
    if (code === null || code === 'cckm_login_refused') session.noteLogin(code);
  };
  const store = openStore({
    url: databaseUrl,
    applicationName: 'keyferry-worker',
    onConnectionError: (error) => log.warn({ err: error }, 'lost a connection to Postgres'),
    seal: createSeal(config.encryptionKeys),
  });
  const session = new WorkerSession(store, log, { host: hostname(), pid: process.pid, concurrency, leaseMs });
  const readLimit = () => cckm.readLimit();
  const holdsLease = () => session.remainingMs() > 0;
  const metrics =
    port === null ? null : await serveMetrics({ host, port, readLimit, holdsLease, pool: store.pool }, log);
  await waitForDatabase(() => checkSealKeys(store), log);
  const { redisUrl, redisCa } = config;
  const queues = await waitForDatabase(
    () => openQueues({ redisUrl, redisCa, databaseUrl, migrationUrl, log, openPool }),
    log,
  );
  const circuits = new Circuits(store, cckm, log);
  await waitForDatabase(() => session.start(), log);
  const sender = openSender({ rules: config.webhooks, ca: config.webhooks.ca });
  const delivering = {
    ...{ store, sender, log, random: Math.random },
    source: config.publicUrl ?? 'urn:keyferry',
    noteAttempt: (attempt: SentAttempt) => metrics?.noteDelivery(attempt),
  };
  const context: WorkContext = {
    store,
    cckm,
    circuits,
    config,
    log,
    session,
    claims: new Claims(store),
    lateSlots: new LateSlots(store, config.quotas),
    outcomes: new OutcomeWriter(store, session, log),
    held: new HeldRows(),
    resolving: new Set(),
    checking: new Set(),
    random: Math.random,
  };

  const processors = queues.work(processorsOf(context, sender, delivering), jobsAtOnce(concurrency));
  const stopping = new AbortController();
  const rounds = startRounds(roundsOf(context, queues, stopping.signal), { store, databaseUrl, log });
  void circuits.logInAtStart();
  log.info(
    { worker: session.id, concurrency, version, engine: config.redisUrl ? 'redis' : 'postgres' },
    'worker started',
  );

  return {
    stop: async () => {
      stopping.abort();
      cckm.dropBulkReads();
      await rounds.stop();
      await processors.close({ graceMs: stopGraceMs });
      await session.stop();
      await rounds.close();
      await Promise.allSettled([queues.close(), cckm.close(), sender.close()]);
      await store.close();
      metrics?.stop();
      log.info('worker stopped');
    },
  };
}

function cckmOptions({ cckm, worker }: Config, log: Log): Parameters<typeof createCckmClient>[0] {
  const settings = cckmSettings(cckm);
  try {
    baseUrl(settings.url);
  } catch (error) {
    throw new ConfigError(`${(error as Error).message} Got ${shown(settings.url)}.`);
  }
  if (cckm.insecureTls) {
    log.warn(
      'CCKM_INSECURE_TLS is on: the certificate is not verified; an attacker on the network can read and change keys',
    );
  }
  return { ...settings, connections: Math.min(worker.concurrency, mostConnections) + 8 };
}
