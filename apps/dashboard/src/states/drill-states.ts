import type { DrillState, DrillStepState, FindingSeverity } from '@keyferry/core';

/** How each state of a drill is called and coloured. */
export const drillLooks: Readonly<Record<DrillState, { label: string; colour: string }>> = {
  resolving: { label: 'Resolving', colour: 'blue' },
  awaiting_approval: { label: 'Awaiting approval', colour: 'orange' },
  running: { label: 'Running', colour: 'blue' },
  paused: { label: 'Paused', colour: 'yellow' },
  rolling_back: { label: 'Rolling back', colour: 'orange' },
  succeeded: { label: 'Succeeded', colour: 'teal' },
  completed_with_findings: { label: 'Completed with findings', colour: 'yellow' },
  failed: { label: 'Failed', colour: 'red' },
  aborted: { label: 'Aborted', colour: 'gray' },
};

/** How each state of a step looks: never by its colour alone. */
export const stepLooks: Readonly<Record<DrillStepState, { label: string; shape: string; colour: string }>> = {
  pending: { label: 'Pending', shape: '○', colour: 'var(--state-pending)' },
  running: { label: 'Running', shape: '◑', colour: 'var(--state-replicating)' },
  awaiting_approval: { label: 'Awaiting approval', shape: '◔', colour: 'var(--state-blocked)' },
  succeeded: { label: 'Succeeded', shape: '●', colour: 'var(--state-succeeded)' },
  failed: { label: 'Failed', shape: '✕', colour: 'var(--state-failed)' },
  skipped: { label: 'Skipped', shape: '–', colour: 'var(--state-cancelled)' },
  aborted: { label: 'Aborted', shape: '⊘', colour: 'var(--state-cancelled)' },
};

export const severityLooks: Readonly<Record<FindingSeverity, { label: string; shape: string; colour: string }>> = {
  blocking: { label: 'Blocking', shape: '✕', colour: 'var(--state-failed)' },
  warning: { label: 'Warning', shape: '▲', colour: 'var(--state-blocked)' },
  info: { label: 'Info', shape: '●', colour: 'var(--state-replicating)' },
};
