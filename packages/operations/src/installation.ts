import { circuitResetViewSchema, estateViewSchema, laneViewSchema, overviewViewSchema } from '@keyferry/core';
import { z } from 'zod';
import { admins, declare, everyone, json, operators, sent } from './operation.ts';
import { flag, limit, numberCursor, page } from './parameters.ts';

const region = z.string().min(1).max(64);

/** What is about the installation as a whole: its keys, its lanes, its queues, and all of it at a glance. */
export const installationOperations = declare({
  'GET /v1/keys': {
    tag: 'Keys',
    summary: 'Every key that CCKM lists, with the Regions that it is in',
    description:
      'As it was last read of CCKM (`read_at`). Asking for it has a worker read it again, when it is older than some minutes.',
    query: z.strictObject({
      limit,
      cursor: numberCursor(9),
      q: z.string().min(1).max(256).optional().describe('In alias, key id or account, in any case'),
      account: z.string().min(1).max(64).optional(),
      region: region.optional().describe('Keys that are there, and not pending deletion'),
      missing_in: region.optional().describe('Keys that are not'),
      multi_region: flag.optional(),
    }),
    answers: { 200: json('A page', estateViewSchema) },
    problems: [422],
    roles: everyone,
    scope: 'everything',
    cost: 3,
  },
  'GET /v1/lanes': {
    tag: 'Lanes',
    summary: 'What AWS meters, and how fast each lane goes',
    answers: { 200: json('All lanes', page(laneViewSchema)) },
    roles: everyone,
    scope: 'within',
  },
  'PATCH /v1/lanes/{id}': {
    tag: 'Lanes',
    summary: 'Set a quota that AWS has raised',
    path: z.object({ id: z.string() }),
    body: {
      schema: z.strictObject({
        quota_per_second: z
          .number()
          .min(0.01)
          .max(10_000)
          .nullable()
          .describe("This account's quota in AWS, requests a second; null: the configured default"),
      }),
    },
    answers: { 200: json('The lane', laneViewSchema) },
    problems: [404, 422],
    roles: operators,
    scope: 'lane',
    audit: 'lane.patch',
  },
  'POST /v1/lanes/{id}/reset': {
    tag: 'Lanes',
    summary: 'Close the circuit of a lane, or of `cckm`: calls go through again, and open it again where they fail',
    path: z.object({ id: z.string().describe('A lane, or `cckm`') }),
    answers: { 200: json('The circuit', circuitResetViewSchema) },
    problems: [404],
    roles: operators,
    scope: 'lane',
    audit: 'lane.reset',
  },
  'GET /v1/overview': {
    tag: 'Overview',
    summary: 'The installation at a glance: health and its causes, plans, lanes, workers, recent failures',
    description: 'Read at most once a second for all who ask.',
    answers: { 200: json('The overview', overviewViewSchema) },
    roles: everyone,
    scope: 'everything',
    // Read once for all who ask at the same time.
    cost: 2,
  },
  'GET /v1/events': {
    tag: 'Overview',
    summary: 'Follow all plans that are not finished: plan.updated as Server-Sent Events',
    description:
      'Begins with the plans as they are, the most urgent first, also when it is opened again; then, once a second at most, ' +
      'those that have changed, the end of a plan too. `truncated` follows where more than 50 changed at once: read ' +
      '/v1/overview then.',
    answers: { 200: sent('An event stream', 'text/event-stream') },
    roles: everyone,
    scope: 'everything',
  },
  // Outside /v1: Bull Board serves it, and what it loads.
  'GET /queues': {
    tag: 'Queues',
    summary: "BullMQ's queues as they are, to look at: a page for a browser, with what it loads below this path",
    answers: { 200: sent('The page of Bull Board', 'text/html') },
    roles: admins,
    scope: 'everything',
  },
});
