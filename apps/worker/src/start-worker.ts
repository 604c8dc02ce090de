import { hostname } from 'node:os';
import { baseUrl, createCckmClient } from '@keyferry/cckm';
import { type Config, ConfigError, cckmSettings } from '@keyferry/config';
import type { Log } from '@keyferry/log';
import { openQueues } from '@keyferry/queue';
import {
  checkSealKeys,
  createSeal,
  dropOldEvents,
  findDueDeliveries,
  findDueDrills,
  findDuePolicies,
  findDueSchedules,
  findLooksDue,
  findPlansToResolve,
  isCckmDown,
  moveWindowsOn,
  openStore,
  readRunTimes,
  requestDueCheck,
  settlePlans,
  sweep,
} from '@keyferry/store';
import { openSender, type SentAttempt } from '@keyferry/webhook';
import { Circuits } from './circuits.ts';
import { makeNextCheck } from './coverage/make-check.ts';
import { dispatch } from './dispatch.ts';
import { runDrill } from './drills/run-drill.ts';
import { every } from './every.ts';
import { HeldRows } from './held-rows.ts';
import { importMaterial } from './import-material.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { PlanCache } from './plan-cache.ts';
import { promote } from './promote.ts';
import { readEstate } from './read-estate.ts';
import { replicate } from './replicate.ts';
import { resolvePlan } from './resolve-plan.ts';
import { runSchedule } from './run-schedule.ts';
import { serveMetrics } from './serve-metrics.ts';
import { watch } from './watch.ts';
import { deliver } from './webhooks/deliver.ts';
import type { WorkContext } from './work-context.ts';
import { WorkerSession } from './worker-session.ts';

/** Rounds of what runs on its own, milliseconds. Every worker runs all of them; Postgres keeps them apart. */
const rounds = {
  dispatch: 120,
  look: 200,
  resolve: 250,
  settle: 250,
  probe: 500,
  sweep: 1_000,
  runs: 2_000,
  ticks: 10_000,
  deliveries: 1_000,
  drills: 250,
  oldEvents: 60_000,
  estate: 1_000,
  coverage: 300,
};

/** What is done for a row whose turn it is. */
const callOf = { replicate, promote, import: importMaterial };

/** How long a stopping worker waits for calls that are under way; the rest is settled from what CCKM says. */
const stopGraceMs = 25_000;

/**
 * Part of the job id of a hint: the same hint is not queued again within one round, and a job that died with its worker
 * does not hold up the next.
 */
const hintRound = (): number => Math.floor(Date.now() / 2_000);

export interface RunningWorker {
  /** Takes nothing new, finishes what is under way, gives the rest back. */
  stop(): Promise<void>;
}

