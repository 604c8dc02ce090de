import type { HealthCode, HealthReason } from '@keyferry/core';

/** What a reason is answered with: the operation that does it, and how the way there is called with and without leave. */
const answers: Readonly<Partial<Record<HealthCode, { operation: string; label: string; otherwise: string }>>> = {
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
  may: (operation: string) => boolean,
): { href: string; label: string } | null {
  if (link === undefined) return null;
  if (link === '/v1/lanes') return { href: '/lanes?show=trouble', label: 'Look at the lanes' };
  const plan = /^\/v1(\/plans\/[^/]+)$/.exec(link)?.[1];
  if (plan === undefined) return null;
  const answer = answers[code];
  const label = answer === undefined ? 'Look at the plan' : may(answer.operation) ? answer.label : answer.otherwise;
  return { href: failing.includes(code) ? `${plan}/failures` : plan, label };
}
