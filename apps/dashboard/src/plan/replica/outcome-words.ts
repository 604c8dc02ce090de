import type { ReplicaOutcome } from '@keyferry/core';

/** Whose a replica is, explained. */
export const outcomeWords: Readonly<Record<ReplicaOutcome, string>> = {
  created: 'Created: our call made it',
  adopted: 'Adopted: our call made it, its answer was lost, and it was found afterwards',
  already_present: 'Already present: no call of this plan made it',
};
