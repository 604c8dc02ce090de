import { countOf, type DrillApprovalView, type DrillListedView, type DrillView, type Runbook } from '@keyferry/core';

type Waiting = Pick<DrillListedView, 'state' | 'approvals' | 'approvals_required' | 'created_by'> & {
  readonly spec?: DrillView['spec'];
  readonly steps?: unknown;
};

/** A decision that is missing: on the whole drill, or on the step that is under way. */
interface MissingApprovals {
  /** Null: on the whole drill. */
  readonly step: string | null;
  readonly required: number;
  readonly given: readonly DrillApprovalView[];
}

/** What the drill waits for people to decide; null: nothing. */
export function missingApprovals(drill: DrillView): MissingApprovals | null {
  if (drill.state === 'awaiting_approval') return missing(drill, null, drill.approvals_required);
  const step = drill.steps.find(({ id }) => id === drill.current_step);
  if (drill.state !== 'running' || step?.state !== 'awaiting_approval') return null;
  const written = (drill.spec as Runbook).steps[step.position];
  return missing(drill, step.id, written?.step === 'approve' ? written.approvals : 1);
}

function missing({ approvals }: Pick<DrillView, 'approvals'>, step: string | null, required: number): MissingApprovals {
  const given = approvals.filter((one) => one.step === step && one.decision === 'approve');
  return { step, required, given };
}

/** Who has to do something for it to go on, in a few words; null: nobody. */
export function actorInWords(drill: Waiting | DrillView): string | null {
  switch (drill.state) {
    case 'awaiting_approval': {
      const given = drill.approvals.filter(({ step, decision }) => step === null && decision === 'approve').length;
      return `${countOf(Math.max(0, drill.approvals_required - given), 'approval')} missing, not by ${drill.created_by}`;
    }
    case 'paused':
      return 'An operator must resume it';
    case 'running': {
      const wanted = Array.isArray(drill.steps) ? missingApprovals(drill as DrillView) : null;
      return wanted === null
        ? null
        : `${countOf(Math.max(0, wanted.required - wanted.given.length), 'approval')} missing for its step`;
    }
    default:
      return null;
  }
}

/** Why a caller may not decide, though the role allows it; null: nothing stands against it. */
export function whyNotDecide(drill: DrillView, { given }: MissingApprovals, caller: string): string | null {
  const { approvers } = drill.spec as Runbook;
  if (drill.created_by === caller) return 'You submitted it, so others must decide.';
  if (drill.proposed_by.includes(caller)) return 'You resumed it, so others must decide.';
  if (given.some(({ approver }) => approver === caller))
    return 'You have approved it already; it waits for other approvers.';
  if (approvers.length > 0 && !approvers.includes(caller)) {
    return `The runbook lets only ${approvers.join(', ')} decide.`;
  }
  return null;
}
