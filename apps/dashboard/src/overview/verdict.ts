import type { OperationName } from '@keyferry/client';
import { countOf, type HealthCode, type HealthReason, type OverviewView } from '@keyferry/core';

/** What is under way and what waits, for whom, in a sentence. */
export function workInWords({ plans, drills }: Pick<OverviewView, 'plans' | 'drills'>): string {
  return [plansInWords(plans), drillsInWords(drills)].filter(Boolean).join(' ');
}

function plansInWords({ by_state, items, more }: OverviewView['plans']): string {
  const all = items.length + more;
  if (all === 0) return 'No plan is running or waiting.';
  const running = (by_state.running ?? 0) + (by_state.resolving ?? 0);
  const waiting = all - running;
  const forApproval = by_state.awaiting_approval ?? 0;
  const pending = items.reduce((sum, { counts }) => sum + counts.pending + counts.queued, 0);
  const parts = [
    running > 0 && `${countOf(running, 'plan')} running`,
    waiting > 0 && `${running > 0 ? waiting.toLocaleString('en') : countOf(waiting, 'plan')} waiting`,
    forApproval > 0 && `${forApproval.toLocaleString('en')} of them for approval`,
  ];
  const left = pending > 0 ? ` ${countOf(pending, 'replica')}${more > 0 ? ' or more' : ''} pending.` : '';
  return `${parts.filter(Boolean).join(', ')}.${left}`;
}

function drillsInWords({ items, more } = { items: [], more: 0 } as NonNullable<OverviewView['drills']>): string {
  const all = items.length + more;
  return all === 0 ? '' : `${countOf(all, 'drill')} waiting for a person.`;
}

/** The operation that answers a reason, and what the link is called for callers with and without leave to do it. */
const answers: Readonly<Partial<Record<HealthCode, { operation: OperationName; label: string; otherwise: string }>>> = {
  plan_halted: {
    operation: 'POST /v1/plans/{id}/resume',
    label: 'Resume, retry or cancel',
    otherwise: 'Show failures',
  },
  replicas_failed: { operation: 'POST /v1/plans/{id}/retry', label: 'Show failures', otherwise: 'Show failures' },
  replicas_failed_lately: {
    operation: 'POST /v1/plans/{id}/retry',
    label: 'Show failures',
    otherwise: 'Show failures',
  },
  approval_awaited_long: {
    operation: 'POST /v1/plans/{id}/approve',
    label: 'Review and approve',
    otherwise: 'Open the plan',
  },
};

/** About plans whose failures are the place to start. */
const failing: readonly HealthCode[] = ['plan_halted', 'replicas_failed', 'replicas_failed_lately'];

/** Where the dashboard leads from a reason, and what the link is called; null: nothing is done about it here. */
export function actionFor(
  { code, link }: Pick<HealthReason, 'code' | 'link'>,
  may: (operation: OperationName) => boolean,
): { href: string; label: string } | null {
  if (link === undefined) return null;
  if (link === '/v1/lanes') return { href: '/lanes?show=trouble', label: 'Show lanes' };
  const [, path, kind] = /^\/v1(\/(plans|drills)\/[^/]+)$/.exec(link) ?? [];
  if (path === undefined) return null;
  if (kind === 'drills') return { href: path, label: 'Open the drill' };
  const answer = answers[code];
  const label = answer === undefined ? 'Open the plan' : may(answer.operation) ? answer.label : answer.otherwise;
  return { href: failing.includes(code) ? `${path}/failures` : path, label };
}
