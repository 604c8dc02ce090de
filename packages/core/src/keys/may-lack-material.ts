import type { CckmKey } from './cckm-key.ts';

/**
 * So long after its creation CCKM has found out what it called `Enabled` too early; a clock that is some minutes off costs a
 * read of records, or saves one. Source: CCKM contract, section 2.6.
 */
const enabledTooEarlyMs = 60 * 60_000;

/** Whether a replica that CCKM lists may be without its imported key material. A `Disabled` one has had it. */
export function mayLackMaterial({ origin, keyState, createdAt }: CckmKey, now: Date): boolean {
  if (keyState === 'PendingImport') return true;
  if (origin !== 'EXTERNAL') return false;
  if (keyState === 'Enabled') return createdAt === null || now.getTime() - createdAt.getTime() < enabledTooEarlyMs;
  return keyState === 'Creating' || keyState === 'Updating' || keyState === null;
}
