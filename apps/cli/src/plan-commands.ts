import type { KeyferryClient, PlanCommandName } from '@keyferry/client';
import {
  calledReplicaStates,
  countIn,
  differingFields,
  type PlanState,
  type PlanView,
  type ReplicaState,
  waitingReplicaStates,
} from '@keyferry/core';
import { approveHint, planDecisionText } from './approve-plan.ts';
import { confirm } from './confirm.ts';
import type { Context } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { outcomeOf } from './outcome-table.ts';
import { createTable, type Output, paintState, pc, progressLine } from './output.ts';
import { submitPlanFile } from './submit-plan-file.ts';
import { watchPlan } from './watch-plan.ts';
import { writeStream } from './write-stream.ts';

export async function submit(
  { client, output }: Context,
  options: {
    file?: string;
    manifest?: string;
    wait?: boolean;
    preview?: boolean;
    name?: string;
    idempotencyKey?: string;
    patience: number;
  },
): Promise<number> {
  const plan = await submitPlanFile(client, options.file, {
    name: options.name,
    manifest: options.manifest,
    mode: options.preview ? 'preview' : undefined,
    idempotencyKey: options.idempotencyKey,
  });
  if (!options.wait) {
    output.result(plan, () => `Submitted plan ${plan.id} (${plan.name}).\nFollow it: keyferry plan watch ${plan.id}`);
    return exitCodes.ok;
  }
  output.say(`Submitted plan ${plan.id} (${plan.name}).`);
  return watchPlan(client, plan.id, output, options.patience);
}

/** Why a plan makes no progress, on a line of its own. */
function standstill({ waiting }: PlanView): string {
  return waiting === null ? '' : `\n${pc.yellow('Waiting:')} ${waiting.message}`;
}

export async function show(
  { client, output }: Context,
  id: string,
  options: { decision?: boolean; replicas?: boolean; state?: string; region?: string; differs?: boolean },
): Promise<number> {
  const plan = await client.getPlan(id);
  if (options.decision) {
    const text = await planDecisionText(client, plan);
    output.result(plan, () => text);
    return exitCodes.ok;
  }
  if (!options.replicas) {
    const text = await outcomeOf(client, plan);
    output.result(
      plan,
      () =>
        `${text}\n\n${progressLine(plan)}${standstill(plan)}\nid ${plan.id} · submitted ${plan.created_at} by ${plan.created_by}`,
    );
    return exitCodes.ok;
  }
  const filter = {
    state: options.state as ReplicaState | undefined,
    region: options.region,
    ...(options.differs ? { differs: true } : {}),
  };
  if (output.json) {
    for await (const replica of client.eachReplica(id, filter)) output.result(replica, () => '');
    return exitCodes.ok;
  }
  const table = createTable(['key', 'Region', 'state', 'key state', 'attempts', 'differs in', 'error'], ['attempts']);
  for await (const replica of client.eachReplica(id, filter)) {
    table.push([
      replica.alias ?? replica.key_arn ?? replica.key_id,
      replica.region,
      paintState(replica.state),
      replica.key_state ?? '-',
      replica.attempts,
      differingFields(replica.diff ?? []).join(', ') || '-',
      replica.error?.code ?? '-',
    ]);
  }
  output.say(table.toString());
  return exitCodes.ok;
}

export async function list({ client, output }: Context, options: { limit: number; state?: string }): Promise<number> {
  const page = await client.listPlans({
    limit: options.limit,
    ...(options.state ? { state: options.state as PlanState } : {}),
  });
  output.result(page.items, () => {
    if (page.items.length === 0) return 'No plans yet. Submit one: keyferry plan submit -f plan.yaml';
    const table = createTable(['id', 'name', 'state', 'replicas', 'failed', 'submitted'], ['replicas', 'failed']);
    for (const plan of page.items) {
      table.push([
        plan.id,
        plan.name,
        paintState(plan.state),
        plan.counts.total,
        plan.counts.failed + plan.counts.blocked,
        plan.created_at,
      ]);
    }
    return table.toString();
  });
  return exitCodes.ok;
}

/** Writes the report to a file (complete or not at all) or to standard output. */
export async function report(
  { client, output }: Context,
  id: string,
  options: { format: string; output?: string },
): Promise<number> {
  if (options.format !== 'csv' && options.format !== 'json' && options.format !== 'html') {
    throw new CliError(exitCodes.usage, `--format ${options.format}: give csv, json or html.`);
  }
  await writeStream(await client.report(id, options.format), options.output);
  if (options.output !== undefined) {
    output.result({ file: options.output }, () => `Report written to ${options.output}.`);
  }
  return exitCodes.ok;
}

const done: Record<PlanCommandName, string> = {
  pause: 'Paused: nothing new is started; what is in flight finishes.',
  resume: 'Resumed.',
  cancel: 'Cancelled.',
  execute: 'Started.',
};

export async function command(
  { client, output }: Context,
  id: string,
  name: PlanCommandName,
  options: { yes?: boolean } = {},
): Promise<number> {
  if (name === 'cancel') await confirmCancel(client, id, output, options.yes ?? false);
  const plan = await client.command(id, name);
  const waits = plan.state === 'awaiting_approval';
  output.result(plan, () => (waits ? `${plan.reason} ${approveHint(id)}` : `${done[name]} ${progressLine(plan)}`));
  return exitCodes.ok;
}

async function confirmCancel(client: KeyferryClient, id: string, output: Output, yes: boolean): Promise<void> {
  const { name, counts, operation } = await client.getPlan(id);
  const inFlight = countIn(counts, calledReplicaStates);
  output.say(
    `Cancelling ${name}: ${countIn(counts, waitingReplicaStates)} ${operation === 'promote' ? 'keys are not promoted' : 'replicas are not made'}, ${inFlight} in flight finish, what is done stays.`,
  );
  if (yes || output.json || !process.stdin.isTTY) return;
  if (!(await confirm('Cancel it?'))) throw new CliError(exitCodes.usage, 'Not cancelled.');
}

export async function retry(
  { client, output }: Context,
  id: string,
  options: { errorCode?: string; region?: string },
): Promise<number> {
  const plan = await client.retryPlan(id, {
    ...(options.errorCode ? { error_code: options.errorCode } : {}),
    ...(options.region ? { region: options.region } : {}),
  });
  const waits = plan.state === 'awaiting_approval' ? `\n${plan.reason} ${approveHint(id)}` : '';
  output.result(plan, () => `Tried again: ${progressLine(plan)}${waits}`);
  return exitCodes.ok;
}
