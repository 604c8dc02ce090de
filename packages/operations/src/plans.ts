import {
  failuresViewSchema,
  failureToleranceSchema,
  limitsSchema,
  manifestColumns,
  matrixBucketsViewSchema,
  matrixViewSchema,
  type PlanState,
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
import { approvers, declare, everyone, json, operators, sent } from './operation.ts';
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

/** What the event stream of a plan tells of its replicas. */
export const eventFields = ['plan', 'matrix', 'all'] as const;

const matrixQuery = z
  .strictObject({
    limit,
    cursor: matrixCursor,
    offset: matrixOffset.describe(
      'Begin with this key of those that the filter lets through, from 0: for a table that jumps anywhere',
    ),
    state: z.enum(replicaStates).optional().describe('Keys with a replica in this state'),
    region: regionText.describe('… or in this Region; with both: in this state there'),
    q: keyText,
    buckets: z.coerce
      .number<number>()
      .int()
      .min(1)
      .max(500)
      .optional()
      .describe('Instead of keys: all of them, cut into at most so many slices of one size'),
  })
  .superRefine(({ buckets, limit: _limit, cursor, offset, ...filter }, context) => {
    const given = { cursor, offset, ...filter };
    for (const [name, value] of Object.entries(buckets === undefined ? {} : given)) {
      if (value === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'Leave it out beside `buckets`, which tells of all keys.',
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
      'As JSON; or as a manifest, a row for each key × Region, streamed: the rows as the body and the rest of the plan in the ' +
      'query (or as JSON in its parameter `spec`), or a form with a part `spec` and the rows as another.',
    headers: idempotencyHeader,
    body: {
      schema: planSpecSchema,
      large: true,
      instead: {
        'text/csv': z.string().describe(`Columns ${manifestColumns.join(', ')}; a header is optional`),
        'application/x-ndjson': z.string().describe('One manifest row a line, as a JSON object'),
        'multipart/form-data': z.object({
          spec: z.string().describe('The plan as JSON, without `keys` and `selector`'),
          manifest: z.string().describe('The rows, as CSV or NDJSON by content type or file name'),
        }),
      },
    },
    answers: {
      202: json('Stored; it is resolved and run by the workers', planViewSchema),
      200: json('The plan that this Idempotency-Key made before', planViewSchema),
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
        .describe('In one of these states: `state=running&state=halted`'),
      q: z.string().min(1).max(200).optional().describe('Part of the name, in any case'),
      include: z.literal('spec').optional().describe('Each plan with its `spec`, which a list leaves out otherwise'),
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
      'They are part of what is approved: of a plan that has not started this voids the approvals. Those of a plan that runs ' +
      'under approvals may be tightened only; loosened once it is paused, which voids its approvals.',
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
    summary: 'What a plan would do: how much, how long, at what price, and what stands in its way',
    path,
    answers: { 200: json('The preview', previewViewSchema) },
    problems: [404, 409],
    cost: 10,
  },
  'POST /v1/plans/{id}/execute': { ...command, summary: 'Run a previewed plan', cost: 10, audit: 'plan.execute' },
  'POST /v1/plans/{id}/approve': {
    ...command,
    summary: 'Approve a plan that awaits it; never for those who proposed it',
    body: {
      schema: z.strictObject({
        spec_sha256: sha256.describe('Of the plan that is approved'),
        resolved_sha256: sha256
          .optional()
          .describe('Of the rows that were looked at; left out: whatever the plan has now'),
        limits: limitsSchema
          .partial()
          .default({})
          .describe(
            'The limits that were looked at, refused when others are in force; left out: whatever the plan has now',
          ),
        comment: words.nullable().default(null),
      }),
    },
    roles: approvers,
    cost: 10,
    audit: 'plan.approve',
  },
  'POST /v1/plans/{id}/pause': {
    ...command,
    summary: 'Start no more replicas until it is resumed',
    audit: 'plan.pause',
  },
  'POST /v1/plans/{id}/resume': { ...command, summary: 'Go on with a paused or halted plan', audit: 'plan.resume' },
  'POST /v1/plans/{id}/cancel': {
    ...command,
    summary:
      'Cancel what has not begun (in a large plan it is still counted as pending for a while); what is in flight finishes',
    audit: 'plan.cancel',
  },
  'POST /v1/plans/{id}/retry': {
    ...command,
    summary:
      'Try failed and blocked replicas again: the first 5,000 at once, more of them within seconds; not those of an archived plan',
    body: {
      schema: z.strictObject({ error_code: z.string().min(1).optional(), region: regionSchema.optional() }),
      required: false,
    },
    cost: 10,
    audit: 'plan.retry',
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
    summary: "A plan's keys × Regions: a letter for each replica, or counts by slices of keys",
    description:
      'Keys stand by account, then by alias, then by id; those that CCKM does not know come last. The order is fixed once the ' +
      'plan is resolved: `index` never changes, and a page by `offset` is as quick anywhere. Which keys a filter lets ' +
      'through, and the counts, are read at most once a second for all who ask, less often the longer it takes; a page without ' +
      'a filter once for each revision of the plan, which is its `ETag`.',
    path,
    query: matrixQuery,
    answers: {
      200: json('A page of keys; with `buckets` the counts', z.union([matrixViewSchema, matrixBucketsViewSchema])),
    },
    problems: [404, 409, 422],
    cost: 3,
  },
  'GET /v1/plans/{id}/throughput': {
    ...read,
    summary: 'How fast a plan went: replicas accepted, usable and failed by slices of time, and what the quotas allow',
    description:
      'Slices keep their place: their length is one of 1, 2, 5, 10, 15, 30, 60 … seconds, the least of which there are at most ' +
      '`points`. Read at most once a second for all who ask, less often the longer it takes.',
    path,
    query: z.strictObject({
      points: z.coerce.number<number>().int().min(1).max(1000).default(120).describe('At most so many slices of time'),
    }),
    answers: { 200: json('The slices', throughputViewSchema) },
    problems: [404, 422],
  },
  'GET /v1/plans/{id}/failures': {
    ...readReplicas,
    summary: 'What failed in a plan or is blocked, by error code and Region, and what to do about it',
    description: 'Read at most once a second for all who ask, less often the longer it takes.',
    path,
    answers: { 200: json('The causes', failuresViewSchema) },
    problems: [404],
    cost: 3,
  },
  'GET /v1/plans/{id}/events': {
    ...read,
    summary: 'Follow a plan: plan.updated and replica.updated as Server-Sent Events',
    description:
      'At most four messages a second; the same reading serves all who follow the plan. A reader who takes nothing is not ' +
      'waited for: later it gets what it missed in one message, each replica once as it is then.',
    path,
    query: z.strictObject({
      fields: z
        .enum(eventFields)
        .default('all')
        .describe(
          'What `replica.updated` carries: `all` of each replica, or for a `matrix` its key_id, region and state; `plan`: it is not sent',
        ),
    }),
    headers: z.object({ 'Last-Event-ID': z.string().optional().describe('Go on after this revision') }),
    answers: { 200: sent('An event stream', 'text/event-stream') },
    problems: [404, 422],
  },
  'GET /v1/plans/{id}/report': {
    ...read,
    summary: 'What became of every replica, streamed',
    path,
    query: z.strictObject({
      format: z
        .enum(['json', 'csv', 'html'], { error: 'Give format=json, format=csv or format=html.' })
        .default('json'),
    }),
    answers: {
      200: {
        description: 'One row a replica',
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
