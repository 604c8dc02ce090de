import { inject } from 'vitest';
import { runQuickKeyferry } from './quick-keyferry.ts';
import type { Keyferry } from './run-keyferry.ts';

export { adminToken } from './quick-keyferry.ts';
export { type Keyferry, newAccount, sumsUp } from './run-keyferry.ts';

/** A Keyferry on the servers and the queue engine of this vitest project. */
export function startKeyferry(env: Record<string, string> = {}): Promise<Keyferry> {
  return runQuickKeyferry({ postgresUrl: inject('postgresUrl'), redisUrl: inject('redisUrl') }, env);
}
