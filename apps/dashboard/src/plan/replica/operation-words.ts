import type { AttemptOperation } from '@keyferry/core';

/** What each call was for. */
export const operationWords: Readonly<Record<AttemptOperation, { label: string; meaning: string }>> = {
  replicate: { label: 'replicate-key', meaning: 'The call that makes the replica' },
  promote: { label: 'promote', meaning: 'update-primary-region was called: the primary moves to this Region' },
  reconcile: { label: 'Look-up', meaning: 'Whether a call of which the answer is not known has landed' },
  verify: { label: 'Check', meaning: 'Whether the replica is usable by now' },
  import: { label: 'import-material', meaning: 'The same key material into the replica' },
  alias: { label: 'add-alias', meaning: 'The alias that the replica was created without' },
  synchronize: { label: 'Synchronise', meaning: 'CCKM reads from AWS what is there' },
};
