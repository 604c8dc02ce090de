import type { AuditCheckpointView } from '@keyferry/core';
import { BrokenLog } from '@keyferry/evidence';
import { type Log, reportSparsely } from '@keyferry/log';
import type { Store } from '@keyferry/store';
import { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
import { type Due, signCheckpoint } from './sign-checkpoint.ts';
import type { SigningKey } from './signing-key.ts';

const usuallyDue: Due = { entries: 1_000, ms: 5 * 60_000 };
const lookEveryMs = 10_000;
const warnEveryMs = 5 * 60_000;

/** What signs the audit log in this process, and remembers what was signed last. */
export interface CheckpointSigner {
  readonly key: SigningKey;
  /** Signs the log as it stands where that is due (left out: where anything is not signed yet), unless it refuses to. */
  sign(due?: Due): Promise<void>;
  /** Why the log is not signed; null: it is. */
  refusal(): string | null;
}

/**
 * Signs nothing that does not go on from the last checkpoint that is known: of the file, where one is given, and of this
 * process. Once it has found that, it refuses until the file is another or gone; without a file until it is started again.
 * A file that cannot be written is warned of and tried again.
 */
export function openCheckpointSigner(
  store: Store,
  key: SigningKey,
  { file, log }: { file: string | null; log: Log },
): CheckpointSigner {
  const unwritten = reportSparsely(log, 'could not write the checkpoint file; retrying', warnEveryMs);
  const unread = reportSparsely(log, 'could not read the checkpoint file: nothing is signed', warnEveryMs);
  let known: AuditCheckpointView | null = null;
  /** With what stood in the file then. */
  let broken: { readonly why: string; readonly kept: AuditCheckpointView | null } | null = null;
  let unreadable: string | null = null;

  const look = async (due: Due | undefined): Promise<void> => {
    let kept: AuditCheckpointView | null = null;
    try {
      kept = file === null ? null : await readCheckpointFile(file);
      unreadable = null;
    } catch (error) {
      unread(error);
      unreadable = `KEYFERRY_AUDIT_CHECKPOINT_FILE cannot be read (${error instanceof Error ? error.message : 'unknown'}).`;
      return;
    }
    if (broken !== null) {
      // Where there was none, none was taken away.
      if (broken.kept === null || broken.kept.signature === kept?.signature) return;
      log.warn({ reason: broken.why }, 'the checkpoint file was removed: the audit log is signed as it is now');
      broken = null;
      known = null;
    }
    if (kept !== null && kept.seq > (known?.seq ?? 0)) known = kept;
    try {
      known = await signCheckpoint(store, key, due, { known });
    } catch (error) {
      if (!(error instanceof BrokenLog)) throw error;
      broken = { why: error.message, kept };
      log.error({ err: error }, 'the audit log in Postgres does not continue the signed log: signing stopped');
      return;
    }
    if (file !== null && known !== null && known.signature !== kept?.signature) {
      await writeCheckpointFile(file, known).catch(unwritten);
    }
  };

  let turn: Promise<void> = Promise.resolve();
  return {
    key,
    // One at a time: each goes on from what the one before has found.
    sign: (due) => {
      const mine = turn.then(() => look(due));
      turn = mine.catch(() => undefined);
      return mine;
    },
    refusal: () => broken?.why ?? unreadable,
  };
}

/** Looks every ten seconds whether a checkpoint is due, until it is stopped. */
export function signCheckpoints(signer: CheckpointSigner, log: Log): { stop(): Promise<void> } {
  let signing = Promise.resolve();
  const look = () => {
    signing = signer.sign(usuallyDue).catch((error) => {
      log.warn({ err: error }, 'could not sign a checkpoint of the audit log; retrying');
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
