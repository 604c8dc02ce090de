import {
  type Counts,
  openReplicaStates,
  presentReplicaStates,
  type ReplicaState,
  replicaStates,
  unsuccessfulReplicaStates,
} from '@keyferry/core';
import type { StateLook } from './state-look.tsx';

/** How each state of a replica looks. */
export const replicaLooks = {
  pending: look('pending', 'Pending', '○', 'Waiting for a slot', 'outline'),
  queued: look('queued', 'Queued', '◔', 'Has a slot within the quotas', 'clear'),
  replicating: look('replicating', 'Replicating', '◑', 'replicate-key is being called', 'clear'),
  creating: look('creating', 'Creating', '◕', 'Accepted; KMS is creating it', 'clear'),
  importing: look('importing', 'Importing', '⇣', 'Waiting for its key material', 'clear'),
  succeeded: look('succeeded', 'Succeeded', '●', 'Read back as usable', 'pale'),
  already_present: look('already_present', 'Already present', '◉', 'Existed before the plan', 'pale'),
  failed: look('failed', 'Failed', '✕', 'Fix the cause, then retry', 'full'),
  blocked: look('blocked', 'Blocked', '⊘', 'Preflight found a cause that prevents it', 'full'),
  cancelled: look('cancelled', 'Cancelled', '–', 'Cancelled before its call', 'outline'),
} satisfies Readonly<Record<ReplicaState, StateLook>>;

function look(
  state: ReplicaState,
  label: string,
  shape: string,
  meaning: string,
  weight: StateLook['weight'],
): StateLook {
  return { label, shape, meaning, colour: `var(--state-${state})`, weight };
}

/** In the order of a bar: what is done, what moves, what waits, what went wrong. */
export const barOrder: readonly ReplicaState[] = [
  ...presentReplicaStates,
  ...openReplicaStates.toReversed(),
  'cancelled',
  ...unsuccessfulReplicaStates.toReversed(),
];

/** What a bar of replicas is made of. */
export function barParts(counts: Counts): { look: StateLook; count: number }[] {
  return barOrder.map((state) => ({ look: replicaLooks[state], count: counts[state] }));
}

/** The states that there are any of, in words: `12 succeeded, 1 failed`. */
export function inWords(counts: Counts): string {
  const some = replicaStates.filter((state) => counts[state] > 0);
  return some
    .map((state) => `${counts[state].toLocaleString('en')} ${replicaLooks[state].label.toLowerCase()}`)
    .join(', ');
}
