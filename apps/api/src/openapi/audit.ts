import { auditCheckpointViewSchema, auditEntryViewSchema, auditKeyViewSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { exportAuditQuery, listAuditQuery, listCheckpointsQuery } from '../audit/audit-routes.ts';
import { json, page } from './answers.ts';
import { problems } from './problems.ts';

export const auditPaths: ZodOpenApiPathsObject = {
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
};
