import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { KeyferryClient } from '@keyferry/client';
import {
  calledReplicaStates,
  countIn,
  differingFields,
  type PlanState,
  type PlanView,
  planStates,
  type ReplicaState,
  replicaStates,
  waitingReplicaStates,
} from '@keyferry/core';
import { approve, approveHint, planDecisionText } from './approve-plan.ts';
import { mustBeConfirmable, mustConfirm, yesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { errorCode, pageSize, patience, region } from './option-values.ts';
import { outcomeOf } from './outcome-table.ts';
import { type Output, paintState, pc, progressLine } from './output.ts';
import { type ReportFormat, reportFormat, reportFormats } from './report-format.ts';
import type { Runners } from './runners.ts';
import { submitPlanFile } from './submit-plan-file.ts';
import { createTable } from './table.ts';
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
    skipSameRegion?: boolean;
    idempotencyKey?: string;
    patience: number;
  },
): Promise<number> {
  const plan = await submitPlanFile(client, options.file, {
    name: options.name,
    skipSameRegion: options.skipSameRegion,
    manifest: options.manifest,
    mode: options.preview ? 'preview' : undefined,
    idempotencyKey: options.idempotencyKey,
  });
  if (!options.wait) {
    output.made(plan, `Submitted plan ${plan.id} (${plan.name}).\nFollow it: keyferry plan watch ${plan.id}`);
    return exitCodes.ok;
  }
  output.say(`Submitted plan ${plan.id} (${plan.name}).`);
  return watchPlan({ client, output }, plan.id, options);
}

/** The commands of plans that were submitted. */
export function addPlanCommands(plan: CommandUnknownOpts, { online, about }: Runners): void {
  const aPlan = about('plan');
  plan
    .command('watch <id>')
    .description('follow a plan; Ctrl-C stops watching, not the plan')
    .addOption(patience())
    .action(aPlan(watchPlan));
  plan
    .command('show <id>')
    .description('show the outcome of a plan, or of each replica')
    .option('--decision', 'show what it would do, as an approver sees it')
    .option('--replicas', 'list the replicas')
    .addOption(new Option('--state <state>', 'with --replicas: only these').choices(replicaStates))
    .option('--region <region>', 'with --replicas: only these', region)
    .option('--differs', 'with --replicas: only those that differ from the request')
    .action(aPlan(show));
  plan
    .command('list')
    .description('list plans, newest first')
    .option('--limit <n>', 'how many', pageSize, 20)
    .addOption(new Option('--state <state>', 'only these').choices(planStates))
    .action(online(list));
  plan
    .command('report <id>')
    .description('write a report with one row per replica')
    .addOption(
      new Option('--format <format>', 'format of the file; default: by its extension, else csv').choices(reportFormats),
    )
    .option('-o, --output <file>', 'write to this file')
    .action(aPlan(report));
  plan
    .command('cancel <id>')
    .description('cancel a plan; work in flight finishes')
    .option(...yesOption)
    .action(aPlan((context, id, options) => command(context, id, 'cancel', options)));
  for (const [name, description] of [
    ['pause', 'pause a plan: start nothing new until it is resumed'],
    ['resume', 'resume a paused or halted plan'],
    ['execute', 'run a previewed plan'],
  ] as const) {
    plan
      .command(`${name} <id>`)
      .description(description)
      .action(aPlan((context, id) => command(context, id, name)));
  }
  plan
    .command('approve <id>')
    .description('show what a waiting plan would do, and approve it')
    .option('--comment <text>', 'stored with the approval')
    .option(...yesOption)
    .action(aPlan(approve));
  plan
    .command('reject <id>')
    .description('reject a plan that awaits approval: it is cancelled')
    .option('--comment <text>', 'kept as the reason')
    .option(...yesOption)
    .action(aPlan(reject));
  plan
    .command('retry <id>')
    .description('retry failed and blocked replicas')
    .option('--error-code <code>', 'only those with this error', errorCode)
    .option('--region <region>', 'only those in this Region', region)
    .action(aPlan(retry));
}

