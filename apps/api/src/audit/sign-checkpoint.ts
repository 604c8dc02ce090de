import type { AuditCheckpointView } from '@keyferry/core';
import { checkSignature, hashCheckpoint, readPublicKeys } from '@keyferry/evidence';
import {
  insertCheckpoint,
  inTransaction,
  lockCheckpoints,
  readAuditHead,
  readLastCheckpoint,
  type Store,
} from '@keyferry/store';
import { mustDescend } from './must-descend.ts';
import type { SigningKey } from './signing-key.ts';

/** When a checkpoint is due: after so many entries, or with fewer so long after the one before. */
export interface Due {
  readonly entries: number;
  readonly ms: number;
}
const atOnce: Due = { entries: 1, ms: 0 };

/**
 * Signs the log as it stands, if that is due; for any number of APIs at once. Answers the newest checkpoint that this key
 * signed, `known` or a later one; null: there is none. Throws a BrokenLog, and signs nothing, where the log does not go on
 * from `known`, or not from the newest checkpoint in Postgres.
 */
export function signCheckpoint(
  store: Store,
  key: SigningKey,
  due: Due = atOnce,
  { known = null, now = Date.now() }: { known?: AuditCheckpointView | null; now?: number } = {},
): Promise<AuditCheckpointView | null> {
  return inTransaction(store, async (tx) => {
    await lockCheckpoints(tx);
    // In this order: the log may grow meanwhile.
    const newest = await readLastCheckpoint({ prisma: tx });
    const head = await readAuditHead({ prisma: tx });
    const own = newest?.key_id === key.view.key_id ? newest : null;
    if (own !== null) checkSignature(own, readPublicKeys([key.view.public_key]));
    await mustDescend(tx, { head, newest, known, now });
    const entries = head.seq - (newest?.seq ?? 0);
    // What another key signed may say any time: it is not known here.
    const ms = own === null ? Number.POSITIVE_INFINITY : now - Date.parse(own.at);
    if (entries <= 0 || (entries < due.entries && ms < due.ms)) return own ?? known;
    const signed = key.signCheckpoint({ ...head, at: new Date(now).toISOString(), prev_hash: hashCheckpoint(newest) });
    await insertCheckpoint(tx, signed);
    return signed;
  });
}
