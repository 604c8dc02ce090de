import type { Log } from '@keyferry/log';
import { insertCheckpoint, readAuditHead, readLastCheckpoint, type Store } from '@keyferry/store';
import type { SigningKey } from './signing-key.ts';

/** A checkpoint is due after so many entries, or with fewer after this time. */
const dueAfter = { entries: 1_000, ms: 5 * 60_000 };
const lookEveryMs = 10_000;

/** Signs the log as it stands, unless it is signed up to there; for any number of APIs at once. */
export async function signCheckpoint(store: Store, key: SigningKey, due = { entries: 1, ms: 0 }): Promise<void> {
  const [{ seq, hash }, last] = [await readAuditHead(store), await readLastCheckpoint(store)];
  const entries = seq - (last?.seq ?? 0);
  const ms = last === null ? Number.POSITIVE_INFINITY : Date.now() - Date.parse(last.at);
  if (entries <= 0 || (entries < due.entries && ms < due.ms)) return;
  await insertCheckpoint(store, key.signCheckpoint({ seq, hash, at: new Date().toISOString() }));
}

/** Signs checkpoints whenever one is due, until it is stopped. */
export function signCheckpoints(store: Store, key: SigningKey, log: Log): { stop(): Promise<void> } {
  let signing = Promise.resolve();
  const look = () => {
    signing = signCheckpoint(store, key, dueAfter).catch((error) => {
      log.warn({ err: error }, 'no checkpoint of the audit log could be signed; it is tried again');
    });
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await signing;
    },
  };
}