/** Why a plan makes no progress, on a line of its own. */
function standstill({ waiting }: PlanView): string {
  return waiting === null ? '' : `\n${pc.yellow('Waiting:')} ${waiting.message}`;
}

export async function show(
  { client, output }: Context,
  id: string,
  options: { decision?: boolean; replicas?: boolean; state?: ReplicaState; region?: string; differs?: boolean },
): Promise<number> {
  const plan = await client.request('GET /v1/plans/{id}', { id });
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
    state: options.state,
    region: options.region,
    ...(options.differs ? { differs: true } : {}),
  };
  if (output.format !== 'table') {
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
  output.result(null, () => table.toString());
  return exitCodes.ok;
}

export async function list(
  { client, output }: Context,
  options: { limit: number; state?: PlanState },
): Promise<number> {
  const page = await client.request('GET /v1/plans', { query: options });
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
  options: { format?: ReportFormat; output?: string },
): Promise<number> {
  const format = reportFormat(options);
  await writeStream(await client.stream('GET /v1/plans/{id}/report', { id, query: { format } }), options.output);
  if (options.output !== undefined) {
    output.result({ file: options.output }, () => `Report written to ${options.output}.`);
  }
  return exitCodes.ok;
}

const done = {
  pause: 'Paused: nothing new starts; work in flight finishes.',
  resume: 'Resumed.',
  cancel: 'Cancelled.',
  execute: 'Started.',
};

export async function command(
  { client, output }: Context,
  id: string,
  name: keyof typeof done,
  options: { yes?: boolean } = {},
): Promise<number> {
  if (name === 'cancel') await confirmCancel(client, id, output, options.yes ?? false);
  const plan = await client.request(`POST /v1/plans/{id}/${name}`, { id });
  const waits = plan.state === 'awaiting_approval';
  output.result(plan, () => (waits ? `${plan.reason} ${approveHint(id)}` : `${done[name]} ${progressLine(plan)}`));
  return exitCodes.ok;
}

async function reject(
  { client, output }: Context,
  id: string,
  { comment, yes = false }: { comment?: string; yes?: boolean },
): Promise<number> {
  const confirmation = { yes, refused: 'Not rejected' };
  mustBeConfirmable(confirmation);
  const { name } = await client.request('GET /v1/plans/{id}', { id });
  output.say(`Rejecting ${name}: it is cancelled, and cannot be approved any more.`);
  await mustConfirm('Reject it?', confirmation);
  const plan = await client.request('POST /v1/plans/{id}/reject', { id, body: { comment: comment ?? null } });
  output.result(plan, () => `${plan.reason}`);
  return exitCodes.ok;
}

async function confirmCancel(client: KeyferryClient, id: string, output: Output, yes: boolean): Promise<void> {
  const confirmation = { yes, refused: 'Not cancelled' };
  mustBeConfirmable(confirmation);
  const { name, counts, operation } = await client.request('GET /v1/plans/{id}', { id });
  const inFlight = countIn(counts, calledReplicaStates);
  output.say(
    `Cancelling ${name}: ${countIn(counts, waitingReplicaStates)} ${operation === 'promote' ? 'keys are not promoted' : 'replicas are not created'}; ${inFlight} in flight finish; finished work stays.`,
  );
  await mustConfirm('Cancel it?', confirmation);
}

export async function retry(
  { client, output }: Context,
  id: string,
  options: { errorCode?: string; region?: string },
): Promise<number> {
  const plan = await client.request('POST /v1/plans/{id}/retry', {
    id,
    body: {
      ...(options.errorCode ? { error_code: options.errorCode } : {}),
      ...(options.region ? { region: options.region } : {}),
    },
  });
  const waits = plan.state === 'awaiting_approval' ? `\n${plan.reason} ${approveHint(id)}` : '';
  output.result(plan, () => `Retry queued: ${progressLine(plan)}${waits}`);
  return exitCodes.ok;
}
