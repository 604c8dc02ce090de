import { type AuditCheckpointView, auditGenesis } from '@keyferry/core';
import canonicalize from 'canonicalize';
import { sha256 } from '../sha256.ts';
import { BrokenLog } from './broken-log.ts';

/** What the next checkpoint signs of this one; null: there is none before it. */
export function hashCheckpoint(checkpoint: AuditCheckpointView | null): string {
  return checkpoint === null ? auditGenesis : sha256(canonicalize(checkpoint) ?? '');
}

/**
 * Throws a BrokenLog where a checkpoint is not the next one after `before`. Those of the old form name none before them:
 * they may stand before the first that does, and nowhere else. `whole`: nothing is left out before the first.
 */
export function mustFollow(
  { seq, prev_hash: follows }: AuditCheckpointView,
  before: AuditCheckpointView | null,
  { whole }: { whole: boolean },
): void {
  if (before !== null && seq <= before.seq) {
    throw new BrokenLog(`The checkpoint of entry ${seq} is out of order, after that of entry ${before.seq}.`);
  }
  if (follows === undefined) {
    if (before?.prev_hash === undefined) return;
    throw new BrokenLog(
      `The checkpoint of entry ${seq} does not name the previous checkpoint, unlike earlier ones: it was inserted.`,
    );
  }
  if (before === null && !whole) return;
  if (follows === hashCheckpoint(before)) return;
  throw new BrokenLog(
    before === null
      ? `A checkpoint before that of entry ${seq} is missing.`
      : `A checkpoint between those of entries ${before.seq} and ${seq} is missing, or that of entry ${before.seq} was changed.`,
  );
}
