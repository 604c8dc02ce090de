#!/usr/bin/env node
import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ProblemError, UnreachableError } from '@keyferry/client';
import { CliError, exitCodes } from './exit-codes.ts';
import { forTerminal } from './output.ts';
import { program } from './program.ts';

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
