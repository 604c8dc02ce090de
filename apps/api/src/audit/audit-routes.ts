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
import { routes } from '../http/operation-routes.ts';
import { Problem } from '../http/problem.ts';
import type { CheckpointSigner } from './checkpoint-signer.ts';

/** The audit log, for those who check: entries, signed checkpoints, both as one export, and the key to verify it with. */
export function auditRoutes(store: Store, signer: CheckpointSigner | null) {
  return routes({
    'GET /v1/audit': async ({ query }) => {
      const { limit, cursor, object_type: objectType, object_id: objectId, ...rest } = query;
      const filter = { ...rest, objectType, objectId };
      const entries = await listEntries(store, filter, { limit: limit + 1, before: cursor ?? null });
      return seqPage(entries, limit);
    },

    'GET /v1/audit/checkpoints': async ({ query }) => {
      const { limit, cursor } = query;
      return seqPage(await listCheckpoints(store, { limit: limit + 1, before: cursor ?? null }), limit);
    },

    'GET /v1/audit/key': () => {
      if (signer === null)
        throw new Problem(404, 'Not found', 'KEYFERRY_SIGNING_KEY is not set: checkpoints are not signed.');
      return signer.key.view;
    },

    'GET /v1/audit/export': async ({ query: { from_seq: fromSeq }, response }) => {
      await signer?.sign();
      response.attachment(`keyferry-audit-${fromSeq}.ndjson`).type('application/x-ndjson');
      await pipeline(Readable.from(exportLines(store, fromSeq)), response);
    },
  });
}

function seqPage<View extends { seq: number }>(rows: readonly View[], limit: number): Page<View> {
  const items = rows.slice(0, limit);
  return { items, next_cursor: rows.length > limit ? String(items.at(-1)?.seq) : null };
}

/** Entries in their order, each checkpoint behind the entry that it signs, or where that would stand. */
async function* exportLines(store: Store, fromSeq: number): AsyncGenerator<string> {
  // In this order: a checkpoint after the end of the log is included, so that a lost end is noticed.
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
