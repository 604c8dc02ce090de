import { allRegions, approvalsInForce, type Limits, limitsOf, type PlanSpec, type PlanView } from '@keyferry/core';
import { confirm } from './confirm.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { pc } from './output.ts';
import type { Context } from './plan-commands.ts';

export const approveHint = (planId: string): string => `Approve it: keyferry plan approve ${planId}`;

/**
 * Shows a plan that awaits approval and approves exactly what was shown: should it change meanwhile, the API refuses.
 * Without a terminal to ask at, `yes` has to say that somebody has looked.
 */
export async function approve(
  { client, output }: Context,
  id: string,
  { comment, yes = false }: { comment?: string; yes?: boolean },
): Promise<number> {
  const plan = await client.getPlan(id);
  if (plan.state !== 'awaiting_approval' || plan.resolved_sha256 === null) {
    throw new CliError(exitCodes.usage, `Plan ${plan.id} does not wait for approval: it is ${plan.state}.`);
  }
  output.say(approvalText(plan));
  if (!yes) {
    if (!process.stdin.isTTY) {
      throw new CliError(
        exitCodes.usage,
        'Not approved: there is no terminal to ask at. --yes approves what is shown.',
      );
    }
    if (!(await confirm('Approve it?'))) throw new CliError(exitCodes.usage, 'Not approved.');
  }
  const { spec_sha256, resolved_sha256 } = plan;
  const after = await client.approvePlan(id, {
    ...{ spec_sha256, resolved_sha256, limits: limitsOf(plan) },
    ...(comment === undefined ? {} : { comment }),
  });
  output.result(after, () =>
    after.state === 'awaiting_approval' ? `Approved. ${after.reason}` : `Approved. The plan is ${after.state}.`,
  );
  return exitCodes.ok;
}

/** What is approved, for the person who approves it. */
function approvalText(plan: PlanView): string {
  const spec = plan.spec as PlanSpec;
  const { options } = spec;
  const { total, ...byState } = plan.counts;
  const states = Object.entries(byState).filter(([, count]) => count > 0);
  const limits = limitsOf(plan);
  const changes = plan.changed_since_preview?.changes.map(({ code, count }) => `${count} ${code}`) ?? [];
  const inForce = approvalsInForce(plan.approvals, Date.now()).map(({ approver }) => approver);
  const lines: [string, string][] = [
    ['plan', `${pc.bold(plan.name)} (${plan.id})`],
    ['submitted', `${plan.created_at} by ${plan.created_by}`],
    ['change ticket', options.change_ticket ?? '-'],
    [
      'operation',
      plan.operation === 'promote' ? 'promote: moves the primary of each key to the Region' : plan.operation,
    ],
    ['replicas', `${total}: ${states.map(([state, count]) => `${count} ${state.replaceAll('_', ' ')}`).join(', ')}`],
    ...(changes.length > 0 ? [['since preview', changes.join(', ')] as [string, string]] : []),
    ['Regions', allRegions(spec).join(', ')],
    ['starts', options.start_at ?? 'at once'],
    ['limits', `priority ${limits.priority}, ${limits.max_in_flight} calls at once, ${toleranceText(limits)}`],
    ['windows', windowsText(limits)],
    [
      'approvals',
      `${inForce.length} of ${plan.approvals_required}${inForce.length > 0 ? ` (${inForce.join(', ')})` : ''}`,
    ],
    ['spec SHA-256', plan.spec_sha256],
    ['rows SHA-256', plan.resolved_sha256 ?? '-'],
  ];
  return lines.map(([name, value]) => `${name.padEnd(14)} ${value}`).join('\n');
}

function windowsText({ windows }: Limits): string {
  const told = windows.map(({ days, from, to, time_zone: zone }) => `${days.join(' ')} ${from}–${to} ${zone}`);
  return told.join(', ') || 'at any time';
}

function toleranceText({ failure_tolerance: tolerance }: Limits): string {
  if (tolerance === null) return 'goes on whatever fails';
  return `halts when more than ${'count' in tolerance ? tolerance.count : `${tolerance.percent} %`} fail`;
}
