import type { OperationName } from '@keyferry/client';
import { countOf, type HealthCode, type HealthReason, type OverviewView } from '@keyferry/core';

/** What is under way, in a sentence. */
export function workInWords({ by_state, items, more }: OverviewView['plans']): string {
  const all = items.length + more;
  if (all === 0) return 'Nothing is running, and nothing waits.';
  const running = (by_state.running ?? 0) + (by_state.resolving ?? 0);
  const waiting = all - running;
  const open = items.reduce((sum, { counts }) => sum + counts.pending + counts.queued, 0);
  const parts = [
    running > 0 && `${countOf(running, 'plan is', 'plans are')} under way`,
    waiting > 0 &&
      `${running > 0 ? waiting.toLocaleString('en') : countOf(waiting, 'plan')} ${waiting === 1 ? 'waits' : 'wait'}`,
  ];
  const left = open > 0 ? ` ${countOf(open, 'replica')}${more > 0 ? ' or more' : ''} to be begun.` : '';
  return `${parts.filter(Boolean).join(', ')}.${left}`;
}

/** What a reason is answered with: the operation that does it, and how the way there is called with and without leave. */
const answers: Readonly<Partial<Record<HealthCode, { operation: OperationName; label: string; otherwise: string }>>> = {
  plan_halted: {
    operation: 'POST /v1/plans/{id}/resume',
    label: 'Resume, retry or cancel',
    otherwise: 'Look at its failures',
  },
  replicas_failed: {
    operation: 'POST /v1/plans/{id}/retry',
    label: 'Look at its failures',
    otherwise: 'Look at its failures',
  },
  approval_awaited_long: {
    operation: 'POST /v1/plans/{id}/approve',
    label: 'Review and approve',
    otherwise: 'Look at the plan',
  },
};

/** Told of plans whose failures are what to look at. */
const failing: readonly HealthCode[] = ['plan_halted', 'replicas_failed'];

/** Where the dashboard leads from a reason, and how that is called; null: what is to be done is not done here. */
export function actionFor(
  { code, link }: Pick<HealthReason, 'code' | 'link'>,
  may: (operation: OperationName) => boolean,
): { href: string; label: string } | null {
  if (link === undefined) return null;
  if (link === '/v1/lanes') return { href: '/lanes?show=trouble', label: 'Look at the lanes' };
  const plan = /^\/v1(\/plans\/[^/]+)$/.exec(link)?.[1];
  if (plan === undefined) return null;
  const answer = answers[code];
  const label = answer === undefined ? 'Look at the plan' : may(answer.operation) ? answer.label : answer.otherwise;
  return { href: failing.includes(code) ? `${plan}/failures` : plan, label };
}
