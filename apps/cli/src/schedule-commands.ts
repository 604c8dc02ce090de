import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import { ProblemError } from '@keyferry/client';
import type { ScheduleView } from '@keyferry/core';
import { mustConfirm, yesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { patience } from './option-values.ts';
import { pc } from './output.ts';
import { invalidPlan } from './plan-file.ts';
import type { Runners } from './runners.ts';
import { readScheduleFile, scheduleFaults } from './schedule-file.ts';
import { createTable } from './table.ts';
import { watchPlan } from './watch-plan.ts';

/** The commands of plans that are submitted again and again. */
export function addScheduleCommands(root: Command, { online, about }: Runners): void {
  const aSchedule = about('schedule');
  const schedule = root.command('schedule').description('submit a plan repeatedly');
  schedule
    .command('create')
    .description('create a schedule from a file (YAML or JSON) with its times and its plan')
    .requiredOption('-f, --file <file>', 'schedule file, "-" for standard input')
    .action(online(create));
  schedule.command('list').description('list schedules, newest first').action(online(list));
  schedule
    .command('show <id>')
    .description('show its next run and the outcome of the last one')
    .action(aSchedule(show));
  schedule
    .command('run <id>')
    .description('run it now; the next run does not change')
    .option('--wait', 'follow its plan until it ends')
    .addOption(patience())
    .action(aSchedule(run));
  schedule
    .command('delete <id>')
    .description('delete a schedule; plans that it submitted continue')
    .option(...yesOption)
    .action(aSchedule(remove));
}

async function create({ client, output }: Context, { file }: { file: string }): Promise<number> {
  const { name, parsed, faults } = await readScheduleFile(file);
  if (parsed === null || faults.length > 0) throw invalidPlan(name, faults, 'schedule');
  try {
    const schedule = await client.request('POST /v1/schedules', { body: parsed.spec });
    output.made(schedule, `Created schedule ${schedule.id} (${schedule.name}). ${nextRun(schedule)}`);
    return exitCodes.ok;
  } catch (error) {
    const errors = error instanceof ProblemError ? error.problem.errors : undefined;
    if (errors) throw invalidPlan(name, scheduleFaults(parsed, errors), 'schedule');
    throw error;
  }
}

async function list({ client, output }: Context): Promise<number> {
  const page = await client.request('GET /v1/schedules', { query: { limit: 1000 } });
  output.result(page.items, () => {
    if (page.items.length === 0) return 'No schedules yet. Create one: keyferry schedule create -f schedule.yaml';
    const table = createTable(['id', 'name', 'cron', 'time zone', 'next run', 'last run']);
    for (const { id, name, cron, time_zone, next_run_at, last_run_at, last_error } of page.items) {
      const last = last_error === null ? (last_run_at ?? '-') : pc.red(`failed ${last_error.at}`);
      table.push([id, name, cron, time_zone, next_run_at ?? 'not enabled', last]);
    }
    return table.toString();
  });
  return exitCodes.ok;
}

async function show({ client, output }: Context, id: string): Promise<number> {
  const schedule = await client.request('GET /v1/schedules/{id}', { id });
  output.result(schedule, () => {
    const { last_error, last_plan_id, last_skipped_at } = schedule;
    return [
      `${pc.bold(schedule.name)}: ${schedule.cron} (${schedule.time_zone}). ${nextRun(schedule)}`,
      ...(last_plan_id === null ? [] : [`last run   ${schedule.last_run_at}: keyferry plan show ${last_plan_id}`]),
      ...(last_skipped_at === null ? [] : [`left out   ${last_skipped_at}: ${schedule.last_skip_reason}`]),
      ...(last_error === null ? [] : [pc.red(`failed     ${last_error.at}`)]),
      ...(last_error?.errors ?? []).map(({ path, message }) => `  ${path}: ${message}`),
      '',
      `id ${id} · made ${schedule.created_at} by ${schedule.created_by}`,
    ].join('\n');
  });
  return exitCodes.ok;
}

async function run(
  { client, output }: Context,
  id: string,
  options: { wait?: boolean; patience: number },
): Promise<number> {
  const plan = await client.request('POST /v1/schedules/{id}/run', { id });
  if (options.wait) {
    output.say(`Submitted plan ${plan.id} (${plan.name}).`);
    return watchPlan({ client, output }, plan.id, options);
  }
  output.made(plan, `Submitted plan ${plan.id} (${plan.name}).\nFollow it: keyferry plan watch ${plan.id}`);
  return exitCodes.ok;
}

async function remove({ client, output }: Context, id: string, { yes }: { yes?: boolean }): Promise<number> {
  await mustConfirm(`Delete schedule ${id}?`, { yes });
  await client.request('DELETE /v1/schedules/{id}', { id });
  output.result({ id }, () => 'Deleted. Plans that it submitted are kept.');
  return exitCodes.ok;
}

function nextRun({ next_run_at }: ScheduleView): string {
  return next_run_at === null ? 'Not enabled: it only runs by hand.' : `Next run: ${next_run_at}.`;
}
