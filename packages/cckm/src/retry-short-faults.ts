import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { CckmError } from './cckm-error.ts';

/** What passes within seconds; anything longer is the caller's to wait for. */
const short = new Set([
  'connection_refused',
  'connection_lost',
  'cckm_unavailable',
  // A check of thousands of reads would never end where one in a hundred of them fails so.
  'cckm_internal',
  'rate_limited',
  'unreadable_answer',
]);
/** A Retry-After longer than this is handed on. */
const longestWaitMs = 2_000;

/**
 * Repeats what changes nothing, up to twice, over faults of the network that pass in a moment. Honours Retry-After. The
 * call is told how often it was made before.
 */
export function retryShortFaults<T>(call: (resends: number) => Promise<T>): Promise<T> {
  return pRetry((attempt) => call(attempt - 1), {
    retries: 2,
    minTimeout: 100,
    maxTimeout: 1_000,
    randomize: true,
    shouldRetry: ({ error }) =>
      error instanceof CckmError && short.has(faultOf(error).code) && (error.retryAfterMs ?? 0) <= longestWaitMs,
    onFailedAttempt: async ({ error }) => {
      if (error instanceof CckmError && error.retryAfterMs !== null && error.retryAfterMs <= longestWaitMs) {
        await wait(error.retryAfterMs);
      }
    },
  });
}

/** The fault of the network or of CCKM itself under a failure that says what it was to a login. */
function faultOf(error: CckmError): CckmError {
  return error.cause instanceof CckmError ? error.cause : error;
}
