import { auditCheckpointViewSchema, auditEntryViewSchema, auditKeyViewSchema, auditOutcomes } from '@keyferry/core';
import { z } from 'zod';
import { auditors, declare, json, sent } from './operation.ts';
import { limit, numberCursor, page } from './parameters.ts';

const all = { tag: 'Audit', roles: auditors, scope: 'everything' } as const;

/** Entries and checkpoints are paged by their numbers. */
const seqPageQuery = { limit, cursor: numberCursor(15) };
const time = z.iso
  .datetime({ offset: true, error: 'Give a time with its offset, e.g. 2027-03-01T00:00:00Z.' })
  .transform((text) => new Date(text))
  .optional()
  .meta({ override: { type: 'string', format: 'date-time' } });
const name = z.string().min(1).max(200).optional();

export const auditOperations = declare({
  'GET /v1/audit': {
    ...all,
    summary: 'List audit entries, newest first: changes and refused requests',
    query: z.strictObject({
      ...seqPageQuery,
      actor: name.describe('The caller'),
      action: name,
      object_type: name.describe('Of what it is about: `plan`, `token`, `webhook` and so on'),
      object_id: name,
      outcome: z.enum(auditOutcomes).optional(),
      from: time,
      to: time,
    }),
    answers: { 200: json('A page', page(auditEntryViewSchema)) },
    problems: [422],
    cost: 3,
  },
  'GET /v1/audit/export': {
    ...all,
    summary: 'Export the log with its checkpoints, streamed, for `keyferry audit verify`',
    description:
      'One JSON object per line: `{"entry": …}`, and after the entry that it signs `{"checkpoint": …}`. If a signing key is set, a ' +
      'new checkpoint is signed first.',
    query: z.strictObject({
      from_seq: z.coerce
        .number<number>()
        .int()
        .min(1)
        .max(Number.MAX_SAFE_INTEGER)
        .default(1)
        .describe('Only entries from this number on'),
    }),
    answers: { 200: sent('The log', 'application/x-ndjson') },
    problems: [422],
    cost: 100,
  },
  'GET /v1/audit/checkpoints': {
    ...all,
    summary: 'List signed checkpoints of the log, newest first',
    query: z.strictObject(seqPageQuery),
    answers: { 200: json('A page', page(auditCheckpointViewSchema)) },
    problems: [422],
  },
  'GET /v1/audit/key': {
    ...all,
    summary: 'Read the public key of current checkpoints',
    answers: { 200: json('The key', auditKeyViewSchema) },
    problems: [404],
  },
});
