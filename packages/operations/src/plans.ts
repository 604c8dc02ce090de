import {
  failuresViewSchema,
  failureToleranceSchema,
  limitsSchema,
  manifestColumns,
  matrixBucketsViewSchema,
  matrixViewSchema,
  type PlanState,
  planActivityViewSchema,
  planListedViewSchema,
  planSpecSchema,
  planStates,
  planViewSchema,
  previewViewSchema,
  regionSchema,
  replicaDetailViewSchema,
  replicaStates,
  replicaViewSchema,
  throughputViewSchema,
  windowsSchema,
} from '@keyferry/core';
import { z } from 'zod';
import { approvers, declare, drillers, everyone, json, operators, sent } from './operation.ts';
import {
  flag,
  idempotencyHeader,
  keyText,
  limit,
  matrixCursor,
  matrixOffset,
  page,
  pageQuery,
  regionText,
  sha256,
  words,
} from './parameters.ts';

const path = z.object({ id: z.uuid().describe('Plan id') });
const plan = json('The plan', planViewSchema);
const read = { tag: 'Plans', roles: everyone, scope: 'plan' } as const;
const readReplicas = { tag: 'Replicas', roles: everyone, scope: 'plan' } as const;
const command = {
  tag: 'Plans',
  path,
  answers: { 200: plan },
  problems: [404, 409, 422],
  roles: operators,
  scope: 'plan',
} as const;

/** What the event stream of a plan sends of its replicas. */
export const eventFields = ['plan', 'matrix', 'all'] as const;

const matrixQuery = z
  .strictObject({
    limit,
    cursor: matrixCursor,
    offset: matrixOffset.describe('Position of the first key among those that match the filter, from 0'),
    state: z.enum(replicaStates).optional().describe('Only keys with a replica in this state'),
    region: regionText.describe('Only keys with a replica in this Region; with `state`: in this state there'),
    q: keyText,
    buckets: z.coerce
      .number<number>()
      .int()
      .min(1)
      .max(500)
      .optional()
      .describe('Instead of keys: counts of all keys in at most this many slices of equal size'),
  })
  .superRefine(({ buckets, limit: _limit, cursor, offset, ...filter }, context) => {
    const given = { cursor, offset, ...filter };
    for (const [name, value] of Object.entries(buckets === undefined ? {} : given)) {
      if (value === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'Not allowed with `buckets`, which covers all keys.',
      });
    }
    if (cursor !== undefined && offset !== undefined) {
      context.addIssue({ code: 'custom', path: ['offset'], message: 'Give either `cursor` or `offset`.' });
    }
  });

