import { type InputError, type Schedule, type Scope, scheduleSchema } from '@keyferry/core';
import {
  deleteSchedule,
  fixRegionGroups,
  insertSchedule,
  listSchedules,
  readSchedule,
  replaceSchedule,
  runScheduleNow,
  type ScheduleRow,
  type Store,
} from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { absent, invalidInput, Problem, parseInput } from '../http/problem.ts';
import { mustRead as mustReadPlan } from '../plans/find-plan.ts';
import { planView } from '../plans/plan-view.ts';
import { scheduleView } from './schedule-view.ts';

export const listSchedulesQuery = z.strictObject(pageQuery);

/** Schedules: plans that are submitted again and again. */
export function scheduleRoutes(store: Store): Router {
  const router = Router();

  router.post('/', async (request, response) => {
    const { caller: createdBy, scope } = response.locals;
    const schedule = await mustBeValid(store, request.body, scope);
    const id = await insertSchedule(asCaller(store, response), schedule, { createdBy, scope });
    response
      .status(201)
      .location(`/v1/schedules/${id}`)
      .json(scheduleView(await mustRead(store, id)));
  });

  router.get('/', async (request, response) => {
    const { limit, cursor } = parseInput(listSchedulesQuery, request.query);
    const page = { limit: limit + 1, before: cursor ?? null };
    response.json(pageOf(await listSchedules(store, response.locals.scope, page), limit, scheduleView));
  });

  router.get('/:id', async (request, response) => {
    response.json(scheduleView(await mustRead(store, request.params.id)));
  });

  router.put('/:id', async (request, response) => {
    const { id, scope } = await mustRead(store, request.params.id);
    const schedule = await mustBeValid(store, request.body, scope);
    if (!(await replaceSchedule(asCaller(store, response), id, schedule, response.locals.caller)))
      throw absent('schedule', id);
    response.json(scheduleView(await mustRead(store, id)));
  });

  router.delete('/:id', async (request, response) => {
    const { id } = await mustRead(store, request.params.id);
    if (!(await deleteSchedule(asCaller(store, response), id))) throw absent('schedule', id);
    response.status(204).end();
  });

  router.post('/:id/run', async (request, response) => {
    const { id } = await mustRead(store, request.params.id);
    const run = await runScheduleNow(asCaller(store, response), id, response.locals.caller);
    if (run === null) throw absent('schedule', id);
    if (run.outcome === 'invalid') throw invalidInput(inPlan(run.errors));
    if (run.outcome === 'skipped') {
      throw new Problem(
        409,
        'Wrong state',
        `Plan ${run.unfinished} of this schedule is not finished. Wait for it, cancel it, or set "overlap" to "allow".`,
      );
    }
    const plan = await mustReadPlan(store, run.planId);
    response.status(202).location(`/v1/plans/${plan.id}`).json(planView(plan));
  });

  return router;
}

/**
 * Groups are looked up to tell at once which there are not, or go outside the schedule's scope; what they stand for is asked
 * again at each run.
 */
async function mustBeValid(store: Store, body: unknown, scope: Scope): Promise<Schedule> {
  const schedule = parseInput(scheduleSchema, body);
  const fixed = await fixRegionGroups(store, schedule.plan, scope);
  if ('errors' in fixed) throw invalidInput(inPlan(fixed.errors));
  return schedule;
}

function inPlan(errors: readonly InputError[]): InputError[] {
  return errors.map((error) => ({ ...error, path: `plan.${error.path}` }));
}

async function mustRead(store: Store, id: string): Promise<ScheduleRow> {
  const schedule = z.uuid().safeParse(id).success ? await readSchedule(store, id) : null;
  if (schedule === null) throw absent('schedule', id);
  return schedule;
}
