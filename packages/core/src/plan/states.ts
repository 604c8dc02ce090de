/** The life of a plan. The one home of its states and of what a person may do in each. */

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

export type PlanCommand = 'execute' | 'approve' | 'pause' | 'resume' | 'cancel' | 'retry' | 'patch';

/** From which states a command is taken; from any other it is a 409. */
export const planCommands: Readonly<Record<PlanCommand, readonly PlanState[]>> = {
  execute: ['previewed'],
  approve: ['awaiting_approval'],
  pause: ['running', 'scheduled'],
  resume: ['paused', 'halted'],
  cancel: ['resolving', 'previewed', 'awaiting_approval', 'scheduled', 'running', 'paused', 'halted'],
  retry: ['running', 'paused', 'halted', 'completed_with_failures', 'failed'],
  patch: ['resolving', 'previewed', 'awaiting_approval', 'scheduled', 'running', 'paused', 'halted'],
};
