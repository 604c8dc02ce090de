import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { exitCodes } from './exit-codes.ts';
import { program } from './program.ts';
import { reportError } from './report-error.ts';
import { asksForJson } from './result-options.ts';

/** Runs one command line and answers its exit code. Throws nothing: what failed is one line on standard error. */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let exitCode: number = exitCodes.ok;
  let last: CommandUnknownOpts | null = null;
  const root = program((code) => {
    exitCode = code;
  }, env);
  throwInsteadOfExit(root, (command) => {
    last = command;
  });
  try {
    await root.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    return reportError(error, { json: asksForJson(args), command: last });
  }
}

/** Commands inherit neither of these settings. `failing`: is told which command refused its arguments. */
function throwInsteadOfExit(command: CommandUnknownOpts, failing: (command: CommandUnknownOpts) => void): void {
  command.exitOverride().configureOutput({ outputError: () => failing(command) });
  for (const child of command.commands) throwInsteadOfExit(child, failing);
}
