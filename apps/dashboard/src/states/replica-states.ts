import { type Counts, type ReplicaState, replicaStates } from '@keyferry/core';

/** How each state of a replica looks: never by its colour alone. */
export const replicaLooks: Readonly<Record<ReplicaState, { label: string; shape: string; meaning: string }>> = {
  pending: { label: 'Pending', shape: '○', meaning: 'Waits for its turn' },
  queued: { label: 'Queued', shape: '◔', meaning: 'Has a slot within the quotas' },
  replicating: { label: 'Replicating', shape: '◑', meaning: 'replicate-key is being called' },
  creating: { label: 'Creating', shape: '◕', meaning: 'Accepted; KMS is making it' },
  importing: { label: 'Importing', shape: '⇣', meaning: 'Waits for its key material' },
  succeeded: { label: 'Succeeded', shape: '●', meaning: 'Read back as usable' },
  already_present: { label: 'Already present', shape: '◉', meaning: 'Was there before' },
  failed: { label: 'Failed', shape: '✕', meaning: 'Given up; retry when the cause is gone' },
  blocked: { label: 'Blocked', shape: '⊘', meaning: 'Cannot be made as things are' },
  cancelled: { label: 'Cancelled', shape: '–', meaning: 'Taken back before it began' },
};

export function stateColour(state: ReplicaState): string {
  return `var(--state-${state})`;
}

/** In the order of a bar: what is done, what moves, what waits, what went wrong. */
export const barOrder: readonly ReplicaState[] = [
  'succeeded',
  'already_present',
  'importing',
  'creating',
  'replicating',
  'queued',
  'pending',
  'cancelled',
  'blocked',
  'failed',
];

export function settled(counts: Counts): number {
  return counts.succeeded + counts.already_present + counts.failed + counts.blocked + counts.cancelled;
}

/** The states that there are any of, in words: `12 succeeded, 1 failed`. */
export function inWords(counts: Counts): string {
  const some = replicaStates.filter((state) => counts[state] > 0);
  return some.map((state) => `${counts[state].toLocaleString()} ${replicaLooks[state].label.toLowerCase()}`).join(', ');
}
