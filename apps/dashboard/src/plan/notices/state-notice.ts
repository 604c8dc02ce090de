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

/** Null: it goes as it should, and there is nothing to say. */
export function stateNotice(plan: PlanView): StateNotice | null {
  const { state, reason, counts, spec } = plan;
  const bad = counts.failed + counts.blocked;
  switch (state) {
    case 'resolving':
      return { tone: 'calm', title: 'Its keys are being looked up in CCKM', text: reason, tab: null };
    case 'previewed':
      return { tone: 'waits', title: 'Nothing has been created yet', text: executes, tab: 'preview' };
    case 'awaiting_approval':
      return { tone: 'waits', title: 'It waits for approval', text: reason, tab: 'preview' };
    case 'scheduled':
      return { tone: 'calm', title: 'It is to start', text: reason ?? startsAt(spec as PlanSpec), tab: null };
    case 'running':
      return reason === null ? null : { tone: 'waits', title: waitsFor(plan), text: reason, tab: null };
    case 'paused':
      return { tone: 'waits', title: 'It is paused until somebody resumes it', text: reason, tab: null };
    case 'halted':
      return { tone: 'broken', title: 'Too much has failed: somebody has to decide', text: reason, tab: 'failures' };
    case 'completed_with_failures':
      return {
        tone: 'broken',
        title: `${countOf(bad, 'replica was', 'replicas were')} not made`,
        text: reason,
        tab: 'failures',
      };
    case 'failed':
      return { tone: 'broken', title: 'It could not be resolved', text: reason, tab: null };
    case 'cancelled':
      return { tone: 'calm', title: 'It was cancelled', text: reason, tab: null };
    case 'succeeded':
      return null;
  }
}

function waitsFor({ window, waiting }: PlanView): string {
  if (window?.open === false) return 'It rests outside its maintenance windows';
  return (waiting && waitingTitles[waiting.code]) ?? 'It does not go on at present';
}

const waitingTitles: Partial<Record<WaitingCode, string>> = {
  no_worker: 'No worker is alive',
  login_refused: 'CCKM refuses the login',
  cckm_down: 'CCKM is down',
  queue_down: 'The queue takes no jobs',
  lane_down: 'A Region is down',
  other_plan: 'Another plan has the same keys in flight',
  retry_later: 'The next attempt is due later',
  in_flight_limit: 'max_in_flight is used up',
  not_released: 'No call is released',
};

const executes = 'Execute it, and exactly what was previewed is made.';

function startsAt({ options }: PlanSpec): string {
  return options.start_at ? `At ${localTime(options.start_at)}.` : 'As soon as a worker takes it.';
}
