import { countOf, type PlanSpec, type PlanView, type WaitingCode } from '@keyferry/core';
import { localTime } from '../../display/local-time.ts';
import type { Tone } from '../../display/notice.tsx';

/** Why a plan is in its state, and where to look. */
interface StateNotice {
  readonly tone: Tone;
  readonly title: string;
  readonly text: string | null;
  readonly tab: 'failures' | 'preview' | null;
}

/** Null: it makes progress, and there is nothing to say. */
export function stateNotice(plan: PlanView): StateNotice | null {
  const { state, reason, counts, spec } = plan;
  const bad = counts.failed + counts.blocked;
  switch (state) {
    case 'resolving':
      return { tone: 'calm', title: 'Resolving: keys are read from CCKM', text: reason, tab: null };
    case 'previewed':
      return { tone: 'waits', title: 'Previewed: nothing has been created yet', text: executes, tab: 'preview' };
    case 'awaiting_approval':
      return { tone: 'waits', title: 'Waiting for approval', text: reason, tab: 'preview' };
    case 'scheduled':
      return { tone: 'calm', title: 'Scheduled', text: reason ?? startsAt(spec as PlanSpec), tab: null };
    case 'running':
      return reason === null ? null : { tone: 'waits', title: waitsFor(plan), text: reason, tab: null };
    case 'paused':
      return { tone: 'waits', title: 'Paused: no new calls start', text: reason, tab: null };
    case 'halted':
      return { tone: 'broken', title: 'Halted: the failure tolerance is exceeded', text: reason, tab: 'failures' };
    case 'completed_with_failures':
      return {
        tone: 'broken',
        title: `${countOf(bad, 'replica was', 'replicas were')} not created`,
        text: reason,
        tab: 'failures',
      };
    case 'failed':
      return { tone: 'broken', title: 'Failed: the plan could not be resolved', text: reason, tab: null };
    case 'cancelled':
      return { tone: 'calm', title: 'Cancelled', text: reason, tab: null };
    case 'succeeded':
      return null;
  }
}

function waitsFor({ window, waiting }: PlanView): string {
  if (window?.open === false) return 'Outside its maintenance windows';
  return (waiting && waitingTitles[waiting.code]) ?? 'No progress';
}

const waitingTitles: Partial<Record<WaitingCode, string>> = {
  no_worker: 'No worker is alive',
  login_refused: 'CCKM refuses the login',
  cckm_down: 'CCKM is down',
  queue_down: 'The queue is down',
  lane_down: 'A Region is down',
  other_plan: 'Another plan has the same keys in flight',
  retry_later: 'The next attempt is due later',
  in_flight_limit: 'max_in_flight is used up',
  not_released: 'No call is released',
};

const executes = 'Execute it to create exactly what was previewed.';

function startsAt({ options }: PlanSpec): string {
  return options.start_at ? `At ${localTime(options.start_at)}.` : 'Starts as soon as a worker takes it.';
}
