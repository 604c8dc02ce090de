import type { Processors, QueueName } from '@keyferry/queue';
import type { CallKind } from '@keyferry/store';
import type { Sender } from '@keyferry/webhook';
import { addAlias } from './call/add-alias.ts';
import { importMaterial } from './call/import-material.ts';
import { promote } from './call/promote.ts';
import { replicate } from './call/replicate.ts';
import { runDrill } from './drills/run-drill.ts';
import { resolvePlan } from './resolve/resolve-plan.ts';
import { runSchedule } from './schedules/run-schedule.ts';
import { watch } from './watch/watch.ts';
import { type DeliverContext, deliver } from './webhooks/deliver.ts';
import type { WorkContext } from './work-context.ts';

/** What is called for a row whose turn it is. */
const callOf = { replicate, promote, import: importMaterial, alias: addAlias } satisfies Record<CallKind, unknown>;

/** What a worker does with each kind of job. */
export function processorsOf(context: WorkContext, sender: Sender, delivering: DeliverContext): Processors {
  // What settles the outcome of a call is read before what others wait for.
  const first = { ...context, cckm: context.cckm.reading('first') };
  return {
    resolve: ({ planId }) => resolvePlan(context, planId),
    replicate: (job) => callOf[job.kind](first, job),
    watch: () => watch(first),
    tick: ({ scheduleId }) => runSchedule(context, scheduleId),
    deliver: ({ deliveryId }, signal) => deliver(delivering, deliveryId, signal),
    drill: ({ drillId }, signal) => runDrill({ ...context, sender }, drillId, signal),
  };
}

/** How many jobs of a kind a worker does at once; of calls, how many calls. */
export function jobsAtOnce(concurrency: number): Record<QueueName, number> {
  return { resolve: 2, replicate: concurrency, watch: 8, tick: 2, deliver: 16, drill: 4 };
}
