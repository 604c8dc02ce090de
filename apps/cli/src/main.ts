#!/usr/bin/env node
import { ProblemError, UnreachableError } from '@keyferry/client';
import { Command, CommanderError, Option } from 'commander';
import { approve } from './approve-plan.ts';
import { addAuditCommands } from './audit/audit-commands.ts';
import { connect } from './connect.ts';
import type { Context } from './context.ts';
import { addCoverageCommands } from './coverage-commands.ts';
import { addDoctorCommand } from './doctor/doctor-command.ts';
import { addDrillCommands } from './drills/drill-commands.ts';
import { addDrillReportCommand, addEvidenceCommands } from './evidence/evidence-commands.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { addLaneCommands } from './lane-commands.ts';
import { createOutput, forTerminal, type Output } from './output.ts';
import { addPermissionsCommand } from './permissions-command.ts';
import { command, list, report, retry, show } from './plan-commands.ts';
import { addPlanFileCommands } from './plan-file-commands.ts';
import { addRegionGroupCommands } from './region-group-commands.ts';
import { addRulesCommands } from './rules-commands.ts';
import { addScheduleCommands } from './schedule-commands.ts';
import { addStatusCommand } from './status-command.ts';
import { addTokenCommands } from './token-commands.ts';
import { watchPlan } from './watch-plan.ts';
import { addWebhookCommands } from './webhook-commands.ts';

const epilogue = `
Environment
  KEYFERRY_URL         address of the API (http://127.0.0.1:4400)
  KEYFERRY_TOKEN       API token, or KEYFERRY_TOKEN_FILE: a file that holds it
  KEYFERRY_CA_FILE     PEM of the CA of the API's certificate, where it is not a public one

Exit codes
  0 all usable   1 Keyferry failed   2 some failed or blocked   3 cancelled or halted
  coverage check --exit-code: 0 all covered   2 something is not   3 could not be checked
  64 wrong usage or plan   69 API not reachable, or asks to come later   77 not permitted   130 interrupted`;

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new CommanderError(exitCodes.usage, 'usage', `${text} is not a number.`);
  return value;
};
const patience = () =>
  new Option('--patience <seconds>', 'how long to wait for an API that is away').default(60).argParser(seconds);

