import type { ReplicaState } from './states.ts';

/**
 * One letter a state, for what shows very many replicas at once: small while a replica is open, capital at its end. Part of
 * the API (`cells` of a plan's matrix): never changed, only added to.
 */
export const stateLetters: Readonly<Record<ReplicaState, string>> = {
  pending: 'p',
  queued: 'q',
  replicating: 'r',
  creating: 'c',
  importing: 'i',
  succeeded: 'S',
  already_present: 'A',
  failed: 'F',
  blocked: 'B',
  cancelled: 'X',
};

/** The plan does not copy this key into this Region. */
export const noReplicaLetter = '.';
