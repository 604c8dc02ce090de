import type { OperationName } from '@keyferry/client';
import { type PlanCommand, type PlanView, planCommands } from '@keyferry/core';

/** The commands of a plan: their labels, and the operations that callers must be allowed. */
export const commands: Readonly<Record<PlanCommand, { label: string; operation: OperationName }>> = {
  execute: { label: 'Execute', operation: 'POST /v1/plans/{id}/execute' },
  approve: { label: 'Approve', operation: 'POST /v1/plans/{id}/approve' },
  reject: { label: 'Reject', operation: 'POST /v1/plans/{id}/reject' },
  resume: { label: 'Resume', operation: 'POST /v1/plans/{id}/resume' },
  retry: { label: 'Retry', operation: 'POST /v1/plans/{id}/retry' },
  pause: { label: 'Pause', operation: 'POST /v1/plans/{id}/pause' },
  patch: { label: 'Change limits', operation: 'PATCH /v1/plans/{id}' },
  cancel: { label: 'Cancel', operation: 'POST /v1/plans/{id}/cancel' },
};

/** The commands that a plan takes in its state from a caller who may do the operations, the likeliest first. */
export function commandsFor(plan: PlanView, may: (operation: OperationName) => boolean): PlanCommand[] {
  const names = Object.keys(commands) as PlanCommand[];
  return names.filter((name) => takes(plan, name) && may(commands[name].operation));
}

/**
 * Whether the plan takes a command in its state: a retry only where something failed or is blocked (or the plan could not be
 * resolved), and the preview of a rehearsal cannot be executed. An archived plan takes none.
 */
export function takes(
  { state, counts, drill_id, archived_at }: Pick<PlanView, 'state' | 'counts' | 'drill_id' | 'archived_at'>,
  name: PlanCommand,
): boolean {
  if (!planCommands[name].includes(state) || archived_at !== null) return false;
  if (name === 'execute') return drill_id === null;
  return name !== 'retry' || state === 'failed' || counts.failed + counts.blocked > 0;
}
