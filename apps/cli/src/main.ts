#!/usr/bin/env node
import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ProblemError, UnreachableError } from '@keyferry/client';
import { version } from '@keyferry/core';
import { addAuditCommands } from './audit/audit-commands.ts';
import { connect } from './connect.ts';
import { addCoverageCommands } from './coverage-commands.ts';
import { addDoctorCommand } from './doctor/doctor-command.ts';
import { addDrillCommands } from './drills/drill-commands.ts';
import { addDrillReportCommand, addEvidenceCommands } from './evidence/evidence-commands.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { addLaneCommands } from './lane-commands.ts';
import { address } from './option-values.ts';
import { createOutput, forTerminal } from './output.ts';
import { addPermissionsCommand } from './permissions-command.ts';
import { addPlanCommands } from './plan-commands.ts';
import { addPlanFileCommands } from './plan-file-commands.ts';
import { addRegionGroupCommands } from './region-group-commands.ts';
import { addRulesCommands } from './rules-commands.ts';
import type { Runners } from './runners.ts';
import { addScheduleCommands } from './schedule-commands.ts';
import { addStatusCommand } from './status-command.ts';
import { addTokenCommands } from './token-commands.ts';
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

function program(finish: (code: number) => void) {
  const root = new Command('keyferry')
    .description('Replicates multi-Region AWS KMS keys in bulk through CipherTrust Cloud Key Manager.')
    .option('--url <address>', 'address of the API', address)
    .option('--json', 'machine-readable output on standard output', false)
    .version(version, '--version', 'print the version')
    .addHelpText('after', epilogue);
  const runners: Runners = {
    online:
      (work) =>
      async (...given) => {
        const { url, json } = root.opts();
        finish(await work({ client: connect(process.env, url), output: createOutput(json) }, ...given));
      },
    offline:
      (work) =>
      async (...given) =>
        finish(await work(createOutput(root.opts().json), ...given)),
  };
  const plan = root.command('plan').description('submit, follow and steer plans');
  addPlanFileCommands(plan, runners);
  addRulesCommands(root, runners);
  addRegionGroupCommands(root, runners);
  addLaneCommands(root, runners);
  addScheduleCommands(root, runners);
  addCoverageCommands(root, runners);
  const drill = addDrillCommands(root, runners);
  addStatusCommand(root, runners);
  addDoctorCommand(root, runners, process.env);
  addPermissionsCommand(root, runners);
  addPlanCommands(plan, runners);
  addTokenCommands(root, runners);
  addWebhookCommands(root, runners);
  addAuditCommands(root, runners);
  addDrillReportCommand(drill, runners);
  addEvidenceCommands(root, runners);
  return root;
}

/** Every command inherits this only when told so one by one. */
function throwInsteadOfExit(command: CommandUnknownOpts): void {
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
