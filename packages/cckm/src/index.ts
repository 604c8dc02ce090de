import { CckmClient, openConnection } from './client.ts';
import type { CckmClientOptions } from './options.ts';

export { CckmError } from './cckm-error.ts';
export type { Answer, CckmClient, KeyFilter, KmsContainer, SendWindow } from './client.ts';
export { baseUrl, type CallReport, type CckmClientOptions } from './options.ts';
export { defaultReadLimits, type ReadLimitNow, type ReadLimits, type ReadUrgency } from './read-budget.ts';
export { isAbout, type Synchronization, type SynchronizationFailure } from './synchronization.ts';

/** A client of one CipherTrust Manager. Logs in at the first call. */
export function createCckmClient(options: CckmClientOptions): CckmClient {
  return new CckmClient(openConnection(options));
}
