import {
  drillKeyViewSchema,
  drillListedViewSchema,
  drillLogViewSchema,
  drillViewSchema,
  runbookSchema,
} from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  abortDrillBody,
  breakGlassBody,
  decideDrillBody,
  drillKeysQuery,
  drillLogQuery,
  listDrillsQuery,
  noteFindingBody,
} from '../drills/drill-routes.ts';
import { json, page } from './answers.ts';
import { idempotencyHeader } from './idempotency-header.ts';
import { problems } from './problems.ts';

const path = z.object({ id: z.uuid().describe('Drill id') });
const body = (schema: z.ZodType) => ({ required: true, content: { 'application/json': { schema } } });
const tags = ['Drills'];
const drill = json('The drill', drillViewSchema);

const command = (summary: string) => ({
  post: {
    tags,
    summary,
    requestParams: { path },
    responses: { '200': drill, ...problems('404', '409', '422') },
  },
});

export const drillsPaths: ZodOpenApiPathsObject = {
  '/v1/drills': {
    post: {
      tags,
      summary: 'Declare a drill: its keys are read, then it waits for its approvals, or begins',
      requestParams: { header: idempotencyHeader },
      requestBody: body(runbookSchema),
      responses: {
        '202': drill,
        '200': json('The drill that this Idempotency-Key made before', drillViewSchema),
        ...problems('409', '422'),
      },
    },
    get: {
      tags,
      summary: 'List drills, newest first',
      requestParams: { query: listDrillsQuery },
      responses: { '200': json('A page', page(drillListedViewSchema)), ...problems('422') },
    },
  },
  '/v1/drills/{id}': {
    get: {
      tags,
      summary: 'Read a drill with its steps, approvals and findings',
      requestParams: { path },
      responses: { '200': drill, ...problems('404') },
    },
  },
  '/v1/drills/{id}/keys': {
    get: {
      tags,
      summary: 'The keys of a drill, each with how its Regions were, are, and what became of them',
      requestParams: { path, query: drillKeysQuery },
      responses: { '200': json('A page', page(drillKeyViewSchema)), ...problems('404', '409', '422') },
    },
  },
  '/v1/drills/{id}/log': {
    get: {
      tags,
      summary: 'What happened in a drill, in its order',
      requestParams: { path, query: drillLogQuery },
      responses: { '200': json('A page', page(drillLogViewSchema)), ...problems('404', '422') },
    },
  },
  '/v1/drills/{id}/events': {
    get: {
      tags,
      summary: 'Follow a drill: Server-Sent Events `drill.updated` (without its runbook) and `drill.log`, to its end',
      requestParams: {
        path,
        header: z.object({ 'Last-Event-ID': z.string().optional().describe('The log goes on after this entry') }),
      },
      responses: {
        '200': { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
        ...problems('404'),
      },
    },
  },
  '/v1/drills/{id}/approve': {
    post: {
      tags,
      summary: 'Say go or no-go to a drill, or to its step that waits; never by who submitted it or let it go on',
      requestParams: { path },
      requestBody: body(decideDrillBody),
      responses: { '200': drill, ...problems('404', '409', '422') },
    },
  },
  '/v1/drills/{id}/break-glass': {
    post: {
      tags,
      summary: 'Let it go on without the approvals it lacks; always a finding of the drill',
      requestParams: { path },
      requestBody: body(breakGlassBody),
      responses: { '200': drill, ...problems('404', '409', '422') },
    },
  },
  '/v1/drills/{id}/pause': command('Pause a drill with the plan of its step: what is in flight finishes'),
  '/v1/drills/{id}/resume': command('Go on with a paused drill; its timeouts move on by the pause'),
  '/v1/drills/{id}/abort': {
    post: {
      tags,
      summary: 'End a drill: what is in flight finishes; with `rollback` what was promoted is promoted back',
      requestParams: { path },
      requestBody: { required: false, content: { 'application/json': { schema: abortDrillBody } } },
      responses: { '200': drill, ...problems('404', '409', '422') },
    },
  },
  '/v1/drills/{id}/findings': {
    post: {
      tags,
      summary: 'Note a finding with who sees to it until when, also once the drill is closed',
      requestParams: { path },
      requestBody: body(noteFindingBody),
      responses: { '201': drill, ...problems('404', '422') },
    },
  },
  '/drill.schema.json': {
    get: {
      tags,
      security: [],
      summary: 'The JSON Schema of a runbook, for editors',
      responses: {
        '200': {
          description: 'The schema',
          content: { 'application/schema+json': { schema: z.record(z.string(), z.unknown()) } },
        },
      },
    },
  },
};
