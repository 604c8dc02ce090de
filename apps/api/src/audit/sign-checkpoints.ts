import type { Log } from '@keyferry/log';
import type { Store } from '@keyferry/store';
import { type Due, signCheckpoint } from './sign-checkpoint.ts';
import type { SigningKey } from './signing-key.ts';

const dueAfter: Due = { entries: 1_000, ms: 5 * 60_000 };
const lookEveryMs = 10_000;

/** Signs checkpoints whenever one is due, until it is stopped. */
export function signCheckpoints(store: Store, key: SigningKey, log: Log): { stop(): Promise<void> } {
  let signing = Promise.resolve();
  const look = () => {
    signing = signCheckpoint(store, key, dueAfter).then(
      () => undefined,
      (error) => {
        log.warn({ err: error }, 'no checkpoint of the audit log could be signed; it is tried again');
      },
    );
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
