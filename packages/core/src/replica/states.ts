/** The life of a replica row. The one home of its states and of which may follow which. */

export const replicaStates = [
  /** Waits for its turn (`not_before` says from when). */
  'pending',
  /** Has a slot in its lanes and a job in the queue; nothing was called for this slot yet. */
  'queued',
  /** A worker has claimed it: replicate-key is being called, or was and the answer is not known. */
  'replicating',
  /** CCKM has the replica; KMS is still making it, or it was not yet seen usable and as requested. */
  'creating',
  /** EXTERNAL: the replica waits for its key material. */
  'importing',
  'succeeded',
  'already_present',
  'failed',
  'blocked',
  'cancelled',
] as const;

export type ReplicaState = (typeof replicaStates)[number];

export const replicaOutcomes = ['created', 'adopted', 'already_present'] as const;
export type ReplicaOutcome = (typeof replicaOutcomes)[number];

/**
 * Allowed transitions. The database holds the same pairs in `replica_transitions` and refuses any other;
 * a test compares the two.
 */
export const replicaTransitions: Readonly<Record<ReplicaState, readonly ReplicaState[]>> = {
  // A preview that is checked again before it runs finds what has changed meanwhile.
  pending: ['queued', 'cancelled', 'blocked', 'already_present'],
  queued: ['replicating', 'pending', 'cancelled'],
  replicating: ['creating', 'importing', 'succeeded', 'already_present', 'failed', 'blocked', 'pending'],
  creating: ['importing', 'succeeded', 'already_present', 'failed', 'blocked'],
  // Its material is there, its alias is not yet.
  importing: ['creating', 'succeeded', 'failed', 'blocked'],
  succeeded: [],
  already_present: [],
  failed: ['pending'],
  blocked: ['pending'],
  cancelled: [],
};

/** The states in which a row may begin. The database refuses any other; a test compares the two. */
export const firstReplicaStates: readonly ReplicaState[] = ['pending', 'creating', 'already_present', 'blocked'];

const leadsTo = (from: ReplicaState, to: ReplicaState): boolean => replicaTransitions[from].includes(to);

/** The ends of a row: only a retry takes it from one. */
export const terminalReplicaStates: readonly ReplicaState[] = replicaStates.filter((state) =>
  replicaTransitions[state].every((next) => next === 'pending'),
);

/** The ends that a retry takes a row from. */
export const unsuccessfulReplicaStates: readonly ReplicaState[] = terminalReplicaStates.filter((state) =>
  leadsTo(state, 'pending'),
);

/** The ends with a replica that is there. */
export const presentReplicaStates = ['succeeded', 'already_present'] as const satisfies readonly ReplicaState[];

export const openReplicaStates: readonly ReplicaState[] = replicaStates.filter(
  (state) => !isTerminalReplicaState(state),
);

/** Nothing was called for it yet: it ends where its plan is cancelled. */
export const waitingReplicaStates: readonly ReplicaState[] = replicaStates.filter((state) =>
  leadsTo(state, 'cancelled'),
);

/** Something may have been called for it: it is finished, whatever becomes of its plan. */
export const calledReplicaStates: readonly ReplicaState[] = openReplicaStates.filter(
  (state) => !waitingReplicaStates.includes(state),
);

/** Has a slot, and is not at its end: of all rows with the same key and Region one at most. */
export const inFlightReplicaStates: readonly ReplicaState[] = ['queued', ...calledReplicaStates];

export function isTerminalReplicaState(state: ReplicaState): boolean {
  return terminalReplicaStates.includes(state);
}
