import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { type OutputFormat, outputFormats } from './output.ts';

const flags = '-o, --output <format>';
const quietFlags = '-q, --quiet';

/** Options that every command has, but for `-o` of those that write a file. */
export const isResultOption = (option: { readonly flags: string }): boolean =>
  option.flags === flags || option.flags === quietFlags;

/** Gives every command `-o` and `-q`; of those that write a file with `-o` only `-q`. */
export function addResultOptions(command: CommandUnknownOpts): void {
  for (const child of command.commands) addResultOptions(child);
  if (command.commands.length > 0) return;
  if (!command.options.some(({ short }) => short === '-o')) {
    command.addOption(new Option(flags, 'output format').choices(outputFormats));
  }
  command.option(quietFlags, 'print only ids or names');
}

/** What a command line asks for; `--json` is `-o json`. */
export function resultFormat(command: CommandUnknownOpts): { format: OutputFormat; quiet: boolean } {
  const {
    json,
    quiet = false,
    output,
  } = command.optsWithGlobals() as {
    json?: boolean;
    quiet?: boolean;
    output?: OutputFormat;
  };
  const asked = command.options.some((option) => option.flags === flags) ? output : undefined;
  return { format: asked ?? (json ? 'json' : quiet ? 'name' : 'table'), quiet };
}

/** The same of a command line that could not be read. */
export const asksForJson = (args: readonly string[]): boolean =>
  /(^| )(--json|-o ?json|--output[= ]json)( |$)/.test(args.join(' '));
