/** The life of a coverage check: its states, and which may follow which. */

export const coverageCheckStates = ['pending', 'running', 'done', 'failed'] as const;

export type CoverageCheckState = (typeof coverageCheckStates)[number];

/** Allowed transitions. The database holds the same in `state_transitions` and refuses any other; a test compares the two. */
export const coverageCheckTransitions: Readonly<Record<CoverageCheckState, readonly CoverageCheckState[]>> = {
  pending: ['running'],
  // Put off, to be tried again.
  running: ['pending', 'done', 'failed'],
  done: [],
  failed: [],
};

/** The states in which a check begins: one of a policy that cannot be read has failed at once. */
export const firstCheckStates: readonly CoverageCheckState[] = ['pending', 'failed'];

/** The states in which a check is at its end. */
export const endedCheckStates = coverageCheckStates.filter((state) => coverageCheckTransitions[state].length === 0);

/** The states in which a check waits or is being made. */
export const openCheckStates = coverageCheckStates.filter((state) => !endedCheckStates.includes(state));
