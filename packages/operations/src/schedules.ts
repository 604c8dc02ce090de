import { planViewSchema, scheduleSchema, scheduleViewSchema } from '@keyferry/core';
import { z } from 'zod';
import { declare, everyone, json, operators } from './operation.ts';
import { page, pageQuery } from './parameters.ts';

const tag = 'Schedules';
const path = z.object({ id: z.uuid().describe('Schedule id') });
const schedule = json('The schedule', scheduleViewSchema);

export const scheduleOperations = declare({
  'POST /v1/schedules': {
    tag,
    summary: 'Create a schedule: submits a plan at the times of a cron expression',
    body: { schema: scheduleSchema, large: true },
    answers: { 201: schedule },
    problems: [422],
    roles: operators,
    scope: 'within',
    audit: 'schedule.create',
  },
  'GET /v1/schedules': {
    tag,
    summary: 'List schedules, newest first',
    query: z.strictObject(pageQuery),
    answers: { 200: json('A page', page(scheduleViewSchema)) },
    problems: [422],
    roles: everyone,
    scope: 'within',
  },
  'GET /v1/schedules/{id}': {
    tag,
    summary: 'Read a schedule',
    path,
    answers: { 200: schedule },
    problems: [404],
    roles: everyone,
    scope: 'schedule',
  },
  'PUT /v1/schedules/{id}': {
    tag,
    summary: 'Replace a schedule; plans that it has submitted do not change',
    path,
    body: { schema: scheduleSchema, large: true },
    answers: { 200: schedule },
    problems: [404, 422],
    roles: operators,
    scope: 'schedule',
    audit: 'schedule.replace',
  },
  'DELETE /v1/schedules/{id}': {
    tag,
    summary: 'Delete a schedule; its plans are kept',
    path,
    answers: { 204: { description: 'Deleted' } },
    problems: [404],
    roles: operators,
    scope: 'schedule',
    audit: 'schedule.delete',
  },
  'POST /v1/schedules/{id}/run': {
    tag,
    summary: 'Run a schedule now, even if it is not enabled; its next run does not change',
    path,
    answers: { 202: json('The plan of the run', planViewSchema) },
    problems: [404, 409, 422],
    roles: operators,
    scope: 'schedule',
    cost: 10,
    audit: 'schedule.run',
  },
});
