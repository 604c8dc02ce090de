import {
  circuitResetViewSchema,
  estateKeyDetailViewSchema,
  estateViewSchema,
  keyCoverageViewSchema,
  keyReplicaViewSchema,
  laneViewSchema,
  overviewViewSchema,
} from '@keyferry/core';
import { z } from 'zod';
import { admins, declare, everyone, json, operators, sent } from './operation.ts';
import { flag, limit, numberCursor, page, pageQuery } from './parameters.ts';

const region = z.string().min(1).max(64);
const keyPath = z.object({ id: z.string().describe('CCKM id of any member of the set, AWS key id, or ARN') });
const ofKey = { tag: 'Keys', path: keyPath, roles: everyone, scope: 'everything' } as const;

/** What is about the installation as a whole: its keys, its lanes, its queues, and all of it at a glance. */
export const installationOperations = declare({
  'GET /v1/keys': {
    tag: 'Keys',
    summary: 'List all keys of CCKM with their Regions',
    description:
      'As last read from CCKM (`read_at`). If that is a few minutes old, this request makes a worker read it again.',
    query: z.strictObject({
      limit,
      cursor: numberCursor(9),
      q: z
        .string()
        .min(1)
        .max(2048)
        .optional()
        .describe('Text in alias, key id or account, case-insensitive; or a whole ARN'),
      tag: z
        .string()
        .min(1)
        .max(400)
        .optional()
        .describe('Keys with this tag in any Region: `tier`, or `tier=1` for exactly this value'),
      account: z.string().min(1).max(64).optional(),
      region: region.optional().describe('Only keys in this Region that are not pending deletion there'),
      missing_in: region.optional().describe('Only keys that are not in this Region'),
      multi_region: flag.optional(),
    }),
    answers: { 200: json('A page', estateViewSchema) },
    problems: [422],
    roles: everyone,
    scope: 'everything',
    cost: 3,
  },
  'GET /v1/keys/{id}': {
    ...ofKey,
    summary: 'Read a key: its multi-Region set, with ARNs and tags',
    answers: { 200: json('The key', estateKeyDetailViewSchema) },
    problems: [404],
    cost: 2,
  },
  'GET /v1/keys/{id}/replicas': {
    ...ofKey,
    summary: 'What plans did with a key, newest first; rows of archived plans are left out',
    query: z.strictObject(pageQuery),
    answers: { 200: json('A page', page(keyReplicaViewSchema)) },
    problems: [404, 422],
    cost: 3,
  },
  'GET /v1/keys/{id}/coverage': {
    ...ofKey,
    summary: 'What the newest check of each coverage policy found of a key',
    answers: { 200: json('Its cells by policy and Region', page(keyCoverageViewSchema)) },
    problems: [404],
    cost: 10,
  },
  'GET /v1/lanes': {
    tag: 'Lanes',
    summary: 'List lanes with their quotas and current rates',
    answers: { 200: json('All lanes', page(laneViewSchema)) },
    roles: everyone,
    scope: 'within',
  },
  'PATCH /v1/lanes/{id}': {
    tag: 'Lanes',
    summary: 'Set the quota of a lane after AWS changed it',
    path: z.object({ id: z.string() }),
    body: {
      schema: z.strictObject({
        quota_per_second: z
          .number()
          .min(0.01)
          .max(10_000)
          .nullable()
          .describe("This account's quota in AWS, requests per second; null: the configured default"),
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
    summary: 'Close the circuit of a lane or of `cckm`: calls resume; failed calls open it again',
    path: z.object({ id: z.string().describe('A lane, or `cckm`') }),
    answers: { 200: json('The circuit', circuitResetViewSchema) },
    problems: [404],
    roles: operators,
    scope: 'lane',
    audit: 'lane.reset',
  },
  'GET /v1/overview': {
    tag: 'Overview',
    summary: 'Read the overview: health and its causes, plans, lanes, workers, recent failures',
    description: 'Cached for one second for all callers.',
    answers: { 200: json('The overview', overviewViewSchema) },
    roles: everyone,
    scope: 'everything',
    // Read once for all who ask at the same time.
    cost: 2,
  },
  'GET /v1/events': {
    tag: 'Overview',
    summary: 'Follow all unfinished plans: plan.updated as Server-Sent Events',
    description:
      'Starts with the current plans, most urgent first, also after a reconnect; then sends, at most once a second, ' +
      'the plans that changed, including their end. `truncated` follows if more than 50 changed at once: read ' +
      '/v1/overview then.',
    answers: { 200: sent('An event stream', 'text/event-stream') },
    roles: everyone,
    scope: 'everything',
  },
  // Outside /v1: Bull Board serves it, and what it loads.
  'GET /queues': {
    tag: 'Queues',
    summary: "View BullMQ's queues, read-only: a page for a browser, with its assets below this path",
    answers: { 200: sent('The page of Bull Board', 'text/html') },
    roles: admins,
    scope: 'everything',
  },
});