function program(finish: (code: number) => void): Command {
  const root = new Command('keyferry')
    .description('Replicates multi-Region AWS KMS keys in bulk through CipherTrust Cloud Key Manager.')
    .option('--url <address>', 'address of the API')
    .option('--json', 'machine-readable output on standard output', false)
    .addHelpText('after', epilogue);
  const plan = root.command('plan').description('submit, follow and steer plans');
  type Action = (context: Context, args: string[], options: Record<string, never>) => Promise<number>;
  const action =
    (work: Action) =>
    async (...given: unknown[]) => {
      const { url, json } = root.opts<{ url?: string; json: boolean }>();
      const own = given.at(-1) as Command;
      const context = { client: connect(process.env, url), output: createOutput(json) };
      finish(await work(context, own.args, own.opts()));
    };
  const offline =
    (work: (output: Output, options: Record<string, never>, args: string[]) => Promise<number>) =>
    async (...given: unknown[]) => {
      const own = given.at(-1) as Command;
      finish(await work(createOutput(root.opts<{ json: boolean }>().json), own.opts(), own.args));
    };
  const id = '<id>';

  const runners = { online: action, offline, patience };
  addPlanFileCommands(plan, runners);
  addRulesCommands(root, runners);
  addRegionGroupCommands(root, runners);
  addLaneCommands(root, runners);
  addScheduleCommands(root, runners);
  addCoverageCommands(root, runners);
  const drill = addDrillCommands(root, runners);
  addStatusCommand(root, runners);
  addDoctorCommand(root, { offline, env: process.env });
  addPermissionsCommand(root, { offline });
  plan
    .command(`watch ${id}`)
    .description('follow a plan; Ctrl-C stops watching, not the plan')
    .addOption(patience())
    .action(
      action(({ client, output }, [planId = ''], options) =>
        watchPlan(client, planId, output, (options as unknown as { patience: number }).patience),
      ),
    );
  plan
    .command(`show ${id}`)
    .description('what became of a plan, or of each of its replicas')
    .option('--decision', 'what it would do, in words, as an approver is shown it')
    .option('--replicas', 'list the replicas')
    .option('--state <state>', 'with --replicas: only these')
    .option('--region <region>', 'with --replicas: only these')
    .option('--differs', 'with --replicas: only those that differ from the request')
    .action(action((context, [planId = ''], options) => show(context, planId, options)));
  plan
    .command('list')
    .description('plans, newest first')
    .option('--limit <n>', 'how many', seconds, 20)
    .option('--state <state>', 'only these')
    .action(action((context, _args, options) => list(context, options as unknown as Parameters<typeof list>[1])));
  plan
    .command(`report ${id}`)
    .description('one row a replica')
    .requiredOption('--format <format>', 'csv, json or html', 'csv')
    .option('-o, --output <file>', 'into this file')
    .action(
      action((context, [planId = ''], options) =>
        report(context, planId, options as unknown as Parameters<typeof report>[2]),
      ),
    );
  plan
    .command(`cancel ${id}`)
    .description('make no more replicas; what is in flight finishes')
    .option('-y, --yes', 'do not ask')
    .action(action((context, [planId = ''], options) => command(context, planId, 'cancel', options)));
  for (const [name, description] of [
    ['pause', 'start nothing new until it is resumed'],
    ['resume', 'go on with a paused or halted plan'],
    ['execute', 'run a previewed plan'],
  ] as const) {
    plan
      .command(`${name} ${id}`)
      .description(description)
      .action(action((context, [planId = '']) => command(context, planId, name)));
  }
  plan
    .command(`approve ${id}`)
    .description('show what a plan that awaits approval would do, and approve it')
    .option('--comment <text>', 'kept with the approval')
    .option('-y, --yes', 'do not ask')
    .action(action((context, [planId = ''], options) => approve(context, planId, options)));
  plan
    .command(`retry ${id}`)
    .description('try failed and blocked replicas again')
    .option('--error-code <code>', 'only those with this error')
    .option('--region <region>', 'only those in this Region')
    .action(action((context, [planId = ''], options) => retry(context, planId, options)));
  addTokenCommands(root, { online: action });
  addWebhookCommands(root, { online: action });
  addAuditCommands(root, { online: action, offline });
  addDrillReportCommand(drill, { online: action });
  addEvidenceCommands(root, { offline });
  return root;
}

/** Every command inherits this only when told so one by one. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride().showHelpAfterError('(--help tells more)');
  for (const child of command.commands) throwInsteadOfExit(child);
}

function exitCodeOfError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof UnreachableError) return exitCodes.unreachable;
  if (error instanceof ProblemError) {
    if (error.status === 401 || error.status === 403) return exitCodes.notPermitted;
    if (error.status === 429 || error.status === 503) return exitCodes.unreachable;
    return exitCodes.usage;
  }
  return exitCodes.internal;
}

function tell(error: unknown): void {
  if (error instanceof CommanderError) return;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`keyferry: ${forTerminal(message)}\n`);
  if (error instanceof ProblemError) {
    for (const { path, message: what } of error.problem.errors ?? [])
      process.stderr.write(`  ${forTerminal(`${path}: ${what}`)}\n`);
    process.stderr.write(`  (request ${error.problem.request_id})\n`);
  }
}

let exitCode: number = exitCodes.ok;
const root = program((code) => {
  exitCode = code;
});
throwInsteadOfExit(root);
try {
  await root.parseAsync();
} catch (error) {
  tell(error);
  exitCode = exitCodeOfError(error);
}
process.exitCode = exitCode;
