import { setTimeout as wait } from 'node:timers/promises';
import { ProblemError, UnreachableError } from '@keyferry/client';

/** Longer than everything that is wrong on purpose. */
const withinMs = 60_000;

/** Calls the API again for as long as it is away or says that it cannot now; what it refuses is thrown. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isAway(error) || Date.now() > end) throw error;
      await wait(100);
    }
  }
}

/** Whether a failed call of the API says nothing but that it, or its database, is away. */
export function isAway(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ProblemError && error.status >= 500);
}
