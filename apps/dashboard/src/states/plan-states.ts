import type { PlanState } from '@keyferry/core';

/** How each state of a plan is called and coloured. */
export const planLooks: Readonly<Record<PlanState, { label: string; colour: string }>> = {
  resolving: { label: 'Resolving', colour: 'blue' },
  previewed: { label: 'Previewed', colour: 'grape' },
  awaiting_approval: { label: 'Awaiting approval', colour: 'orange' },
  scheduled: { label: 'Scheduled', colour: 'indigo' },
  running: { label: 'Running', colour: 'blue' },
  paused: { label: 'Paused', colour: 'yellow' },
  halted: { label: 'Halted', colour: 'red' },
  succeeded: { label: 'Succeeded', colour: 'teal' },
  completed_with_failures: { label: 'Completed with failures', colour: 'red' },
  cancelled: { label: 'Cancelled', colour: 'gray' },
  failed: { label: 'Failed', colour: 'red' },
};
