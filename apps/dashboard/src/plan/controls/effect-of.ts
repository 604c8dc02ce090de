import {
  approvalsInForce,
  type Counts,
  calledReplicaStates,
  countIn,
  countOf,
  type Limits,
  limitsOf,
  type PlanSpec,
  type PlanView,
  toleranceInWords,
  underWayPlanStates,
  waitingReplicaStates,
} from '@keyferry/core';
import { localTime } from '../../display/local-time.ts';

/* What a command does to this plan, in its numbers, shown before it is sent. `now`: when it would be sent. */

const waiting = (counts: Counts): number => countIn(counts, waitingReplicaStates);
const inFlight = (counts: Counts): number => countIn(counts, calledReplicaStates);

export function effectOfPause({ counts, started_at }: PlanView): string[] {
  if (started_at === null) return ['It does not start before it is resumed, whatever its start time.'];
  return [
    flightEnds(counts),
    `${countOf(waiting(counts), 'pending replica waits', 'pending replicas wait')} until the plan is resumed.`,
  ];
}

export function effectOfCancel({ counts, started_at, state }: PlanView): string[] {
  const end = 'This cannot be undone.';
  if (state === 'resolving') return ['Resolving stops, and nothing is created.', end];
  const taken = `${countOf(waiting(counts), 'pending is', 'pending are')} cancelled.`;
  if (started_at === null) return [`${taken} Nothing has been created, and nothing will be.`, end];
  const { succeeded } = counts;
  const kept = succeeded > 0 ? [`${countOf(succeeded, 'replica', 'replicas')} created so far will stay.`] : [];
  return [flightEnds(counts), taken, ...kept, end];
}

export function effectOfResume(plan: PlanView, now: Date): string[] {
  const { counts, state } = plan;
  const accepted =
    state === 'halted' && limitsOf(plan).failure_tolerance !== null
      ? [`${countOf(counts.failed, 'failure')} so far will be accepted; the failure tolerance counts from zero again.`]
      : [];
  if (lacksApprovals(plan, now)) return [...accepted, 'It lacks approvals: it waits for them again.'];
  return [
    ...accepted,
    ...begins(plan, now, `${countOf(waiting(counts), 'pending replica continues', 'pending replicas continue')}.`),
  ];
}

export function effectOfExecute(plan: PlanView, now: Date): string[] {
  const { counts, approvals_required: required } = plan;
  const left = [
    ...(counts.already_present > 0 ? [`${counts.already_present.toLocaleString('en')} already present`] : []),
    ...(counts.blocked > 0 ? [`${counts.blocked.toLocaleString('en')} blocked`] : []),
  ];
  const what = [
    `${countOf(waiting(counts), 'replica is', 'replicas are')} created, exactly as previewed.`,
    ...(left.length > 0 ? [`Left out: ${left.join(', ')}.`] : []),
  ];
  if (required === 0) return [...what, ...begins(plan, now)];
  const others = countOf(required, 'other person has', 'other people have');
  return [
    ...what,
    `Nothing starts before ${others} approved it. You propose the plan by executing it, and cannot approve it.`,
  ];
}

/** Of failed and blocked replicas: all, or a group of `count`. */
export function effectOfRetry(plan: PlanView, count: number, now: Date): string[] {
  const { state } = plan;
  if (state === 'failed') return ['The plan is resolved again: its keys are read from CCKM and checked.'];
  const what = `${countOf(count, 'replica is', 'replicas are')} set back to pending and retried.`;
  const once = 'Where an earlier call may have succeeded, CCKM is asked first: nothing is created twice.';
  if (state === 'paused' || state === 'halted') return [what, `The plan stays ${state} until it is resumed.`, once];
  if (state !== 'completed_with_failures') return [what, once];
  if (lacksApprovals(plan, now)) return [what, 'Its approvals are no longer valid: it waits for new ones.', once];
  return [what, ...begins(plan, now, 'The plan runs again.'), once];
}

/** `loosened`: the limits that the change would loosen. */
export function effectOfChange(plan: PlanView, loosened: readonly string[], now: Date): string[] {
  const { approvals_required, approvals, started_at, state } = plan;
  if (approvals_required === 0) return [];
  const given = approvalsInForce(approvals, now.getTime()).length;
  const goesOn = started_at !== null && underWayPlanStates.includes(state);
  if (goesOn && loosened.length === 0) return [];
  if (goesOn && state === 'running') {
    return [`The API would refuse this: ${loosened.join(', ')} would be looser than approved. Pause the plan first.`];
  }
  const voids = `${countOf(given, 'approval becomes', 'approvals become')} void`;
  if (goesOn) return [`${voids}: it waits for new ones when it is resumed, and not from you.`];
  return [`${voids}: it needs new approvals, and not from you.`];
}

function flightEnds(counts: Counts): string {
  return `${countOf(inFlight(counts), 'replica in flight finishes', 'replicas in flight finish')}.`;
}

/** A plan that has started keeps its approvals, expired or not, unless they are void; one that has not, or has ended, needs them. */
function lacksApprovals({ approvals, approvals_required, started_at, finished_at }: PlanView, now: Date): boolean {
  if (started_at !== null && finished_at === null) {
    return approvals.filter(({ voided_at }) => voided_at === null).length < approvals_required;
  }
  return approvalsInForce(approvals, now.getTime()).length < approvals_required;
}

/** What starts, and why not at once. */
function begins({ spec, window, started_at }: PlanView, now: Date, ...what: string[]): string[] {
  const { start_at: startAt } = (spec as PlanSpec).options;
  if (started_at === null && startAt && new Date(startAt) > now) {
    return [...what, `Not before its start time, ${localTime(startAt, now)}.`];
  }
  if (window?.open === false) {
    return [...what, `Not before its maintenance window opens, ${localTime(window.opens_at, now)}.`];
  }
  return what;
}

/** The limits that a form may change. */
type ChangeableLimits = Omit<Limits, 'windows'>;

/** Which limits differ, as the API takes them, and in words. */
export function changedLimits(
  before: ChangeableLimits,
  after: ChangeableLimits,
): { options: Partial<ChangeableLimits>; told: string[] } {
  const options: Partial<ChangeableLimits> = {};
  const told: string[] = [];
  if (after.priority !== before.priority) {
    options.priority = after.priority;
    told.push(`Priority ${before.priority} becomes ${after.priority}.`);
  }
  if (after.max_in_flight !== before.max_in_flight) {
    options.max_in_flight = after.max_in_flight;
    told.push(
      `Max in flight: ${before.max_in_flight.toLocaleString('en')} becomes ${after.max_in_flight.toLocaleString('en')}.`,
    );
  }
  if (JSON.stringify(after.failure_tolerance) !== JSON.stringify(before.failure_tolerance)) {
    options.failure_tolerance = after.failure_tolerance;
    told.push(`${toleranceInWords(after)}; so far: ${lowerFirst(toleranceInWords(before))}.`);
  }
  return { options, told };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
