import {
  type DrillState,
  drillKeyViewSchema,
  drillListedViewSchema,
  drillLogViewSchema,
  drillStates,
  drillTimesViewSchema,
  drillViewSchema,
  findingSeverities,
  runbookSchema,
} from '@keyferry/core';
import { z } from 'zod';
import { admins, approvers, declare, drillers, everyone, json, operators, sent, witnesses } from './operation.ts';
import { idempotencyHeader, limit, page, pageQuery, sha256, words } from './parameters.ts';

const all = { tag: 'Drills', scope: 'everything' } as const;
const path = z.object({ id: z.uuid().describe('Drill id') });
const drill = json('The drill', drillViewSchema);
/** The number after which a page continues, from the previous page. */
const place = z.coerce
  .number<string>('Use the next_cursor of the previous page, unchanged.')
  .int()
  .min(0)
  .max(2_000_000_000)
  .optional()
  .meta({ override: { type: 'string' } });

export const drillOperations = declare({
  'POST /v1/drills': {
    ...all,
    summary: 'Declare a drill: its keys are read, then it waits for approval or starts',
    headers: idempotencyHeader,
    body: { schema: runbookSchema, large: true },
    answers: { 202: drill, 200: json('The drill that this Idempotency-Key created before', drillViewSchema) },
    problems: [409, 422],
    roles: operators,
    cost: 10,
    audit: 'drill.run',
  },
  'GET /v1/drills': {
    ...all,
    summary: 'List drills, newest first',
    query: z.strictObject({
      ...pageQuery,
      state: z
        .preprocess((given: DrillState | readonly DrillState[]) => [given].flat(), z.array(z.enum(drillStates)))
        .optional()
        .meta({ override: { type: 'array', items: { type: 'string', enum: [...drillStates] } } })
        .describe('Only these states: `state=running&state=paused`'),
    }),
    answers: { 200: json('A page', page(drillListedViewSchema)) },
    problems: [422],
    roles: everyone,
  },
  'GET /v1/drills/{id}': {
    ...all,
    summary: 'Read a drill with its steps, approvals and findings',
    path,
    answers: { 200: drill },
    problems: [404],
    roles: everyone,
  },
  'GET /v1/drills/{id}/keys': {
    ...all,
    summary: 'List the keys of a drill, with the coverage of each Region before and now',
    path,
    query: z.strictObject({ limit, cursor: place }),
    answers: { 200: json('A page', page(drillKeyViewSchema)) },
    problems: [404, 409, 422],
    roles: everyone,
  },
  'GET /v1/drills/{id}/log': {
    ...all,
    summary: 'List the log of a drill, in order',
    path,
    query: z.strictObject({ limit, cursor: place }),
    answers: { 200: json('A page', page(drillLogViewSchema)) },
    problems: [404, 422],
    roles: everyone,
  },
  'GET /v1/drills/{id}/events': {
    ...all,
    summary: 'Follow a drill to its end: Server-Sent Events `drill.updated` (without its runbook) and `drill.log`',
    path,
    headers: z.object({ 'Last-Event-ID': z.string().optional().describe('The log continues after this entry') }),
    answers: { 200: sent('The stream', 'text/event-stream') },
    problems: [404],
    roles: everyone,
  },
  'POST /v1/drills/{id}/approve': {
    ...all,
    summary: 'Approve or reject a drill, or its waiting step; not allowed for callers who declared or resumed it',
    path,
    body: {
      schema: z.strictObject({
        step: z
          .string()
          .min(1)
          .max(63)
          .nullable()
          .default(null)
          .describe('The id of the waiting step; null: the drill as a whole'),
        decision: z.enum(['approve', 'reject']).default('approve'),
        spec_sha256: sha256.describe('SHA-256 of the runbook that was reviewed'),
        scope_sha256: sha256
          .optional()
          .describe('SHA-256 of the keys that were reviewed; not set: the current keys of the drill'),
        comment: words.nullable().default(null),
      }),
    },
    answers: { 200: drill },
    problems: [404, 409, 422],
    roles: approvers,
    cost: 10,
    audit: 'drill.approve',
  },
  'POST /v1/drills/{id}/break-glass': {
    ...all,
    summary: 'Break-glass: continue without the missing approvals; always recorded as a finding',
    path,
    body: { schema: z.strictObject({ reason: words.describe('Stored permanently, as a finding of the drill') }) },
    answers: { 200: drill },
    problems: [404, 409, 422],
    roles: admins,
    audit: 'drill.break_glass',
  },
  'POST /v1/drills/{id}/pause': {
    ...all,
    summary: 'Pause a drill and the plan of its step; work in flight finishes',
    path,
    answers: { 200: drill },
    problems: [404, 409, 422],
    roles: operators,
    audit: 'drill.pause',
  },
  'POST /v1/drills/{id}/resume': {
    ...all,
    summary: 'Resume a paused drill; its timeouts are extended by the pause',
    path,
    answers: { 200: drill },
    problems: [404, 409, 422],
    roles: operators,
    audit: 'drill.resume',
  },
  'POST /v1/drills/{id}/abort': {
    ...all,
    summary: 'Abort a drill; work in flight finishes; with `rollback`, promoted keys are promoted back',
    path,
    body: {
      schema: z
        .strictObject({ rollback: z.boolean().default(false).describe('Promote promoted keys back') })
        .default({ rollback: false }),
      required: false,
    },
    answers: { 200: drill },
    problems: [404, 409, 422],
    roles: operators,
    audit: 'drill.abort',
  },
  'POST /v1/drills/{id}/findings': {
    ...all,
    summary: 'Add a finding with owner and due date, also to a closed drill',
    path,
    body: {
      schema: z.strictObject({
        severity: z.enum(findingSeverities).default('warning'),
        message: words,
        owner: z.string().trim().min(1).max(300).nullable().default(null).describe('The owner of the finding'),
        due: z.iso.date().nullable().default(null),
        ticket: z.string().trim().min(1).max(256).nullable().default(null),
      }),
    },
    answers: { 201: drill },
    problems: [404, 422],
    roles: drillers,
    audit: 'drill.finding',
  },
  'GET /v1/drills/{id}/times': {
    ...all,
    summary: 'Read the times of a drill against its targets, and where time was lost',
    path: z.object({ id: z.uuid() }),
    answers: { 200: json('Its times', drillTimesViewSchema) },
    problems: [404],
    roles: everyone,
    cost: 5,
  },
  'GET /v1/drills/{id}/evidence': {
    ...all,
    summary: 'Download the signed evidence pack of a closed drill, streamed, for `keyferry evidence verify`',
    description:
      'A ZIP file; docs/how-to/evidence.md lists its content. The same drill gives the same files, except for the time of the request and the head of the audit log.',
    path: z.object({ id: z.uuid() }),
    answers: { 200: sent('The pack', 'application/zip', z.string().meta({ format: 'binary' })) },
    problems: [404, 409],
    roles: witnesses,
    cost: 100,
  },
  'GET /v1/drills/{id}/report': {
    ...all,
    summary: 'Read the report of a closed drill, as in its evidence pack',
    path: z.object({ id: z.uuid() }),
    answers: { 200: sent('A page for A4 print', 'text/html') },
    problems: [404, 409],
    roles: everyone,
    cost: 50,
  },
});
