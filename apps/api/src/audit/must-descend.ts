import type { AuditCheckpointView } from '@keyferry/core';
import { BrokenLog, hashCheckpoint, minimumRetentionMs, mustFollow } from '@keyferry/evidence';
import { readCheckpoints, readDropped, readEntryHash, type Transaction } from '@keyferry/store';

/** Where the log in Postgres stands, and the checkpoint that is known from elsewhere. */
export interface Standing {
  readonly head: { readonly seq: number; readonly hash: string };
  /** The newest checkpoint in Postgres; null: there is none. */
  readonly newest: AuditCheckpointView | null;
  /** The last that is known to have been signed; null: none is known. */
  readonly known: AuditCheckpointView | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Throws a BrokenLog where the log in Postgres does not go on from what was signed: a checkpoint is gone or another, and
 * so is the entry that it signs, unless it was old enough to be dropped. Whether every entry is as it was written, only
 * `keyferry audit verify` says: that takes all of them.
 */
export async function mustDescend(tx: Transaction, { head, newest, known, now }: Standing): Promise<void> {
  if (known !== null) mustGoOn(await readCheckpoints({ prisma: tx }, known.seq, Number.MAX_SAFE_INTEGER), known);
  if (newest === null) return;
  if (head.seq < newest.seq) {
    throw new BrokenLog(
      `Entry ${head.seq + 1} is missing: the log ends with entry ${head.seq}, but entry ${newest.seq} was signed.`,
    );
  }
  for (const checkpoint of known === null || known.seq === newest.seq ? [newest] : [known, newest]) {
    await mustHaveEntry(tx, checkpoint, now);
  }
  if (head.seq > newest.seq && (await readEntryHash(tx, head.seq)) !== head.hash) {
    throw new BrokenLog(`Entry ${head.seq} does not match the head of the log.`);
  }
}

/** `checkpoints`: those in Postgres from the known one on. */
function mustGoOn(checkpoints: readonly AuditCheckpointView[], known: AuditCheckpointView): void {
  const [first, ...rest] = checkpoints;
  if (first?.seq !== known.seq) {
    throw new BrokenLog(`The signed checkpoint of entry ${known.seq} is missing.`);
  }
  if (hashCheckpoint(first) !== hashCheckpoint(known)) {
    throw new BrokenLog(`The checkpoint of entry ${known.seq} differs from the signed one.`);
  }
  let before = first;
  for (const checkpoint of rest) {
    mustFollow(checkpoint, before, { whole: false });
    before = checkpoint;
  }
}

async function mustHaveEntry(tx: Transaction, { seq, hash, at }: AuditCheckpointView, now: number): Promise<void> {
  const found = await readEntryHash(tx, seq);
  if (found === hash) return;
  if (found !== null) {
    throw new BrokenLog(`Entry ${seq} differs from the signed one: it, or an earlier entry, was rewritten.`);
  }
  const dropped = await readDropped(tx);
  const told = dropped !== null && (dropped.seq > seq || (dropped.seq === seq && dropped.hash === hash));
  if (told && now - Date.parse(at) >= minimumRetentionMs) return;
  throw new BrokenLog(
    told
      ? `Entry ${seq} was dropped too early: it was signed at ${at}.`
      : `Signed entry ${seq} is missing, and no entry records that it was dropped.`,
  );
}
