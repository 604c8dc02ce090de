import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditCheckpointView, AuditEntryView, AuditLine, Page } from '@keyferry/core';
import {
  eachEntryPage,
  listCheckpoints,
  listEntries,
  readAuditHead,
  readCheckpoints,
  readLastCheckpoint,
  type Store,
} from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { pageQuery } from '../http/page.ts';
import { Problem, parseInput } from '../http/problem.ts';
import type { CheckpointSigner } from './checkpoint-signer.ts';

/** Entries and checkpoints are paged by their numbers. */
const seqPageQuery = {
  limit: pageQuery.limit,
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'Give the next_cursor of the page before, unchanged.')
    .transform(Number)
    .optional()
    .meta({ override: { type: 'string' } }),
};
const time = z.iso
  .datetime({ offset: true, error: 'Give a time with its offset, e.g. 2027-03-01T00:00:00Z.' })
  .transform((text) => new Date(text))
  .optional()
  .meta({ override: { type: 'string', format: 'date-time' } });
const name = z.string().min(1).max(200).optional();

export const listAuditQuery = z.strictObject({
  ...seqPageQuery,
  actor: name.describe('The caller'),
  action: name,
  object_id: name,
  from: time,
  to: time,
});
export const listCheckpointsQuery = z.strictObject(seqPageQuery);
export const exportAuditQuery = z.strictObject({
  from_seq: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .default(1)
    .describe('Entries from this number on'),
});

/** The audit log, for those who check: entries, signed checkpoints, both as one export, and the key to verify it with. */
export function auditRoutes(store: Store, signer: CheckpointSigner | null): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    const { limit, cursor, object_id: objectId, ...rest } = parseInput(listAuditQuery, request.query);
    const entries = await listEntries(store, { ...rest, objectId }, { limit: limit + 1, before: cursor ?? null });
    response.json(seqPage(entries, limit));
  });

  router.get('/checkpoints', async (request, response) => {
    const { limit, cursor } = parseInput(listCheckpointsQuery, request.query);
    response.json(seqPage(await listCheckpoints(store, { limit: limit + 1, before: cursor ?? null }), limit));
  });

  router.get('/key', (_request, response) => {
    if (signer === null)
      throw new Problem(404, 'Not found', 'No KEYFERRY_SIGNING_KEY is set: checkpoints are not signed.');
    response.json(signer.key.view);
  });

  router.get('/export', async (request, response) => {
    const { from_seq: fromSeq } = parseInput(exportAuditQuery, request.query);
    await signer?.sign();
    response.attachment(`keyferry-audit-${fromSeq}.ndjson`).type('application/x-ndjson');
    await pipeline(Readable.from(exportLines(store, fromSeq)), response);
  });

  return router;
}

function seqPage<View extends { seq: number }>(rows: readonly View[], limit: number): Page<View> {
  const items = rows.slice(0, limit);
  return { items, next_cursor: rows.length > limit ? String(items.at(-1)?.seq) : null };
}

/** Entries in their order, each checkpoint behind the entry that it signs, or where that would stand. */
async function* exportLines(store: Store, fromSeq: number): AsyncGenerator<string> {
  // In this order: a checkpoint of something behind the end of the log is told, so that its loss is seen.
  const signed = (await readLastCheckpoint(store))?.seq ?? 0;
  const end = Math.max(signed, (await readAuditHead(store)).seq);
  // What the first entry follows, if that is signed, comes with it.
  let next = fromSeq - 1;
  for await (const entries of eachEntryPage(store, fromSeq, end)) {
    const last = entries.at(-1)?.seq ?? next;
    yield text(entries, await readCheckpoints(store, next, last));
    next = last + 1;
  }
  yield text([], await readCheckpoints(store, next, end));
}

function text(entries: readonly AuditEntryView[], checkpoints: readonly AuditCheckpointView[]): string {
  const lines = [
    ...entries.map((entry) => ({ at: entry.seq, line: { entry } satisfies AuditLine })),
    ...checkpoints.map((checkpoint) => ({ at: checkpoint.seq, line: { checkpoint } satisfies AuditLine })),
  ];
  // Sorting keeps an entry before the checkpoint of the same number.
  lines.sort((a, b) => a.at - b.at);
  return lines.map(({ line }) => `${JSON.stringify(line)}\n`).join('');
}
