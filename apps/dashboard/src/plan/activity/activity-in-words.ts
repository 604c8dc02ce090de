import type { PlanActivityView } from '@keyferry/core';
import { planLooks } from '../../states/plan-states.ts';
import { changedLimits } from '../controls/effect-of.ts';

const commands: Readonly<Record<string, string>> = {
  'plan.submit': 'submitted the plan',
  'plan.execute': 'executed the preview',
  'plan.approve': 'approved',
  'plan.reject': 'rejected',
  'plan.pause': 'paused',
  'plan.resume': 'resumed',
  'plan.cancel': 'cancelled',
  'plan.retry': 'retried',
  'plan.patch': 'changed the limits',
  'plan.comment': 'commented',
  'plan.archive': 'archived its replicas',
};

/** What was done, after the name of who did it: `paused`, `retried access_denied in eu-west-1`; a state that was reached: `Running`. */
export function activityInWords({ action, state, retried, limits }: PlanActivityView): string {
  const done = commands[action];
  if (done === undefined) return state === null ? action : planLooks[state].label;
  if (retried) {
    const what = [retried.error_code, retried.region && `in ${retried.region}`].filter(Boolean).join(' ');
    return `${done} ${what || 'all failures'}`;
  }
  return limits === null ? done : `${done}${limitsInWords(limits)}`;
}

function limitsInWords({ before, after }: NonNullable<PlanActivityView['limits']>): string {
  const { told } = changedLimits(before, after);
  return told.length === 0 ? '' : `: ${told.join(' ')}`;
}
