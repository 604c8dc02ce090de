import type { KeyferryClient } from '@keyferry/client';
import { formatMoney, type PlanView, type PreviewView, previewPlanStates } from '@keyferry/core';
import type { Context } from '../context.ts';
import { CliError, exitCodeOf, exitCodes } from '../exit-codes.ts';
import { type Output, pc } from '../output.ts';
import { submitPlanFile } from '../submit-plan-file.ts';
import { follow } from '../watch-plan.ts';
import { type GroupedPreview, groupReplicas } from './group-replicas.ts';
import { previewText, summaryText } from './preview-text.ts';

interface PreviewOptions {
  readonly file?: string;
  readonly manifest?: string;
  readonly name?: string;
  readonly skipSameRegion?: boolean;
  readonly all?: boolean;
  readonly exitCode?: boolean;
  readonly patience: number;
}

/**
 * Submits a plan file to be previewed, or looks again at a preview by its id, and shows what the plan would do. Answers
 * the exit code; with `exitCode` 0 when there is nothing to do, 2 when there is, 1 when something of it is blocked.
 */
export async function previewPlan(
  { client, output }: Context,
  id: string | undefined,
  options: PreviewOptions,
): Promise<number> {
  const submitted = await planToPreview(client, id, options);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort('interrupted');
  process.once('SIGINT', onSignal);
  try {
    await follow(client, submitted, { ...unseen, note: output.say }, interrupt, options.patience);
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
  if (interrupt.signal.aborted) {
    output.say(`Stopped; nothing is created. Show it again: keyferry plan preview ${submitted.id}`);
    return exitCodes.interrupted;
  }
  const plan = await client.request('GET /v1/plans/{id}', { id: submitted.id });
  if (plan.state !== 'previewed') return unpreviewed(plan, output, options);
  const [grouped, summary] = await Promise.all([
    groupReplicas(client.eachReplica(plan.id)),
    client.request('GET /v1/plans/{id}/preview', { id: plan.id }),
  ]);
  const exitCode = options.exitCode ? detailedExitCode(grouped) : exitCodes.ok;
  if (output.structured) {
    await writeSums(client, plan, { grouped, summary, exitCode, all: options.all ?? false }, output);
    return exitCode;
  }
  output.result(plan, () => {
    const sums = {
      expectedSeconds: summary.expected_seconds,
      window: summary.window,
      monthlyCost: formatMoney(summary.monthly_cost),
    };
    const text = previewText(plan, grouped, options.all ?? false, summary.same_as_primary);
    return `${text}\n\n${summaryText(plan, grouped, sums)}`;
  });
  return exitCode;
}

async function planToPreview(
  client: KeyferryClient,
  id: string | undefined,
  { file, manifest, name, skipSameRegion }: PreviewOptions,
): Promise<PlanView> {
  const submits = file !== undefined || manifest !== undefined;
  if ((id === undefined) === !submits) {
    throw new CliError(
      exitCodes.usage,
      'Pass either a plan file (-f plan.yaml, --manifest keys.csv) or the id of a previewed plan.',
    );
  }
  if (submits) return submitPlanFile(client, file, { name, skipSameRegion, manifest, mode: 'preview' });
  const plan = await client.request('GET /v1/plans/{id}', { id: id ?? '' });
  if (plan.mode === 'preview' && previewPlanStates.includes(plan.state)) return plan;
  throw new CliError(exitCodes.usage, `Plan ${plan.id} is ${plan.state}. Outcome: keyferry plan show ${plan.id}`);
}

/** Of a preview there is no progress to show; what it waits for is said beside the result. */
const unseen = { show: () => undefined, end: () => undefined };

/** Blocked counts as an error: a pipeline that goes on would leave keys without a replica and not know it. */
function detailedExitCode({ totals }: GroupedPreview): number {
  if (totals.blocked > 0) return exitCodes.internal;
  return totals.create + totals.waits > 0 ? exitCodes.someFailed : exitCodes.ok;
}

/** The plan could not be resolved, or another caller has cancelled or executed it meanwhile. */
function unpreviewed(plan: PlanView, output: Output, { exitCode }: PreviewOptions): number {
  const code = exitCode ? exitCodes.internal : exitCodeOf(plan.state);
  const what = plan.state === 'failed' ? 'could not be resolved' : `is ${plan.state}`;
  output.result({ plan, exit_code: code }, () =>
    pc.red(`Plan ${plan.name} (${plan.id}) ${what}${plan.reason ? `: ${plan.reason}` : '.'}`),
  );
  return code;
}

interface Told {
  readonly grouped: GroupedPreview;
  readonly summary: PreviewView;
  readonly exitCode: number;
  readonly all: boolean;
}

/** One object with what it adds up to; with `all`, every replica after it, one a line, as the API answers them. */
async function writeSums(
  client: KeyferryClient,
  plan: PlanView,
  { grouped, summary, exitCode, all }: Told,
  output: Output,
): Promise<void> {
  const { totals, groups } = grouped;
  const blocked = groups.filter(({ verdict }) => verdict === 'blocked');
  output.result(
    {
      plan,
      preview: summary,
      to_create: totals.create + totals.waits,
      already_present: totals.present + totals.differs,
      different: totals.differs,
      waiting: totals.waits,
      blocked: totals.blocked,
      blocked_by: Object.fromEntries(blocked.map(({ cause, replicas }) => [cause, replicas])),
      exit_code: exitCode,
    },
    () => '',
  );
  if (!all) return;
  for await (const replica of client.eachReplica(plan.id)) output.result(replica, () => '');
}
