/** The life of a plan. The one home of its states, of which may follow which, and of what a person may do in each. */

export const planStates = [
  'resolving',
  'previewed',
  'awaiting_approval',
  'scheduled',
  'running',
  'paused',
  'halted',
  'succeeded',
  'completed_with_failures',
  'cancelled',
  'failed',
] as const;

/** What a plan does with its keys. */
export const planOperations = ['replicate', 'promote'] as const;

export type PlanOperation = (typeof planOperations)[number];

export type PlanState = (typeof planStates)[number];

/** Allowed transitions. The database holds the same in `state_transitions` and refuses any other; a test compares the two. */
export const planTransitions: Readonly<Record<PlanState, readonly PlanState[]>> = {
  resolving: ['previewed', 'awaiting_approval', 'scheduled', 'cancelled', 'failed'],
  // An old preview is checked again before it runs.
  previewed: ['resolving', 'awaiting_approval', 'scheduled', 'cancelled'],
  // One that has run before runs on.
  awaiting_approval: ['resolving', 'scheduled', 'running', 'cancelled'],
  // It halts where its rows are not those that were resolved.
  scheduled: ['awaiting_approval', 'running', 'paused', 'halted', 'cancelled'],
  running: ['paused', 'halted', 'succeeded', 'completed_with_failures', 'cancelled'],
  // What is in flight finishes, and may be the last of it.
  paused: ['awaiting_approval', 'scheduled', 'running', 'succeeded', 'completed_with_failures', 'cancelled'],
  halted: ['awaiting_approval', 'scheduled', 'running', 'succeeded', 'completed_with_failures', 'cancelled'],
  succeeded: [],
  // By a retry, as the one below.
  completed_with_failures: ['awaiting_approval', 'scheduled', 'running'],
  cancelled: [],
  failed: ['resolving'],
};

/** The states in which a plan begins. The database holds them as those that follow none. */
export const firstPlanStates: readonly PlanState[] = ['resolving'];

const statesBefore = (state: PlanState): PlanState[] =>
  planStates.filter((from) => planTransitions[from].includes(state));

/** Not at its end. */
export const openPlanStates: readonly PlanState[] = statesBefore('cancelled');

/** At its end; a cancelled plan still waits for what is in flight until it has `finished_at`. */
export const endedPlanStates: readonly PlanState[] = planStates.filter((state) => !openPlanStates.includes(state));

/** It runs, or was stopped until it is resumed: it ends by itself once all its rows have. */
export const underWayPlanStates: readonly PlanState[] = statesBefore('succeeded');

/** It can be halted: it is about to start, or runs. */
export const haltablePlanStates: readonly PlanState[] = statesBefore('halted');

/** A preview is being made of it, or was. */
export const previewPlanStates: readonly PlanState[] = [...statesBefore('previewed'), 'previewed'];

/** Replicas of it may be in flight, as long as it has no `finished_at`. */
export const inFlightPlanStates: readonly PlanState[] = [...underWayPlanStates, 'cancelled'];

export type PlanCommand = 'execute' | 'approve' | 'reject' | 'pause' | 'resume' | 'cancel' | 'retry' | 'patch';

/** From which states a command is taken; from any other it is a 409. */
export const planCommands: Readonly<Record<PlanCommand, readonly PlanState[]>> = {
  execute: ['previewed'],
  approve: ['awaiting_approval'],
  reject: ['awaiting_approval'],
  pause: statesBefore('paused'),
  resume: ['paused', 'halted'],
  cancel: openPlanStates,
  retry: [...underWayPlanStates, 'completed_with_failures', 'failed'],
  patch: openPlanStates,
};
