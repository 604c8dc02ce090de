import type { Queues } from '@keyferry/queue';
import {
  cancelWaiting,
  continueRetry,
  findDueDeliveries,
  findDueDrills,
  findDuePolicies,
  findDueSchedules,
  findPlansToResolve,
  isCckmDown,
  isLookDue,
  moveWindowsOn,
  readRunTimes,
  requestDueCheck,
  settlePlans,
  sweep,
} from '@keyferry/store';
import { readEstate } from './cckm/read-estate.ts';
import { makeNextCheck } from './coverage/make-check.ts';
import { Dispatcher } from './dispatch/dispatch.ts';
import { QueueStanding } from './dispatch/queue-standing.ts';
import type { Round } from './round.ts';
import { runSchedule } from './schedules/run-schedule.ts';
import { keepHouse } from './sweep/keep-house.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Part of the job id of a hint: the same hint is not queued again within one round, and a job that died with its worker
 * does not hold up the next.
 */
const hintRound = (): number => Math.floor(Date.now() / 2_000);

/** What every worker does on its own; Postgres keeps the workers apart. `signal` ends the long rounds. */
export function roundsOf(context: WorkContext, queues: Queues, signal: AbortSignal): readonly Round[] {
  const { circuits, config, held, log, session, store } = context;
  const dispatcher = new Dispatcher(store, config.quotas, () => session.id);
  const queueStanding = new QueueStanding(store, queues, log);
  const coverage: Round = {
    ...{ name: 'coverage', everyMs: 300, when: 'checks' },
    work: () => makeNextCheck(context, signal),
  };
  return [
    {
      ...{ name: 'dispatch', everyMs: 120, when: 'plans', skippedMs: Number.POSITIVE_INFINITY },
      work: async () => {
        const released = await dispatcher.tick();
        if (released.length > 0) await queueStanding.adding(() => queues.addReplicateJobs(released));
      },
      skipped: () => dispatcher.rest(),
      heard: () => dispatcher.hurry(),
    },
    {
      // Looks fall due on a grid of a quarter of the first wait.
      ...{ name: 'look', everyMs: Math.max(200, config.verify.pollMs / 8), when: 'plans' },
      work: async () => {
        if (await isCckmDown(store.prisma)) return;
        if (await isLookDue(store)) await queues.add('watch', [{ epoch: hintRound() }]);
      },
    },
    {
      ...{ name: 'resolve', everyMs: 250, when: 'plans' },
      work: async () => {
        const resolving = { workerId: session.id, planIds: [...context.resolving] };
        for (const id of await findPlansToResolve(store, resolving, 10))
          await queueStanding.adding(() => queues.add('resolve', [{ planId: id, epoch: hintRound() }]));
      },
    },
    {
      // The ticks of the queue are quicker; this finds what they miss.
      ...{ name: 'runs', everyMs: 2_000, when: 'schedules' },
      work: async () => {
        for (const id of await findDueSchedules(store)) await runSchedule(context, id);
      },
    },
    {
      ...{ name: 'ticks', everyMs: 10_000 },
      work: async () => {
        const times = await readRunTimes(store);
        await queues.keepTicks(times.map(({ id, cron, time_zone }) => ({ scheduleId: id, cron, timeZone: time_zone })));
      },
    },
    {
      ...{ name: 'deliveries', everyMs: 1_000, when: 'deliveries' },
      work: async () => queues.add('deliver', await findDueDeliveries(store)),
    },
    {
      ...{ name: 'drills', everyMs: 250, when: 'drills' },
      work: async () => {
        for (const { id } of await findDueDrills(store))
          await queues.add('drill', [{ drillId: id, epoch: hintRound() }]);
      },
    },
    {
      ...{ name: 'housekeeping', everyMs: 60_000 },
      work: () => keepHouse(store, config.archiveAfterDays, signal),
    },
    {
      ...{ name: 'estate', everyMs: 2_000, when: 'estate' },
      // Bulk work is read after all that others wait for.
      work: () => readEstate({ ...context, cckm: context.cckm.reading('last') }, signal),
    },
    {
      ...{ name: 'due coverage checks', everyMs: 2_000, when: 'policies' },
      work: async () => {
        for (const name of await findDuePolicies(store)) await requestDueCheck(store, name);
      },
    },
    // Two, so that the check of a few keys does not wait for one of many.
    coverage,
    coverage,
    { name: 'probe', everyMs: 500, when: 'circuits', work: () => circuits.probe() },
    { name: 'idle probe', everyMs: 2_000, when: 'circuits', work: () => circuits.probeIdle() },
    { name: 'queue', everyMs: 1_000, when: 'circuits', work: () => queueStanding.check() },
    {
      // Plans also wait for their time, an approval or a window.
      ...{ name: 'settle', everyMs: 250, when: 'plans', skippedMs: 2_000 },
      work: async () => {
        await settlePlans(store);
        await moveWindowsOn(store);
      },
    },
    {
      ...{ name: 'sweep', everyMs: 1_000, when: 'plans' },
      work: async () => {
        const workerId = session.id;
        const ids = await held.findForgotten(store, workerId);
        const swept = await sweep(store, { workerId, ids });
        if (swept.lostJobs + swept.heldByDead > 0) log.info(swept, 'requeued orphaned work');
      },
    },
    {
      // Apart from the sweep, which must not wait for a million rows.
      ...{ name: 'bulk commands', everyMs: 500, when: 'plans' },
      work: async () => {
        while (!signal.aborted && ((await cancelWaiting(store)) || (await continueRetry(store))));
      },
    },
  ];
}
