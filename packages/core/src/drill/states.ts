/** The life of a drill and of its steps. The one home of their states and of what a person may do in each. */

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

/** The states in which a drill is at its end; an aborted one still waits for what is in flight until it has `finished_at`. */
export const closedDrillStates: readonly DrillState[] = ['succeeded', 'completed_with_findings', 'failed', 'aborted'];

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

export type DrillCommand = 'approve' | 'break_glass' | 'pause' | 'resume' | 'abort';

/** From which states a command is taken; from any other it is a 409. While a drill runs, a step must wait to be approved. */
export const drillCommands: Readonly<Record<DrillCommand, readonly DrillState[]>> = {
  approve: ['awaiting_approval', 'running'],
  break_glass: ['awaiting_approval', 'running'],
  pause: ['running'],
  resume: ['paused'],
  abort: ['resolving', 'awaiting_approval', 'running', 'paused'],
};

export const findingSeverities = ['info', 'warning', 'blocking'] as const;

export type FindingSeverity = (typeof findingSeverities)[number];
