import type { ApprovalView } from './approval.ts';

/** The approvals that count at a time, milliseconds since the epoch: those neither void nor expired. */
export function approvalsInForce(approvals: readonly ApprovalView[], now: number): ApprovalView[] {
  return approvals.filter(({ voided_at, expires_at }) => voided_at === null && Date.parse(expires_at) > now);
}
