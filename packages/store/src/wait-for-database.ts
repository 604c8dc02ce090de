import type { Log } from '@keyferry/log';
import pRetry from 'p-retry';
import { isDatabaseAway } from './is-database-away.ts';

/**
 * Does what a start needs of Postgres, again for as long as Postgres does not answer: for five minutes at most, told in the
 * log. `work` must bear to be done twice. A refused password, an unknown database and whatever else waiting cannot change
 * fail at once.
 */
export function waitForDatabase<T>(work: () => Promise<T>, log: Log): Promise<T> {
  return pRetry(work, {
    retries: 300,
    factor: 1.3,
    minTimeout: 200,
    maxTimeout: 2_000,
    maxRetryTime: 300_000,
    shouldRetry: ({ error }) => mayComeUp(error) || mayComeUp(error.cause),
    onFailedAttempt: ({ error, attemptNumber }) => {
      if (attemptNumber % 5 === 1) log.warn({ reason: error.message }, 'waiting for Postgres at DATABASE_URL');
    },
  });
}

/** Starting up, shutting down, a standby, or not reachable: passes by itself. A certificate or a setting that is wrong does not. */
function mayComeUp(error: unknown): boolean {
  if (isDatabaseAway(error)) return true;
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  return typeof code === 'string' && typeof syscall === 'string';
}
