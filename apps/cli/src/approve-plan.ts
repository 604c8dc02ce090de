import { readPlanFacts } from '@keyferry/client';
import { limitsOf, type PlanView, planInWords } from '@keyferry/core';
import { mustBeConfirmable, mustConfirm } from './confirm.ts';
import type { Context } from './context.ts';
import { decisionText } from './decision-text.ts';
import { CliError, exitCodes } from './exit-codes.ts';

export const approveHint = (planId: string): string => `Approve it: keyferry plan approve ${planId}`;

/**
 * Shows a plan that awaits approval and approves exactly what was shown: should it change meanwhile, the API refuses.
 * Without a terminal for the question, `yes` is required.
 */
export async function approve(
  { client, output }: Context,
  id: string,
  { comment, yes }: { comment?: string; yes?: boolean },
): Promise<number> {
  const confirmation = { yes, refused: 'Not approved' };
  mustBeConfirmable(confirmation);
  const plan = await client.request('GET /v1/plans/{id}', { id });
  if (plan.state !== 'awaiting_approval' || plan.resolved_sha256 === null) {
    throw new CliError(exitCodes.usage, `Cannot approve: plan ${plan.id} is ${plan.state}.`);
  }
  output.say(await planDecisionText(client, plan));
  await mustConfirm('Approve it?', confirmation);
  const { spec_sha256, resolved_sha256 } = plan;
  const after = await client.request('POST /v1/plans/{id}/approve', {
    id,
    body: {
      ...{ spec_sha256, resolved_sha256, limits: limitsOf(plan) },
      ...(comment === undefined ? {} : { comment }),
    },
  });
  output.result(after, () =>
    after.state === 'awaiting_approval' ? `Approved. ${after.reason}` : `Approved. The plan is ${after.state}.`,
  );
  return exitCodes.ok;
}

/** What is approved, for the person who approves it. */
export async function planDecisionText(client: Context['client'], plan: PlanView): Promise<string> {
  return decisionText(planInWords(plan, await readPlanFacts(client, plan.id), Date.now()));
}
