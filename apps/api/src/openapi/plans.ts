import {
  failuresViewSchema,
  manifestColumns,
  matrixBucketsViewSchema,
  matrixViewSchema,
  planListedViewSchema,
  planSpecSchema,
  planViewSchema,
  previewViewSchema,
  replicaDetailViewSchema,
  replicaViewSchema,
  throughputViewSchema,
} from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { approveBody } from '../plans/approve-route.ts';
import { eventsQuery } from '../plans/events-route.ts';
import { matrixQuery } from '../plans/matrix-route.ts';
import { listPlansQuery, patchBody, retryBody } from '../plans/plan-routes.ts';
import { listReplicasQuery } from '../plans/replica-routes.ts';
import { reportQuery } from '../plans/report-route.ts';
import { throughputQuery } from '../plans/throughput-route.ts';
import { json, page } from './answers.ts';
import { idempotencyHeader } from './idempotency-header.ts';
import { problems } from './problems.ts';

const planId = z.object({ id: z.uuid().describe('Plan id') });

const command = (summary: string, body?: z.ZodType, required = false): ZodOpenApiOperationObject => ({
  tags: ['Plans'],
  summary,
  requestParams: { path: planId },
  ...(body ? { requestBody: { required, content: { 'application/json': { schema: body } } } } : {}),
  responses: { '200': json('The plan', planViewSchema), ...problems('404', '409', '422') },
});

