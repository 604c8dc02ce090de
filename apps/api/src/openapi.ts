import {
  auditCheckpointViewSchema,
  auditEntryViewSchema,
  auditKeyViewSchema,
  callerViewSchema,
  createdTokenViewSchema,
  laneViewSchema,
  manifestColumns,
  newTokenSchema,
  planSpecSchema,
  planViewSchema,
  previewViewSchema,
  problemSchema,
  regionGroupSchema,
  regionGroupViewSchema,
  replicaDetailViewSchema,
  replicaViewSchema,
  scheduleSchema,
  scheduleViewSchema,
  tokenViewSchema,
} from '@keyferry/core';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { exportAuditQuery, listAuditQuery, listCheckpointsQuery } from './audit/audit-routes.ts';
import { documentRoles } from './http/document-roles.ts';
import { patchLaneBody } from './lane-routes.ts';
import { approveBody } from './plans/approve-route.ts';
import { listPlansQuery, patchBody, retryBody } from './plans/plan-routes.ts';
import { listReplicasQuery } from './plans/replica-routes.ts';
import { reportQuery } from './plans/report-route.ts';
import { listSchedulesQuery } from './schedules/schedule-routes.ts';
import { listTokensQuery } from './token-routes.ts';

/** Everything the API takes and gives, from the same schemas that check and shape it. */

const planId = z.object({ id: z.uuid().describe('Plan id') });
const scheduleId = z.object({ id: z.uuid().describe('Schedule id') });
const groupName = z.object({ name: z.string().describe('Name of the group, without "group:"') });
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });
const json = (description: string, schema: z.ZodType) => ({ description, content: { 'application/json': { schema } } });

const titles: Record<string, string> = {
  '400': 'The body cannot be read',
  '401': 'No valid token',
  '403': 'The role does not allow it; which does is told',
  '404': 'Not there',
  '409':
    'The state forbids it, the plan is not the one that is approved, or the Idempotency-Key was used with another body',
  '413': 'Larger than 32 MiB',
  '415': 'A content type that is not taken here',
  '422': 'Well-formed, but invalid; every error is listed',
  '429': 'More requests a minute than this caller, or failures to authenticate than this address, may send',
  '503': 'A dependency is down',
};

const problem = (status: keyof typeof titles) => ({
  description: titles[status] ?? '',
  ...(status === '429'
    ? { headers: z.object({ 'Retry-After': z.string().describe('Come again in so many seconds') }) }
    : {}),
  content: { 'application/problem+json': { schema: problemSchema } },
});

function problems(...statuses: (keyof typeof titles)[]): ZodOpenApiResponsesObject {
  return Object.fromEntries(['401', ...statuses, '429', '503'].map((status) => [status, problem(status)]));
}

const command = (summary: string, body?: z.ZodType, required = false): ZodOpenApiOperationObject => ({
  tags: ['Plans'],
  summary,
  requestParams: { path: planId },
  ...(body ? { requestBody: { required, content: { 'application/json': { schema: body } } } } : {}),
  responses: { '200': json('The plan', planViewSchema), ...problems('404', '409', '422') },
});

export function openApiDocument(): ReturnType<typeof createDocument> {
  return documentRoles(documentOfRoutes(), {
    description: titles['403'],
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });
}

