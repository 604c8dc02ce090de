import type { Waiting } from '../plan/why-waiting.ts';
import { approvalsInWords } from './approvals-in-words.ts';
import type { DrillState, DrillStepState } from './life.ts';

/** What is known of a drill and of the step that is under way. */
export interface DrillWaitingFacts {
  readonly state: DrillState;
  readonly reason: string | null;
  readonly workersAlive: number;
  /** Who submitted it or changed it: none of them may approve. */
  readonly proposedBy: readonly string[];
  /** The only people that may approve; empty: everyone with the role. */
  readonly approvers: readonly string[];
  /** Approvals of the drill as a whole. */
  readonly required: number;
  readonly approvedBy: readonly string[];
  readonly step: {
    readonly id: string;
    readonly state: DrillStepState;
    /** Of a step that waits to be approved. */
    readonly required: number;
    readonly approvedBy: readonly string[];
    /** Why its plan makes no progress; null: it does, or there is none. */
    readonly plan: (Waiting & { readonly id: string }) | null;
  } | null;
}

/** Why a drill makes no progress; null: it makes progress, or has ended. */
export function whyDrillWaits(facts: DrillWaitingFacts): Waiting | null {
  const { state, step, reason } = facts;
  if (state === 'awaiting_approval') return missing('The drill', facts.required, facts.approvedBy, facts);
  if (state === 'paused') return waiting('person', reason ?? 'Paused: resume or abort it.');
  if (state !== 'running' && state !== 'resolving' && state !== 'rolling_back') return null;
  if (facts.workersAlive === 0) return waiting('no_worker', 'No worker is alive. Start one: npm run worker.');
  if (step === null) return null;
  if (step.state === 'awaiting_approval') return missing(`Step ${step.id}`, step.required, step.approvedBy, facts);
  if (step.plan === null) return null;
  const { id, message, ...rest } = step.plan;
  return { ...rest, message: `Step ${step.id} waits for plan ${id}: ${message}` };
}

function missing(
  what: string,
  required: number,
  approvedBy: readonly string[],
  { proposedBy, approvers }: DrillWaitingFacts,
): Waiting {
  const barred = [
    ...(proposedBy.length === 0 ? [] : [`${proposedBy.join(', ')} proposed it`]),
    ...(approvedBy.length === 0 ? [] : [`${approvedBy.join(', ')} approved it already`]),
    ...(approvers.length === 0 ? [] : [`anyone but ${approvers.join(', ')}`]),
  ];
  const cannot = barred.length === 0 ? '' : ` Cannot approve: ${barred.join('; ')}.`;
  return waiting('approval_missing', `${what} has ${approvalsInWords(approvedBy.length, required)}.${cannot}`);
}

function waiting(code: Waiting['code'], message: string): Waiting {
  return { code, message, since: null, until: null };
}
