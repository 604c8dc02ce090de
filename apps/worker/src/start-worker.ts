import { hostname } from 'node:os';
import { baseUrl, createCckmClient } from '@keyferry/cckm';
import { type Config, ConfigError, cckmSettings, shown } from '@keyferry/config';
import type { Log } from '@keyferry/log';
import { openQueues } from '@keyferry/queue';
import {
  type CallKind,
  cancelWaiting,
  checkSealKeys,
  continueRetry,
  createSeal,
  type DatabaseAddresses,
  findDueDeliveries,
  findDueDrills,
  findDuePolicies,
  findDueSchedules,
  findPlansToResolve,
  isCckmDown,
  isLookDue,
  moveWindowsOn,
  openPool,
  openStore,
  readRunTimes,
  requestDueCheck,
  settlePlans,
  sweep,
  waitForDatabase,
} from '@keyferry/store';
import { openSender, type SentAttempt } from '@keyferry/webhook';
import { addAlias } from './call/add-alias.ts';
import { Claims } from './call/claims.ts';
import { finishReplica } from './call/finish-replica.ts';
import { importMaterial } from './call/import-material.ts';
import { OutcomeWriter } from './call/outcome-writer.ts';
import { promote } from './call/promote.ts';
import { replicate } from './call/replicate.ts';
import { readEstate } from './cckm/read-estate.ts';
import { makeNextCheck } from './coverage/make-check.ts';
import { Circuits } from './dispatch/circuits.ts';
import { Dispatcher } from './dispatch/dispatch.ts';
import { LateSlots } from './dispatch/late-slots.ts';
import { QueueStanding } from './dispatch/queue-standing.ts';
import { runDrill } from './drills/run-drill.ts';
import { every, type Loop } from './every.ts';
import { IdleGate } from './idle-gate.ts';
import { resolvePlan } from './resolve/resolve-plan.ts';
import { runSchedule } from './schedules/run-schedule.ts';
import { serveMetrics } from './serve-metrics.ts';
import { HeldRows } from './sweep/held-rows.ts';
import { keepHouse } from './sweep/keep-house.ts';
import { watch } from './watch/watch.ts';
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
  /** What commands have left to do in large plans. */
  bulk: 500,
  runs: 2_000,
  ticks: 10_000,
  deliveries: 1_000,
  drills: 250,
  house: 60_000,
  estate: 2_000,
  coverage: 300,
  /** Plans that wait for their time, an approval or a window. */
  waiting: 2_000,
  /** What is done while there is nothing to do: should the gate be wrong, this is how late that is noticed. */
  idle: 10_000,
};

/** What is done for a row whose turn it is. */
const callOf: Readonly<Record<CallKind, (context: WorkContext, job: { id: string; epoch: number }) => Promise<void>>> =
  {
    replicate,
    promote,
    import: (context, job) => finishReplica(context, importMaterial, job),
    alias: (context, job) => finishReplica(context, addAlias, job),
  };