export const plansPaths: ZodOpenApiPathsObject = {
  '/v1/plans': {
    post: {
      tags: ['Plans'],
      summary: 'Submit a plan',
      requestParams: { header: idempotencyHeader },
      description:
        'As JSON; or as a manifest, a row for each key × Region, streamed: the rows as the body and the rest of the plan in the ' +
        'query (or as JSON in its parameter `spec`), or a form with a part `spec` and the rows as another.',
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: planSpecSchema },
          'text/csv': {
            schema: z.string().describe(`Columns ${manifestColumns.join(', ')}; a header is optional`),
          },
          'application/x-ndjson': { schema: z.string().describe('One manifest row a line, as a JSON object') },
          'multipart/form-data': {
            schema: z.object({
              spec: z.string().describe('The plan as JSON, without `keys` and `selector`'),
              manifest: z.string().describe('The rows, as CSV or NDJSON by content type or file name'),
            }),
          },
        },
      },
      responses: {
        '202': json('Stored; it is resolved and run by the workers', planViewSchema),
        '200': json('The plan that this Idempotency-Key made before', planViewSchema),
        ...problems('409', '422'),
      },
    },
    get: {
      tags: ['Plans'],
      summary: 'List plans, newest first',
      requestParams: { query: listPlansQuery },
      responses: { '200': json('A page', page(planListedViewSchema)), ...problems('422') },
    },
  },
  '/v1/plans/{id}': {
    get: {
      tags: ['Plans'],
      summary: 'Read a plan',
      requestParams: { path: planId },
      responses: { '200': json('The plan', planViewSchema), ...problems('404') },
    },
    patch: {
      tags: ['Plans'],
      summary: 'Change the limits of a plan while it runs',
      description:
        'They are part of what is approved: of a plan that has not started this voids the approvals. Those of a plan that runs ' +
        'under approvals may be tightened only; loosened once it is paused, which voids its approvals.',
      requestParams: { path: planId },
      requestBody: { required: true, content: { 'application/json': { schema: patchBody } } },
      responses: { '200': json('The plan', planViewSchema), ...problems('404', '409', '422') },
    },
  },
  '/v1/plans/{id}/preview': {
    get: {
      tags: ['Plans'],
      summary: 'What a plan would do: how much, how long, at what price, and what stands in its way',
      requestParams: { path: planId },
      responses: { '200': json('The preview', previewViewSchema), ...problems('404', '409') },
    },
  },
  '/v1/plans/{id}/execute': { post: command('Run a previewed plan') },
  '/v1/plans/{id}/approve': {
    post: command('Approve a plan that awaits it; never for those who proposed it', approveBody, true),
  },
  '/v1/plans/{id}/pause': { post: command('Start no more replicas until it is resumed') },
  '/v1/plans/{id}/resume': { post: command('Go on with a paused or halted plan') },
  '/v1/plans/{id}/cancel': {
    post: command(
      'Cancel what has not begun (in a large plan it is still counted as pending for a while); what is in flight finishes',
    ),
  },
  '/v1/plans/{id}/retry': {
    post: command(
      'Try failed and blocked replicas again: the first 5,000 at once, more of them within seconds; not those of an archived plan',
      retryBody,
    ),
  },
  '/v1/plans/{id}/replicas': {
    get: {
      tags: ['Replicas'],
      summary: "List a plan's replicas",
      requestParams: { path: planId, query: listReplicasQuery },
      responses: { '200': json('A page', page(replicaViewSchema)), ...problems('404', '422') },
    },
  },
  '/v1/plans/{id}/replicas/{replica_id}': {
    get: {
      tags: ['Replicas'],
      summary: 'Read a replica with its attempt log',
      requestParams: { path: planId.extend({ replica_id: z.uuid() }) },
      responses: { '200': json('The replica', replicaDetailViewSchema), ...problems('404') },
    },
  },
  '/v1/plans/{id}/matrix': {
    get: {
      tags: ['Replicas'],
      summary: "A plan's keys × Regions: a letter for each replica, or counts by slices of keys",
      description:
        'Keys stand by account, then by alias, then by id; those that CCKM does not know come last. The order is fixed once the ' +
        'plan is resolved: `index` never changes, and a page by `offset` is as quick anywhere. Which keys a filter lets ' +
        'through, and the counts, are read at most once a second for all who ask, less often the longer it takes; a page without ' +
        'a filter once for each revision of the plan, which is its `ETag`.',
      requestParams: { path: planId, query: matrixQuery },
      responses: {
        '200': json('A page of keys; with `buckets` the counts', z.union([matrixViewSchema, matrixBucketsViewSchema])),
        ...problems('404', '409', '422'),
      },
    },
  },
  '/v1/plans/{id}/throughput': {
    get: {
      tags: ['Plans'],
      summary:
        'How fast a plan went: replicas accepted, usable and failed by slices of time, and what the quotas allow',
      description:
        'Slices keep their place: their length is one of 1, 2, 5, 10, 15, 30, 60 … seconds, the least of which there are at most ' +
        '`points`. Read at most once a second for all who ask, less often the longer it takes.',
      requestParams: { path: planId, query: throughputQuery },
      responses: { '200': json('The slices', throughputViewSchema), ...problems('404', '422') },
    },
  },
  '/v1/plans/{id}/failures': {
    get: {
      tags: ['Replicas'],
      summary: 'What failed in a plan or is blocked, by error code and Region, and what to do about it',
      description: 'Read at most once a second for all who ask, less often the longer it takes.',
      requestParams: { path: planId },
      responses: { '200': json('The causes', failuresViewSchema), ...problems('404') },
    },
  },
  '/v1/plans/{id}/events': {
    get: {
      tags: ['Plans'],
      summary: 'Follow a plan: plan.updated and replica.updated as Server-Sent Events',
      description:
        'At most four messages a second; the same reading serves all who follow the plan. A reader who takes nothing is not ' +
        'waited for: later it gets what it missed in one message, each replica once as it is then.',
      requestParams: {
        path: planId,
        query: eventsQuery,
        header: z.object({ 'Last-Event-ID': z.string().optional().describe('Go on after this revision') }),
      },
      responses: {
        '200': { description: 'An event stream', content: { 'text/event-stream': { schema: z.string() } } },
        ...problems('404', '422'),
      },
    },
  },
  '/v1/plans/{id}/report': {
    get: {
      tags: ['Plans'],
      summary: 'What became of every replica, streamed',
      requestParams: { path: planId, query: reportQuery },
      responses: {
        '200': {
          description: 'One row a replica',
          content: {
            'application/json': {
              schema: z.object({
                generated_at: z.iso.datetime(),
                plan: planViewSchema,
                replicas: z.array(replicaViewSchema),
              }),
            },
            'text/csv': { schema: z.string() },
            'text/html': { schema: z.string() },
          },
        },
        ...problems('404', '422'),
      },
    },
  },
  '/plan.schema.json': {
    get: {
      tags: ['Plans'],
      summary: 'The JSON Schema of a plan file, for editors',
      security: [],
      responses: {
        '200': {
          description: 'JSON Schema, draft 2020-12',
          content: { 'application/schema+json': { schema: z.record(z.string(), z.unknown()) } },
        },
      },
    },
  },
};