export const planOperations = declare({
  'POST /v1/plans': {
    tag: 'Plans',
    summary: 'Submit a plan',
    description:
      'As JSON, or as a streamed manifest with one row per key-Region pair: the rows as the body and the rest of the plan in the ' +
      'query (or as JSON in the query parameter `spec`), or a multipart form with a part `spec` and a part for the rows.',
    headers: idempotencyHeader,
    body: {
      schema: planSpecSchema,
      large: true,
      instead: {
        'text/csv': z.string().describe(`Columns ${manifestColumns.join(', ')}; a header is optional`),
        'application/x-ndjson': z.string().describe('One manifest row per line, as a JSON object'),
        'multipart/form-data': z.object({
          spec: z.string().describe('The plan as JSON, without `keys` and `selector`'),
          manifest: z.string().describe('The rows, as CSV or NDJSON by content type or file name'),
        }),
      },
    },
    answers: {
      202: json('Stored; workers resolve and run it', planViewSchema),
      200: json('The plan that this Idempotency-Key created before', planViewSchema),
    },
    problems: [409, 422],
    roles: operators,
    scope: 'within',
    cost: 10,
    audit: 'plan.submit',
  },
  'GET /v1/plans': {
    tag: 'Plans',
    summary: 'List plans, newest first',
    query: z.strictObject({
      ...pageQuery,
      state: z
        .preprocess((given: PlanState | readonly PlanState[]) => [given].flat(), z.array(z.enum(planStates)))
        .optional()
        .meta({ override: { type: 'array', items: { type: 'string', enum: [...planStates] } } })
        .describe('Only these states: `state=running&state=halted`'),
      q: z.string().min(1).max(200).optional().describe('Part of the name; case-insensitive'),
      search: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe('Part of the name, the change ticket or the submitter; case-insensitive'),
      include: z.literal('spec').optional().describe('Include the `spec` of each plan'),
    }),
    answers: { 200: json('A page', page(planListedViewSchema)) },
    problems: [422],
    roles: everyone,
    scope: 'within',
  },
  'GET /v1/plans/{id}': { ...read, summary: 'Read a plan', path, answers: { 200: plan }, problems: [404] },
  'PATCH /v1/plans/{id}': {
    ...command,
    summary: 'Change the limits of a plan while it runs',
    description:
      'Approvals cover the limits: if the plan has not started, a change voids its approvals. Limits of a running plan with ' +
      'approvals can only be tightened; to loosen them, pause it first, which voids its approvals.',
    body: {
      schema: z.strictObject({
        options: z
          .strictObject({
            priority: z.int().min(0).max(100).optional(),
            max_in_flight: z.int().min(1).max(10_000).optional(),
            failure_tolerance: failureToleranceSchema.nullable().optional(),
            windows: windowsSchema.optional(),
          })
          .refine((options) => Object.keys(options).length > 0, 'Name at least one option to change.'),
      }),
    },
    audit: 'plan.patch',
  },
  'GET /v1/plans/{id}/preview': {
    ...read,
    summary: 'Preview a plan: number of calls, duration, price, and what is blocked',
    path,
    answers: { 200: json('The preview', previewViewSchema) },
    problems: [404, 409],
    cost: 10,
  },
  'POST /v1/plans/{id}/execute': { ...command, summary: 'Run a previewed plan', cost: 10, audit: 'plan.execute' },
  'POST /v1/plans/{id}/approve': {
    ...command,
    summary: 'Approve a plan that waits for approval; not allowed for callers who proposed it',
    body: {
      schema: z.strictObject({
        spec_sha256: sha256.describe('SHA-256 of the plan that was reviewed'),
        resolved_sha256: sha256
          .optional()
          .describe('SHA-256 of the rows that were reviewed; not set: the current rows'),
        limits: limitsSchema
          .partial()
          .default({})
          .describe('The limits that were reviewed; refused if they have changed. Not set: the current limits'),
        comment: words.nullable().default(null),
      }),
    },
    roles: approvers,
    cost: 10,
    audit: 'plan.approve',
  },
  'POST /v1/plans/{id}/reject': {
    ...command,
    summary: 'Reject a plan that awaits approval: it is cancelled, with the comment as its reason',
    body: { schema: z.strictObject({ comment: words.nullable().default(null) }), required: false },
    roles: approvers,
    audit: 'plan.reject',
  },
  'POST /v1/plans/{id}/pause': {
    ...command,
    summary: 'Pause a plan: no new replicas start until it is resumed',
    audit: 'plan.pause',
  },
  'POST /v1/plans/{id}/resume': { ...command, summary: 'Resume a paused or halted plan', audit: 'plan.resume' },
  'POST /v1/plans/{id}/cancel': {
    ...command,
    summary:
      'Cancel a plan: pending replicas are cancelled (in a large plan they count as pending for a while); work in flight finishes',
    audit: 'plan.cancel',
  },
  'POST /v1/plans/{id}/retry': {
    ...command,
    summary:
      'Retry failed and blocked replicas: the first 5,000 at once, the rest within seconds; not for an archived plan',
    body: {
      schema: z.strictObject({ error_code: z.string().min(1).optional(), region: regionSchema.optional() }),
      required: false,
    },
    cost: 10,
    audit: 'plan.retry',
  },
  'GET /v1/plans/{id}/activity': {
    ...read,
    summary:
      'Who did what with a plan and when, newest first: commands, approvals, comments, and the states it reached',
    description: 'The last 200 entries of the audit log about the plan; without what was refused.',
    path,
    answers: { 200: json('The activity', z.object({ items: z.array(planActivityViewSchema) })) },
    problems: [404],
    cost: 3,
  },
  'POST /v1/plans/{id}/comments': {
    tag: 'Plans',
    summary: 'Comment on a plan: kept in the audit log and shown in its activity',
    path,
    body: { schema: z.strictObject({ comment: words }) },
    answers: { 201: json('The comment', planActivityViewSchema) },
    problems: [404, 422],
    roles: drillers,
    scope: 'plan',
    audit: 'plan.comment',
  },
  'GET /v1/plans/{id}/replicas': {
    ...readReplicas,
    summary: "List a plan's replicas",
    path,
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(replicaStates).optional(),
      region: regionText,
      key: z.string().max(2048).describe('A CCKM id, mrk- id, ARN or alias').optional(),
      error_code: z.string().max(100).optional(),
      differs: flag.optional().describe('true: only replicas that differ from the request; false: only the others'),
    }),
    answers: { 200: json('A page', page(replicaViewSchema)) },
    problems: [404, 422],
  },
  'GET /v1/plans/{id}/replicas/{replica_id}': {
    ...readReplicas,
    summary: 'Read a replica with its attempt log',
    path: path.extend({ replica_id: z.uuid() }),
    answers: { 200: json('The replica', replicaDetailViewSchema) },
    problems: [404],
  },
  'GET /v1/plans/{id}/matrix': {
    ...readReplicas,
    summary: 'Read the matrix of a plan: one letter per replica, or counts by slices of keys',
    description:
      'Keys are ordered by account, alias and id; keys that CCKM does not know come last. The order is fixed once the ' +
      'plan is resolved: `index` never changes, and every page by `offset` is equally fast. Filtered ' +
      'pages and counts are cached for at least one second for all callers, longer if they take longer to read; a page without ' +
      'a filter is cached per revision of the plan, which is its `ETag`.',
    path,
    query: matrixQuery,
    answers: {
      200: json('A page of keys, or the counts with `buckets`', z.union([matrixViewSchema, matrixBucketsViewSchema])),
    },
    problems: [404, 409, 422],
    cost: 3,
  },
  'GET /v1/plans/{id}/throughput': {
    ...read,
    summary:
      'Read the progress of a plan: replicas accepted, usable and failed per time slice, and the rate that the quotas allow',
    description:
      'Slices have fixed boundaries: their length is the smallest of 1, 2, 5, 10, 15, 30, 60 … seconds that gives at most ' +
      '`points` slices. Cached for at least one second for all callers, longer if it takes longer to read.',
    path,
    query: z.strictObject({
      points: z.coerce.number<number>().int().min(1).max(1000).default(120).describe('Maximum number of time slices'),
    }),
    answers: { 200: json('The slices', throughputViewSchema) },
    problems: [404, 422],
  },
  'GET /v1/plans/{id}/failures': {
    ...readReplicas,
    summary: 'List failed and blocked replicas of a plan by error code and Region, with the fix',
    description: 'Cached for at least one second for all callers, longer if it takes longer to read.',
    path,
    answers: { 200: json('The causes', failuresViewSchema) },
    problems: [404],
    cost: 3,
  },
  'GET /v1/plans/{id}/events': {
    ...read,
    summary: 'Follow a plan: plan.updated and replica.updated as Server-Sent Events',
    description:
      'At most four messages a second, from one read for all subscribers. A subscriber that does not read is not ' +
      'waited for: later it gets what it missed in one message, each replica once in its current state.',
    path,
    query: z.strictObject({
      fields: z
        .enum(eventFields)
        .default('all')
        .describe(
          'Content of `replica.updated`: `all` fields of each replica, or for `matrix` its key_id, region and state; `plan`: not sent',
        ),
    }),
    headers: z.object({ 'Last-Event-ID': z.string().optional().describe('Continue after this revision') }),
    answers: { 200: sent('An event stream', 'text/event-stream') },
    problems: [404, 422],
  },
  'GET /v1/plans/{id}/report': {
    ...read,
    summary: 'Download the outcome of every replica, streamed',
    path,
    query: z.strictObject({
      format: z
        .enum(['json', 'csv', 'html'], { error: 'Expected format=json, format=csv or format=html.' })
        .default('json'),
    }),
    answers: {
      200: {
        description: 'One row per replica',
        content: {
          'application/json': z.object({
            generated_at: z.iso.datetime(),
            plan: planViewSchema,
            replicas: z.array(replicaViewSchema),
          }),
          'text/csv': z.string(),
          'text/html': z.string(),
        },
      },
    },
    problems: [404, 422],
    cost: 50,
  },
});