/** Starts everything that runs on its own: resolver, dispatcher, the BullMQ processors, the sweeper. */
export async function startWorker(config: Config, databaseUrl: string, log: Log): Promise<RunningWorker> {
  const { concurrency, leaseMs } = config.worker;
  const options = cckmOptions(config, log);
  const { host, port } = config.worker.metrics;
  const metrics = port === null ? null : await serveMetrics({ host, port }, log);
  const store = openStore({
    url: databaseUrl,
    applicationName: 'keyferry-worker',
    onConnectionError: (error) => log.warn({ err: error }, 'a connection to Postgres broke'),
    seal: createSeal(config.encryptionKeys),
  });
  await checkSealKeys(store);
  const queues = await openQueues({ redisUrl: config.redisUrl, redisCa: config.redisCa, databaseUrl, log });
  const cckm = createCckmClient({
    ...options,
    onCall: (call) => {
      const { error: code, operation, durationMs, httpStatus, requestId } = call;
      log.debug({ operation, durationMs, httpStatus, code, requestId }, 'cckm call');
      metrics?.noteCall(call);
      circuits.noteCall(code);
    },
  });
  const circuits = new Circuits(store, cckm, log);
  const session = new WorkerSession(store, log, { host: hostname(), pid: process.pid, concurrency, leaseMs });
  await session.start();
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
    outcomes: new OutcomeWriter(store, session, log),
    plans: new PlanCache(store),
    held: new HeldRows(),
    resolving: new Set(),
    checking: new Set(),
    random: Math.random,
  };

  const processors = queues.work(
    {
      resolve: ({ planId }) => resolvePlan(context, planId),
      replicate: (job) => callOf[job.kind](context, job),
      watch: (place) => watch(context, place),
      tick: ({ scheduleId }) => runSchedule(context, scheduleId),
      deliver: ({ deliveryId }, signal) => deliver(delivering, deliveryId, signal),
      drill: ({ drillId }, signal) => runDrill({ ...context, sender }, drillId, signal),
    },
    { resolve: 2, replicate: concurrency, watch: 32, tick: 2, deliver: 16, drill: 4 },
  );
  const stopping = new AbortController();
  const loops = [
    every(rounds.dispatch, 'dispatch', log, async () => {
      const released = await dispatch(store, config.quotas);
      if (released.length > 0) await queues.addReplicateJobs(released);
    }),
    every(rounds.look, 'look', log, async () => {
      if (await isCckmDown(store.prisma)) return;
      for (const place of await findLooksDue(store)) await queues.addWatchJob({ ...place, epoch: hintRound() });
    }),
    every(rounds.resolve, 'resolve', log, async () => {
      const resolving = { workerId: session.id, planIds: [...context.resolving] };
      for (const id of await findPlansToResolve(store, resolving, 10))
        await queues.addResolveJob({ planId: id, epoch: hintRound() });
    }),
    // The ticks of the queue are quicker; this finds what they miss.
    every(rounds.runs, 'runs', log, async () => {
      for (const id of await findDueSchedules(store)) await runSchedule(context, id);
    }),
    every(rounds.ticks, 'ticks', log, async () => {
      const times = await readRunTimes(store);
      await queues.keepTicks(times.map(({ id, ...rest }) => ({ scheduleId: id, ...rest })));
    }),
    every(rounds.deliveries, 'deliveries', log, async () => queues.addDeliverJobs(await findDueDeliveries(store))),
    every(rounds.drills, 'drills', log, async () => {
      for (const { id } of await findDueDrills(store)) await queues.addDrillJob({ drillId: id, epoch: hintRound() });
    }),
    every(rounds.oldEvents, 'old events', log, () => dropOldEvents(store)),
    every(rounds.estate, 'estate', log, () => readEstate(context, stopping.signal)),
    every(rounds.runs, 'due coverage checks', log, async () => {
      for (const name of await findDuePolicies(store)) await requestDueCheck(store, name);
    }),
    // Two, so that the check of a few keys does not wait for one of many.
    every(rounds.coverage, 'coverage', log, () => makeNextCheck(context, stopping.signal)),
    every(rounds.coverage, 'coverage', log, () => makeNextCheck(context, stopping.signal)),
    every(rounds.probe, 'probe', log, () => circuits.probe()),
    every(rounds.settle, 'settle', log, async () => {
      await settlePlans(store);
      await moveWindowsOn(store);
    }),
    every(rounds.sweep, 'sweep', log, async () => {
      const workerId = session.id;
      const ids = await context.held.findForgotten(store, workerId);
      const swept = await sweep(store, { workerId, ids });
      if (swept.lostJobs + swept.heldByDead > 0) log.info(swept, 'put back what was left behind');
    }),
  ];
  log.info({ worker: session.id, concurrency, engine: config.redisUrl ? 'redis' : 'postgres' }, 'worker started');

  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops.map((loop) => loop.stop()));
      await processors.close({ graceMs: stopGraceMs });
      await session.stop();
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
    throw new ConfigError((error as Error).message);
  }
  if (cckm.insecureTls) {
    log.warn(
      'CCKM_INSECURE_TLS is on: the CipherTrust Manager is not verified, anybody on the way can read and change keys',
    );
  }
  return { ...settings, connections: worker.concurrency + 8 };
}