/** To CCKM, beside those of reads: calls that wait for their slot need none. */
const mostConnections = 512;

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
  const readLimit = () => cckm.readLimit();
  const metrics = port === null ? null : await serveMetrics({ host, port, readLimit }, log);
  const store = openStore({
    url: databaseUrl,
    applicationName: 'keyferry-worker',
    onConnectionError: (error) => log.warn({ err: error }, 'a connection to Postgres broke'),
    seal: createSeal(config.encryptionKeys),
  });
  await waitForDatabase(() => checkSealKeys(store), log);
  const { redisUrl, redisCa } = config;
  const queues = await waitForDatabase(
    () => openQueues({ redisUrl, redisCa, databaseUrl, migrationUrl, log, openPool }),
    log,
  );
  const circuits = new Circuits(store, cckm, log);
  const session = new WorkerSession(store, log, { host: hostname(), pid: process.pid, concurrency, leaseMs });
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

  // What settles the outcome of a call is read before what others wait for, and bulk work after both.
  const [first, last] = [
    { ...context, cckm: cckm.reading('first') },
    { ...context, cckm: cckm.reading('last') },
  ];
  const processors = queues.work(
    {
      resolve: ({ planId }) => resolvePlan(context, planId),
      replicate: (job) => callOf[job.kind](first, job),
      watch: () => watch(first),
      tick: ({ scheduleId }) => runSchedule(context, scheduleId),
      deliver: ({ deliveryId }, signal) => deliver(delivering, deliveryId, signal),
      drill: ({ drillId }, signal) => runDrill({ ...context, sender }, drillId, signal),
    },
    { resolve: 2, replicate: concurrency, watch: 8, tick: 2, deliver: 16, drill: 4 },
  );
  const stopping = new AbortController();
  const queueStanding = new QueueStanding(store, queues, log);
  const dispatcher = new Dispatcher(store, config.quotas, () => session.id);
  const check = () => makeNextCheck(context, stopping.signal);
  const gate = new IdleGate(store, databaseUrl, () => {
    dispatcher.hurry();
    for (const loop of loops) loop.wake();
  });
  const loops: Loop[] = [
    every(rounds.dispatch, 'dispatch', log, async () => {
      if (!(await gate.has('plans'))) {
        dispatcher.rest();
        return gate.rests;
      }
      const released = await dispatcher.tick();
      if (released.length > 0) await queueStanding.adding(() => queues.addReplicateJobs(released));
      return undefined;
    }),
    // Looks fall due on a grid of a quarter of the first wait.
    every(
      Math.max(rounds.look, config.verify.pollMs / 8),
      'look',
      log,
      gate.when('plans', rounds.idle, async () => {
        if (await isCckmDown(store.prisma)) return;
        if (await isLookDue(store)) await queues.add('watch', [{ epoch: hintRound() }]);
      }),
    ),
    every(
      rounds.resolve,
      'resolve',
      log,
      gate.when('plans', rounds.idle, async () => {
        const resolving = { workerId: session.id, planIds: [...context.resolving] };
        for (const id of await findPlansToResolve(store, resolving, 10))
          await queueStanding.adding(() => queues.add('resolve', [{ planId: id, epoch: hintRound() }]));
      }),
    ),
    // The ticks of the queue are quicker; this finds what they miss.
    every(
      rounds.runs,
      'runs',
      log,
      gate.when('schedules', rounds.idle, async () => {
        for (const id of await findDueSchedules(store)) await runSchedule(context, id);
      }),
    ),
    every(rounds.ticks, 'ticks', log, async () => {
      const times = await readRunTimes(store);
      await queues.keepTicks(times.map(({ id, ...rest }) => ({ scheduleId: id, ...rest })));
    }),
    every(
      rounds.deliveries,
      'deliveries',
      log,
      gate.when('deliveries', rounds.idle, async () => queues.add('deliver', await findDueDeliveries(store))),
    ),
    every(
      rounds.drills,
      'drills',
      log,
      gate.when('drills', rounds.idle, async () => {
        for (const { id } of await findDueDrills(store))
          await queues.add('drill', [{ drillId: id, epoch: hintRound() }]);
      }),
    ),
    every(rounds.house, 'housekeeping', log, () => keepHouse(store, config.archiveAfterDays, stopping.signal)),
    every(
      rounds.estate,
      'estate',
      log,
      gate.when('estate', rounds.idle, () => readEstate(last, stopping.signal)),
    ),
    every(
      rounds.runs,
      'due coverage checks',
      log,
      gate.when('policies', rounds.idle, async () => {
        for (const name of await findDuePolicies(store)) await requestDueCheck(store, name);
      }),
    ),
    // Two, so that the check of a few keys does not wait for one of many.
    every(rounds.coverage, 'coverage', log, gate.when('checks', rounds.idle, check)),
    every(rounds.coverage, 'coverage', log, gate.when('checks', rounds.idle, check)),
    every(
      rounds.probe,
      'probe',
      log,
      gate.when('circuits', rounds.idle, () => circuits.probe()),
    ),
    every(
      rounds.runs,
      'idle probe',
      log,
      gate.when('circuits', rounds.idle, () => circuits.probeIdle()),
    ),
    every(
      rounds.sweep,
      'queue',
      log,
      gate.when('circuits', rounds.idle, () => queueStanding.check()),
    ),
    every(
      rounds.settle,
      'settle',
      log,
      gate.when('plans', rounds.waiting, async () => {
        await settlePlans(store);
        await moveWindowsOn(store);
      }),
    ),
    every(
      rounds.sweep,
      'sweep',
      log,
      gate.when('plans', rounds.idle, async () => {
        const workerId = session.id;
        const ids = await context.held.findForgotten(store, workerId);
        const swept = await sweep(store, { workerId, ids });
        if (swept.lostJobs + swept.heldByDead > 0) log.info(swept, 'put back what was left behind');
      }),
    ),
    // Apart from the sweep, which must not wait for a million rows.
    every(
      rounds.bulk,
      'bulk commands',
      log,
      gate.when('plans', rounds.idle, async () => {
        while (!stopping.signal.aborted && ((await cancelWaiting(store)) || (await continueRetry(store))));
      }),
    ),
  ];
  void circuits.logInAtStart();
  log.info({ worker: session.id, concurrency, engine: config.redisUrl ? 'redis' : 'postgres' }, 'worker started');

  return {
    stop: async () => {
      stopping.abort();
      cckm.dropBulkReads();
      await Promise.all(loops.map((loop) => loop.stop()));
      await processors.close({ graceMs: stopGraceMs });
      await session.stop();
      await gate.stop();
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
      'CCKM_INSECURE_TLS is on: the CipherTrust Manager is not verified, anybody on the way can read and change keys',
    );
  }
  return { ...settings, connections: Math.min(worker.concurrency, mostConnections) + 8 };
}
