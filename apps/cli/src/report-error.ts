import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ProblemError, UnreachableError } from '@keyferry/client';
import { CliError, exitCodes } from './exit-codes.ts';
import { forTerminal } from './output.ts';
import { unwritable } from './unwritable.ts';

/** What a person and a script read of a command that failed. */
interface Failure {
  readonly exit_code: number;
  readonly message: string;
  /** Of the API's answer. */
  readonly status?: number;
  readonly request_id?: string;
  /** What is wrong with the input, one by one. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** Writes why a command failed to standard error: one line, and one more for each error of its input. Answers its exit code. */
export function reportError(
  error: unknown,
  { json, command }: { json: boolean; command: CommandUnknownOpts | null },
): number {
  const failure = failureOf(error, command);
  process.stderr.write(json ? `${JSON.stringify({ error: failure })}\n` : `${forTerminal(lines(error, failure))}\n`);
  return failure.exit_code;
}

function failureOf(error: unknown, command: CommandUnknownOpts | null): Failure {
  if (error instanceof CommanderError) return { exit_code: exitCodes.usage, message: usageText(error, command) };
  if (error instanceof CliError) {
    const { exitCode, message, errors } = error;
    return { exit_code: exitCode, message, ...(errors.length === 0 ? {} : { errors }) };
  }
  if (error instanceof UnreachableError) return { exit_code: exitCodes.unreachable, message: error.message };
  if (error instanceof ProblemError) {
    const { status, request_id, errors } = error.problem;
    const exit_code = exitCodeOfStatus(status);
    return { exit_code, message: error.message, status, request_id, ...(errors ? { errors } : {}) };
  }
  return unwritable(error) ?? { exit_code: exitCodes.internal, message: messageOf(error) };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Of what commander found: the help of the command says the rest. */
function usageText({ code, message }: CommanderError, command: CommandUnknownOpts | null): string {
  const path = commandPath(command);
  if (code === 'commander.help') return `${path} needs a command. See: ${path} --help`;
  const text = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return `${text}${/[.)]$/.test(text) ? '' : '.'} See: ${path} --help`;
}

function commandPath(command: CommandUnknownOpts | null): string {
  if (command === null) return 'keyferry';
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}

function exitCodeOfStatus(status: number): number {
  if (status === 401 || status === 403) return exitCodes.notPermitted;
  if (status === 429 || (status >= 502 && status <= 504)) return exitCodes.unreachable;
  return status >= 500 ? exitCodes.internal : exitCodes.usage;
}

function lines(error: unknown, { message, request_id, errors = [] }: Failure): string {
  const request = request_id === undefined ? '' : ` (request ${request_id})`;
  const told = error instanceof CliError ? error.lines : errors.map(({ path, message: what }) => `${path}: ${what}`);
  return [`keyferry: ${message}${request}`, ...told.map((line) => `  ${line}`)].join('\n');
}
