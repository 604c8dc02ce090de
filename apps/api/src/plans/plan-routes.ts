import { setTimeout as wait } from 'node:timers/promises';
import {
  failureToleranceSchema,
  type PlanCommand,
  type PlanState,
  planCommands,
  planSpecSchema,
  planStates,
  regionSchema,
  windowsSchema,
} from '@keyferry/core';
import {
  cancelWaiting,
  changePlanLimits,
  listPlans,
  listPlansWithSpecs,
  PlanArchived,
  type PlanStatusRow,
  resumePlan,
  retryReplicas,
  type Store,
  startPreviewed,
  stopPlan,
  sweep,
} from '@keyferry/store';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';

import { asCaller } from '../http/as-caller.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { Problem, parseInput } from '../http/problem.ts';
import { requireJson } from '../http/require-json.ts';
import { mustRead, mustReadStatus } from './find-plan.ts';
import { planJson, planStatusView, planView } from './plan-view.ts';
import { submitPlan } from './submit-plan.ts';

export const listPlansQuery = z.strictObject({
  ...pageQuery,
  state: z
    .preprocess((given) => [given].flat(), z.array(z.enum(planStates)))
    .optional()
    .meta({ override: { type: 'array', items: { type: 'string', enum: [...planStates] } } })
    .describe('In one of these states: `state=running&state=halted`'),
  q: z.string().min(1).max(200).optional().describe('Part of the name, in any case'),
  include: z.literal('spec').optional().describe('Each plan with its `spec`, which a list leaves out otherwise'),
});
export const retryBody = z.strictObject({ error_code: z.string().min(1).optional(), region: regionSchema.optional() });
export const patchBody = z.strictObject({
  options: z
    .strictObject({
      priority: z.int().min(0).max(100).optional(),
      max_in_flight: z.int().min(1).max(10_000).optional(),
      failure_tolerance: failureToleranceSchema.nullable().optional(),
      windows: windowsSchema.optional(),
    })
    .refine((options) => Object.keys(options).length > 0, 'Name at least one option to change.'),
});
/** How long an answer waits for what a command does to the plan's waiting rows. */
const tidyUpMs = 400;

const emptyBody = z.strictObject({}).default({});
/** Plans: create, list, read, and what a person may tell one to do. */
export function planRoutes(store: Store, { previewMaxAgeMs }: { previewMaxAgeMs: number }): Router {
  const router = Router();

  router.post('/', requireJson, async (request, response) => {
    const given = parseInput(planSpecSchema, request.body);
    await submitPlan(store, request, response, { spec: given, body: request.body });
  });

  router.get('/', async (request, response) => {
    const { limit, cursor, state, q, include } = parseInput(listPlansQuery, request.query);
    const filter = { states: state ?? null, name: q ?? null };
    const page = { limit: limit + 1, before: cursor ?? null, ...filter };
    const { scope } = response.locals;
    if (include === 'spec') {
      response.json(pageOf(await listPlansWithSpecs(store, scope, page), limit, planView));
      return;
    }
    response.json(pageOf(await listPlans(store, scope, page), limit, (plan) => planStatusView(plan)));
  });

  router.get('/:id', async (request, response) => {
    response.type('json').send(planJson(await mustRead(store, request.params.id)));
  });

  router.patch('/:id', async (request, response) => {
    const { options } = parseInput(patchBody, request.body);
    const plan = await mustReadStatus(store, request.params.id);
    const limits = {
      priority: options.priority,
      maxInFlight: options.max_in_flight,
      failureTolerance: options.failure_tolerance,
      windows: options.windows,
    };
    const changed = await changePlanLimits(
      asCaller(store, response),
      plan.id,
      planCommands.patch,
      limits,
      response.locals.caller,
    );
    if (changed === 'wrong_state') throw wrongState('patch', await mustReadStatus(store, plan.id));
    if (changed !== 'changed') throw looser(changed.loosens, plan);
    response.json(planView(await mustRead(store, plan.id)));
  });

  /** A command that `act` carries out unless the plan is in the state `done` already: a script may repeat it, unanswered. */
  const command =
    (
      name: PlanCommand,
      done: PlanState | null,
      act: (own: Store, planId: string, caller: string) => Promise<boolean>,
    ) =>
    async (request: Request, response: Response) => {
      parseInput(emptyBody, request.body);
      const { id, state } = await mustReadStatus(store, String(request.params.id));
      if (state !== done && !(await act(asCaller(store, response), id, response.locals.caller)))
        throw wrongState(name, await mustReadStatus(store, id));
      if (name === 'cancel' || name === 'pause') await tidyUp(store, id);
      response.json(planView(await mustRead(store, id)));
    };
  const { pause, resume, cancel } = planCommands;
  const stop = (from: readonly PlanState[], to: 'paused' | 'cancelled') => (own: Store, id: string) =>
    stopPlan(own, id, from, to);
  router.post('/:id/pause', command('pause', 'paused', stop(pause, 'paused')));
  router.post(
    '/:id/resume',
    command('resume', 'running', (own, id) => resumePlan(own, id, resume)),
  );
  router.post('/:id/cancel', command('cancel', 'cancelled', stop(cancel, 'cancelled')));
  router.post(
    '/:id/execute',
    refuseRehearsal(store),
    command('execute', null, (own, id, caller) => startPreviewed(own, id, caller, previewMaxAgeMs)),
  );

  router.post('/:id/retry', async (request, response) => {
    const filter = parseInput(retryBody.default({}), request.body);
    const plan = await mustReadStatus(store, request.params.id);
    if (!planCommands.retry.includes(plan.state)) throw wrongState('retry', plan);
    const { error_code: errorCode, region } = filter;
    const retrying = retryReplicas(asCaller(store, response), plan.id, { errorCode, region }, response.locals.caller);
    await retrying.catch((error: unknown) => {
      throw error instanceof PlanArchived ? archivedPlan() : error;
    });
    response.json(planView(await mustRead(store, plan.id)));
  });

  return router;
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
function refuseRehearsal(store: Store): RequestHandler<{ id: string }> {
  return async (request, _response, next) => {
    const { state, mode, drillId, drillStep } = await mustReadStatus(store, request.params.id);
    if (drillId !== null && mode === 'preview') {
      throw new Problem(
        409,
        'Wrong state',
        `Cannot execute: this plan is ${state} by step ${drillStep} of rehearsal ${drillId}, and a rehearsal changes nothing. Run the runbook with mode: live, or submit a plan of its own.`,
      );
    }
    next();
  };
}

/** The 409 of a retry whose rows are in the archive. */
function archivedPlan(): Problem {
  return new Problem(
    409,
    'Archived',
    'Cannot retry: this plan is archived, its replicas can be read and not changed. Submit a new plan for these keys.',
  );
}

/** The 409 of a change that would loosen what was approved of a plan that runs. */
function looser(limits: readonly string[], { drillId }: PlanStatusRow): Problem {
  const advice =
    drillId === null
      ? 'Pause the plan first: the change then voids its approvals, and it waits for new ones when it is resumed.'
      : `It was approved with drill ${drillId}: declare a drill with other options instead.`;
  const detail = `Cannot change ${limits.join(', ')}: that loosens limits which were approved. ${advice} Tighter limits are taken at any time.`;
  return new Problem(409, 'Approved otherwise', detail);
}

/** The 409 of a command that the plan's state forbids. */
export function wrongState(command: PlanCommand, { state }: PlanStatusRow): Problem {
  return new Problem(
    409,
    'Wrong state',
    `A plan that is ${state} cannot take "${command}"; that is possible while it is ${planCommands[command].join(', ')}.`,
  );
}
