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
  pending: look('pending', 'Pending', '○', 'Waits for its turn', 'outline'),
  queued: look('queued', 'Queued', '◔', 'Has a slot within the quotas', 'clear'),
  replicating: look('replicating', 'Replicating', '◑', 'replicate-key is being called', 'clear'),
  creating: look('creating', 'Creating', '◕', 'Accepted; KMS is making it', 'clear'),
  importing: look('importing', 'Importing', '⇣', 'Waits for its key material', 'clear'),
  succeeded: look('succeeded', 'Succeeded', '●', 'Read back as usable', 'pale'),
  already_present: look('already_present', 'Already present', '◉', 'Was there before', 'pale'),
  failed: look('failed', 'Failed', '✕', 'Given up; retry when the cause is gone', 'full'),
  blocked: look('blocked', 'Blocked', '⊘', 'Cannot be made as things are', 'full'),
  cancelled: look('cancelled', 'Cancelled', '–', 'Taken back before it began', 'outline'),
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
