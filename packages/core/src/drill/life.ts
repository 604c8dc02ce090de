/** The life of a drill and of its steps: their states, which may follow which, and what a person may do in each. */

export const drillStates = [
  'resolving',
  'awaiting_approval',
  'running',
  'paused',
  'rolling_back',
  'succeeded',
  'completed_with_findings',
  'failed',
  'aborted',
] as const;

export type DrillState = (typeof drillStates)[number];

/** Allowed transitions. The database holds the same in `state_transitions` and refuses any other; a test compares the two. */
export const drillTransitions: Readonly<Record<DrillState, readonly DrillState[]>> = {
  resolving: ['awaiting_approval', 'running', 'failed', 'aborted'],
  awaiting_approval: ['running', 'failed', 'aborted'],
  running: ['paused', 'rolling_back', 'succeeded', 'completed_with_findings', 'failed', 'aborted'],
  paused: ['running', 'rolling_back', 'aborted'],
  rolling_back: ['failed', 'aborted'],
  succeeded: [],
  completed_with_findings: [],
  failed: [],
  aborted: [],
};

/** The states in which a drill begins. */
export const firstDrillStates: readonly DrillState[] = ['resolving'];

/** The states in which a drill is at its end; an aborted one still waits for what is in flight until it has `finished_at`. */
export const closedDrillStates = drillStates.filter((state) => drillTransitions[state].length === 0);

export const drillStepStates = [
  'pending',
  'running',
  'awaiting_approval',
  'succeeded',
  'failed',
  'skipped',
  'aborted',
] as const;

export type DrillStepState = (typeof drillStepStates)[number];

/** As of a drill. */
export const drillStepTransitions: Readonly<Record<DrillStepState, readonly DrillStepState[]>> = {
  // Its drill ended before it began.
  pending: ['running', 'skipped'],
  running: ['awaiting_approval', 'succeeded', 'failed', 'skipped', 'aborted'],
  awaiting_approval: ['succeeded', 'failed', 'aborted'],
  succeeded: [],
  failed: [],
  skipped: [],
  aborted: [],
};

/** The states in which a step begins. */
export const firstStepStates: readonly DrillStepState[] = ['pending'];

/** The states in which a step has not ended. */
export const openStepStates = drillStepStates.filter((state) => drillStepTransitions[state].length > 0);

/** The states of the step that a drill is at. */
export const currentStepStates: readonly DrillStepState[] = openStepStates.filter((state) => state !== 'pending');

export type DrillCommand = 'approve' | 'break_glass' | 'pause' | 'resume' | 'abort';

/** From which states a command is taken; from any other it is a 409. While a drill runs, a step must wait to be approved. */
export const drillCommands: Readonly<Record<DrillCommand, readonly DrillState[]>> = {
  approve: ['awaiting_approval', 'running'],
  break_glass: ['awaiting_approval', 'running'],
  pause: ['running'],
  resume: ['paused'],
  abort: ['resolving', 'awaiting_approval', 'running', 'paused'],
};
