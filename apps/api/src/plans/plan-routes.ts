import { setTimeout as wait } from 'node:timers/promises';
import { type PlanCommand, type PlanState, planCommands } from '@keyferry/core';
import {
  cancelWaiting,
  changePlanLimits,
  listPlans,
  listPlansWithSpecs,
  PlanArchived,
  type PlanStatusRow,
  rejectPlan,
  resumePlan,
  retryReplicas,
  type Store,
  startPreviewed,
  stopPlan,
  sweep,
} from '@keyferry/store';
import { asCaller } from '../http/as-caller.ts';
import { type Asked, routes } from '../http/operation-routes.ts';
import { pageOf } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import { requireJson } from '../http/require-json.ts';
import { mustRead, mustReadStatus } from './find-plan.ts';
import { planJson, planStatusView, planView } from './plan-view.ts';
import { isManifest, submitManifest } from './submit-manifest.ts';
import { submitPlan } from './submit-plan.ts';

/** How long an answer waits for what a command does to the plan's waiting rows. */
const tidyUpMs = 400;

/** Plans: create, list, read, and the commands of people. */
export function planRoutes(store: Store, { previewMaxAgeMs }: { previewMaxAgeMs: number }) {
  /** A command that `act` carries out unless the plan is in the state `done` already: a script may repeat it, unanswered. */
  const command =
    (
      name: PlanCommand,
      done: PlanState | null,
      act: (own: Store, planId: string, caller: string) => Promise<boolean>,
    ) =>
    async ({ id: named, caller, response }: Asked<'POST /v1/plans/{id}/execute'>) => {
      const { id, state } = await mustReadStatus(store, named);
      if (state !== done && !(await act(asCaller(store, response), id, caller)))
        throw wrongState(name, await mustReadStatus(store, id));
      if (name === 'cancel' || name === 'pause') await tidyUp(store, id);
      return planView(await mustRead(store, id));
    };
  const { pause, resume, cancel } = planCommands;
  const stop = (from: readonly PlanState[], to: 'paused' | 'cancelled') => (own: Store, id: string, caller: string) =>
    stopPlan(own, id, from, to, caller);
  const execute = command('execute', null, (own, id, caller) => startPreviewed(own, id, caller, previewMaxAgeMs));

  return routes({
    'POST /v1/plans': async (asked) => {
      if (isManifest(asked.request)) return submitManifest(store, asked);
      requireJson(asked.request);
      const { plan } = await submitPlan(store, asked, { spec: asked.body, body: asked.request.body });
      return plan;
    },

    'GET /v1/plans': async ({ query: { limit, cursor, state, q, search, include }, scope }) => {
      const filter = { states: state ?? null, name: q ?? null, search: search ?? null };
      const page = { limit: limit + 1, before: cursor ?? null, ...filter };
      return include === 'spec'
        ? pageOf(await listPlansWithSpecs(store, scope, page), limit, planView)
        : pageOf(await listPlans(store, scope, page), limit, (plan) => planStatusView(plan));
    },

    'GET /v1/plans/{id}': async ({ id, response }) => {
      const [status, spec] = planJson(await mustRead(store, id));
      response.type('json').write(status);
      response.end(spec);
      return response;
    },

    'PATCH /v1/plans/{id}': async ({ id, body: { options }, caller, response }) => {
      const plan = await mustReadStatus(store, id);
      const limits = {
        priority: options.priority,
        maxInFlight: options.max_in_flight,
        failureTolerance: options.failure_tolerance,
        windows: options.windows,
      };
      const own = asCaller(store, response);
      const changed = await changePlanLimits(own, plan.id, planCommands.patch, limits, caller);
      if (changed === 'wrong_state') throw wrongState('patch', await mustReadStatus(store, plan.id));
      if (changed !== 'changed') throw looser(changed.loosens, plan);
      return planView(await mustRead(store, plan.id));
    },

    'POST /v1/plans/{id}/reject': async ({ id, body: { comment }, caller, response }) => {
      const plan = await mustReadStatus(store, id);
      const rejected = await rejectPlan(asCaller(store, response), plan.id, planCommands.reject, { caller, comment });
      if (!rejected) throw wrongState('reject', await mustReadStatus(store, plan.id));
      await tidyUp(store, plan.id);
      return planView(await mustRead(store, plan.id));
    },

    'POST /v1/plans/{id}/pause': command('pause', 'paused', stop(pause, 'paused')),
    'POST /v1/plans/{id}/resume': command('resume', 'running', (own, id) => resumePlan(own, id, resume)),
    'POST /v1/plans/{id}/cancel': command('cancel', 'cancelled', stop(cancel, 'cancelled')),
    'POST /v1/plans/{id}/execute': async (asked) => {
      refuseRehearsal(await mustReadStatus(store, asked.id));
      return execute(asked);
    },

    'POST /v1/plans/{id}/retry': async ({ id, body: { error_code: errorCode, region }, caller, response }) => {
      const plan = await mustReadStatus(store, id);
      if (!planCommands.retry.includes(plan.state)) throw wrongState('retry', plan);
      const retrying = retryReplicas(asCaller(store, response), plan.id, { errorCode, region }, caller);
      await retrying.catch((error: unknown) => {
        throw error instanceof PlanArchived ? archivedPlan() : error;
      });
      return planView(await mustRead(store, plan.id));
    },
  });
}

/**
 * Shows a person at once what a pause or a cancel has done to what was waiting: the first of it, for a large plan. The
 * workers do all of it in any case.
 */
async function tidyUp(store: Store, planId: string): Promise<void> {
  // What has a slot waits again first.
  const tidying = sweep(store).then(() => cancelWaiting(store, planId));
  await Promise.race([tidying.catch(() => undefined), wait(tidyUpMs)]);
}

/** Refuses to execute what a rehearsal has previewed: only a drill that is live changes anything. */
function refuseRehearsal({ state, mode, drill_id: drillId, drill_step: drillStep }: PlanStatusRow): void {
  if (drillId === null || mode !== 'preview') return;
  throw new Problem(
    409,
    'Wrong state',
    `Cannot execute: this plan is ${state} by step ${drillStep} of rehearsal ${drillId}, and a rehearsal changes nothing. Run the runbook with mode: live, or submit a separate plan.`,
  );
}

/** The 409 of a retry whose rows are in the archive. */
function archivedPlan(): Problem {
  return new Problem(
    409,
    'Archived',
    'Cannot retry: this plan is archived and its replicas are read-only. Submit a new plan for these keys.',
  );
}

/** The 409 of a change that would loosen what was approved of a plan that runs. */
function looser(limits: readonly string[], { drill_id: drillId }: PlanStatusRow): Problem {
  const advice =
    drillId === null
      ? 'Pause the plan first: the change then voids its approvals, and it waits for new ones when it is resumed.'
      : `It was approved with drill ${drillId}: declare a new drill with other options.`;
  const detail = `Cannot change ${limits.join(', ')}: that loosens approved limits. ${advice} Limits can be tightened at any time.`;
  return new Problem(409, 'Approved otherwise', detail);
}

/** The 409 of a command that the plan's state forbids. */
export function wrongState(command: PlanCommand, { state }: PlanStatusRow): Problem {
  return new Problem(
    409,
    'Wrong state',
    `Cannot ${command}: plan is ${state}. Possible while it is ${planCommands[command].join(', ')}.`,
  );
}
