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
/** The number after which a page goes on, as the page before told it. */
const place = z.coerce
  .number<string>('Give the next_cursor of the page before, unchanged.')
  .int()
  .min(0)
  .max(2_000_000_000)
  .optional()
  .meta({ override: { type: 'string' } });

export const drillOperations = declare({
  'POST /v1/drills': {
    ...all,
    summary: 'Declare a drill: its keys are read, then it waits for its approvals, or begins',
    headers: idempotencyHeader,
    body: { schema: runbookSchema, large: true },
    answers: { 202: drill, 200: json('The drill that this Idempotency-Key made before', drillViewSchema) },
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
        .describe('In one of these states: `state=running&state=paused`'),
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
    summary: 'The keys of a drill, each with how its Regions were, are, and what became of them',
    path,
    query: z.strictObject({ limit, cursor: place }),
    answers: { 200: json('A page', page(drillKeyViewSchema)) },
    problems: [404, 409, 422],
    roles: everyone,
  },
  'GET /v1/drills/{id}/log': {
    ...all,
    summary: 'What happened in a drill, in its order',
    path,
    query: z.strictObject({ limit, cursor: place }),
    answers: { 200: json('A page', page(drillLogViewSchema)) },
    problems: [404, 422],
    roles: everyone,
  },
  'GET /v1/drills/{id}/events': {
    ...all,
    summary: 'Follow a drill: Server-Sent Events `drill.updated` (without its runbook) and `drill.log`, to its end',
    path,
    headers: z.object({ 'Last-Event-ID': z.string().optional().describe('The log goes on after this entry') }),
    answers: { 200: sent('The stream', 'text/event-stream') },
    problems: [404],
    roles: everyone,
  },
  'POST /v1/drills/{id}/approve': {
    ...all,
    summary: 'Say go or no-go to a drill, or to its step that waits; never by who submitted it or let it go on',
    path,
    body: {
      schema: z.strictObject({
        step: z
          .string()
          .min(1)
          .max(63)
          .nullable()
          .default(null)
          .describe('The id of the step that waits; null: the drill as a whole'),
        decision: z.enum(['approve', 'reject']).default('approve'),
        spec_sha256: sha256.describe('Of the runbook that was looked at'),
        scope_sha256: sha256.optional().describe('Of the keys that were looked at; left out: whatever the drill has'),
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
    summary: 'Let it go on without the approvals it lacks; always a finding of the drill',
    path,
    body: { schema: z.strictObject({ reason: words.describe('Kept for good, and a finding of the drill') }) },
    answers: { 200: drill },
    problems: [404, 409, 422],
    roles: admins,
    audit: 'drill.break_glass',
  },
  'POST /v1/drills/{id}/pause': {
    ...all,
    summary: 'Pause a drill with the plan of its step: what is in flight finishes',
    path,
    answers: { 200: drill },
    problems: [404, 409, 422],
    roles: operators,
    audit: 'drill.pause',
  },
  'POST /v1/drills/{id}/resume': {
    ...all,
    summary: 'Go on with a paused drill; its timeouts move on by the pause',
    path,
    answers: { 200: drill },
    problems: [404, 409, 422],
    roles: operators,
    audit: 'drill.resume',
  },
  'POST /v1/drills/{id}/abort': {
    ...all,
    summary: 'End a drill: what is in flight finishes; with `rollback` what was promoted is promoted back',
    path,
    body: {
      schema: z
        .strictObject({ rollback: z.boolean().default(false).describe('Promote back what was promoted') })
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
    summary: 'Note a finding with who sees to it until when, also once the drill is closed',
    path,
    body: {
      schema: z.strictObject({
        severity: z.enum(findingSeverities).default('warning'),
        message: words,
        owner: z.string().trim().min(1).max(300).nullable().default(null).describe('Who sees to it'),
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
    summary: 'What a drill took so far, against its targets, and what time was lost to',
    path: z.object({ id: z.uuid() }),
    answers: { 200: json('Its times', drillTimesViewSchema) },
    problems: [404],
    roles: everyone,
    cost: 5,
  },
  'GET /v1/drills/{id}/evidence': {
    ...all,
    summary: 'The signed evidence pack of a closed drill, streamed, for `keyferry evidence verify`',
    description:
      'A ZIP; what is in it stands in docs/how-to/evidence.md. The same drill gives the same files, but for the time at which it was asked for and the head of the audit log.',
    path: z.object({ id: z.uuid() }),
    answers: { 200: sent('The pack', 'application/zip', z.string().meta({ format: 'binary' })) },
    problems: [404, 409],
    roles: witnesses,
    cost: 100,
  },
  'GET /v1/drills/{id}/report': {
    ...all,
    summary: 'The report of a closed drill, as it stands in its evidence pack',
    path: z.object({ id: z.uuid() }),
    answers: { 200: sent('A page that prints on A4', 'text/html') },
    problems: [404, 409],
    roles: everyone,
    cost: 50,
  },
});