function documentOfRoutes(): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Keyferry',
      version: '1',
      description: 'Batch replication of multi-Region AWS KMS keys through CipherTrust Cloud Key Manager.',
    },
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths: {
      '/v1/plans': {
        post: {
          tags: ['Plans'],
          summary: 'Submit a plan',
          requestParams: {
            header: z.object({
              'Idempotency-Key': z
                .string()
                .max(255)
                .optional()
                .describe('A repeat with the same body answers the same plan; kept 24 hours'),
            }),
          },
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
            ...problems('400', '409', '413', '415', '422'),
          },
        },
        get: {
          tags: ['Plans'],
          summary: 'List plans, newest first',
          requestParams: { query: listPlansQuery },
          responses: { '200': json('A page', page(planViewSchema)), ...problems('422') },
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
          description: 'They are part of what is approved: of a plan that has not started this voids the approvals.',
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
      '/v1/plans/{id}/cancel': { post: command('Cancel what has not begun; what is in flight finishes') },
      '/v1/plans/{id}/retry': { post: command('Try failed and blocked replicas again', retryBody) },
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
      '/v1/plans/{id}/events': {
        get: {
          tags: ['Plans'],
          summary: 'Follow a plan: plan.updated and replica.updated as Server-Sent Events',
          requestParams: {
            path: planId,
            header: z.object({ 'Last-Event-ID': z.string().optional().describe('Go on after this revision') }),
          },
          responses: {
            '200': { description: 'An event stream', content: { 'text/event-stream': { schema: z.string() } } },
            ...problems('404'),
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
                  schema: z.object({ plan: planViewSchema, replicas: z.array(replicaViewSchema) }),
                },
                'text/csv': { schema: z.string() },
                'text/html': { schema: z.string() },
              },
            },
            ...problems('404', '422'),
          },
        },
      },
      '/v1/schedules': {
        post: {
          tags: ['Schedules'],
          summary: 'Submit a plan again and again, at the times of a cron expression',
          requestBody: { required: true, content: { 'application/json': { schema: scheduleSchema } } },
          responses: { '201': json('The schedule', scheduleViewSchema), ...problems('400', '413', '415', '422') },
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
            ...problems('400', '404', '413', '415', '422'),
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
      '/v1/region-groups': {
        get: {
          tags: ['Region groups'],
          summary: 'What group:<name> stands for in the Regions of a plan',
          responses: { '200': json('All groups', page(regionGroupViewSchema)), ...problems() },
        },
      },
      '/v1/region-groups/{name}': {
        get: {
          tags: ['Region groups'],
          summary: 'Read a group',
          requestParams: { path: groupName },
          responses: { '200': json('The group', regionGroupViewSchema), ...problems('404') },
        },
        put: {
          tags: ['Region groups'],
          summary: 'Make a group, or change what it stands for in plans that are submitted from now on',
          requestParams: { path: groupName },
          requestBody: { required: true, content: { 'application/json': { schema: regionGroupSchema } } },
          responses: { '200': json('The group', regionGroupViewSchema), ...problems('400', '415', '422') },
        },
        delete: {
          tags: ['Region groups'],
          summary: 'Delete a group; plans that named it keep what it stood for',
          requestParams: { path: groupName },
          responses: { '204': { description: 'Deleted' }, ...problems('404') },
        },
      },
      '/v1/lanes': {
        get: {
          tags: ['Lanes'],
          summary: 'What AWS meters, and how fast each lane goes',
          responses: { '200': json('All lanes', page(laneViewSchema)), ...problems() },
        },
      },
      '/v1/lanes/{id}': {
        patch: {
          tags: ['Lanes'],
          summary: 'Set a quota that AWS has raised',
          requestParams: { path: z.object({ id: z.string() }) },
          requestBody: { required: true, content: { 'application/json': { schema: patchLaneBody } } },
          responses: { '200': json('The lane', laneViewSchema), ...problems('404', '422') },
        },
      },
      '/v1/me': {
        get: {
          tags: ['Access'],
          summary: 'Who calls, and what that allows',
          responses: { '200': json('The caller', callerViewSchema), ...problems() },
        },
      },
      '/v1/tokens': {
        get: {
          tags: ['Access'],
          summary: 'List API tokens, newest first, revoked ones too; never the tokens themselves',
          requestParams: { query: listTokensQuery },
          responses: { '200': json('A page', page(tokenViewSchema)), ...problems('422') },
        },
        post: {
          tags: ['Access'],
          summary: 'Make an API token; the answer is the only one that holds it',
          requestBody: { required: true, content: { 'application/json': { schema: newTokenSchema } } },
          responses: { '201': json('The token', createdTokenViewSchema), ...problems('400', '415', '422') },
        },
      },
      '/v1/tokens/{id}': {
        delete: {
          tags: ['Access'],
          summary: 'Revoke an API token',
          requestParams: { path: z.object({ id: z.uuid().describe('Id of the token, not the token itself') }) },
          responses: { '204': { description: 'Revoked, now or before' }, ...problems('404') },
        },
      },
      '/v1/audit': {
        get: {
          tags: ['Audit'],
          summary: 'Who changed what, and what was refused to whom, newest first',
          requestParams: { query: listAuditQuery },
          responses: { '200': json('A page', page(auditEntryViewSchema)), ...problems('422') },
        },
      },
      '/v1/audit/export': {
        get: {
          tags: ['Audit'],
          summary: 'The log with its checkpoints, streamed, for `keyferry audit verify`',
          description:
            'One JSON object a line: `{"entry": …}`, and behind the entry that it signs `{"checkpoint": …}`. Where a key is set, a ' +
            'checkpoint is signed first.',
          requestParams: { query: exportAuditQuery },
          responses: {
            '200': { description: 'The log', content: { 'application/x-ndjson': { schema: z.string() } } },
            ...problems('422'),
          },
        },
      },
      '/v1/audit/checkpoints': {
        get: {
          tags: ['Audit'],
          summary: 'Signed checkpoints of the log, newest first',
          requestParams: { query: listCheckpointsQuery },
          responses: { '200': json('A page', page(auditCheckpointViewSchema)), ...problems('422') },
        },
      },
      '/v1/audit/key': {
        get: {
          tags: ['Audit'],
          summary: 'The public key of the checkpoints that are signed now',
          responses: { '200': json('The key', auditKeyViewSchema), ...problems('404') },
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
      '/metrics': {
        get: {
          tags: ['Health'],
          summary:
            'The installation and the API in the text format of Prometheus; with KEYFERRY_METRICS_OPEN without a token',
          security: [{ token: [] }, {}],
          responses: {
            '200': { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
            '401': problem('401'),
            '503': problem('503'),
          },
        },
      },
      '/healthz': {
        get: {
          tags: ['Health'],
          summary: 'The process is alive',
          security: [],
          responses: { '200': json('Alive', z.object({ status: z.string() })) },
        },
      },
      '/readyz': {
        get: {
          tags: ['Health'],
          summary: 'Postgres and the queue answer',
          security: [],
          responses: {
            '200': json('Ready', z.object({ status: z.string(), checks: z.record(z.string(), z.string()) })),
            '503': json(
              'Which does not answer',
              z.object({ status: z.string(), checks: z.record(z.string(), z.string()) }),
            ),
          },
        },
      },
    },
  });
}
