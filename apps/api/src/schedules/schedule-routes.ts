import type { InputError, Schedule, Scope } from '@keyferry/core';
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
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { routes } from '../http/operation-routes.ts';
import { pageOf } from '../http/page.ts';
import { absent, invalidInput, Problem } from '../http/problem.ts';
import { mustRead as mustReadPlan } from '../plans/find-plan.ts';
import { planView } from '../plans/plan-view.ts';
import { scheduleView } from './schedule-view.ts';

/** Schedules: plans that are submitted again and again. */
export function scheduleRoutes(store: Store) {
  return routes({
    'POST /v1/schedules': async ({ body, caller: createdBy, scope, response }) => {
      const schedule = await mustBeValid(store, body, scope);
      const id = await insertSchedule(asCaller(store, response), schedule, { createdBy, scope });
      response.location(`/v1/schedules/${id}`);
      return scheduleView(await mustRead(store, id));
    },

    'GET /v1/schedules': async ({ query, scope }) => {
      const { limit, cursor } = query;
      const page = { limit: limit + 1, before: cursor ?? null };
      return pageOf(await listSchedules(store, scope, page), limit, scheduleView);
    },

    'GET /v1/schedules/{id}': async ({ id }) => scheduleView(await mustRead(store, id)),

    'PUT /v1/schedules/{id}': async (asked) => {
      const { caller, response } = asked;
      const { id, scope } = await mustRead(store, asked.id);
      const schedule = await mustBeValid(store, asked.body, scope);
      if (!(await replaceSchedule(asCaller(store, response), id, schedule, caller))) throw absent('schedule', id);
      return scheduleView(await mustRead(store, id));
    },

    'DELETE /v1/schedules/{id}': async ({ id: named, response }) => {
      const { id } = await mustRead(store, named);
      if (!(await deleteSchedule(asCaller(store, response), id))) throw absent('schedule', id);
    },

    'POST /v1/schedules/{id}/run': async ({ id: named, caller, response }) => {
      const { id } = await mustRead(store, named);
      const run = await runScheduleNow(asCaller(store, response), id, caller);
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
      response.location(`/v1/plans/${plan.id}`);
      return planView(plan);
    },
  });
}

/**
 * Groups are looked up to tell at once which there are not, or go outside the schedule's scope; what they stand for is asked
 * again at each run.
 */
async function mustBeValid(store: Store, schedule: Schedule, scope: Scope): Promise<Schedule> {
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
