import { planViewSchema, scheduleSchema, scheduleViewSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listSchedulesQuery } from '../schedules/schedule-routes.ts';
import { json, page } from './answers.ts';
import { problems } from './problems.ts';

const scheduleId = z.object({ id: z.uuid().describe('Schedule id') });

export const schedulesPaths: ZodOpenApiPathsObject = {
  '/v1/schedules': {
    post: {
      tags: ['Schedules'],
      summary: 'Submit a plan again and again, at the times of a cron expression',
      requestBody: { required: true, content: { 'application/json': { schema: scheduleSchema } } },
      responses: { '201': json('The schedule', scheduleViewSchema), ...problems('422') },
    },
    get: {
      tags: ['Schedules'],
      summary: 'List schedules, newest first',
      requestParams: { query: listSchedulesQuery },
      responses: { '200': json('A page', page(scheduleViewSchema)), ...problems('422') },
    },
  },
  '/v1/schedules/{id}': {
    get: {
      tags: ['Schedules'],
      summary: 'Read a schedule',
      requestParams: { path: scheduleId },
      responses: { '200': json('The schedule', scheduleViewSchema), ...problems('404') },
    },
    put: {
      tags: ['Schedules'],
      summary: 'Replace what a schedule says; plans that it has submitted stay as they are',
      requestParams: { path: scheduleId },
      requestBody: { required: true, content: { 'application/json': { schema: scheduleSchema } } },
      responses: {
        '200': json('The schedule', scheduleViewSchema),
        ...problems('404', '422'),
      },
    },
    delete: {
      tags: ['Schedules'],
      summary: 'Delete a schedule; its plans stay',
      requestParams: { path: scheduleId },
      responses: { '204': { description: 'Deleted' }, ...problems('404') },
    },
  },
  '/v1/schedules/{id}/run': {
    post: {
      tags: ['Schedules'],
      summary: 'Make a run now, also of a schedule that is not enabled; its next run stays due',
      requestParams: { path: scheduleId },
      responses: { '202': json('The plan of the run', planViewSchema), ...problems('404', '409', '422') },
    },
  },
};
