import { program } from '../../../apps/cli/src/program.ts';
import { code, table } from './table.ts';

type Command = ReturnType<typeof program>['commands'][number];

/** Every command of the CLI with its options, from the definition that parses them. */
export function cliPage(): string {
  const root = program(() => undefined);
  return `# Commands

Generated from \`keyferry --help\`. Tokens, output and exit codes: [Command line](../how-to/command-line.md).

Options of every command:

${options(root)}

${root.commands.map((command) => section(command, 'keyferry', '##')).join('\n\n')}
`;
}

function section(command: Command, parent: string, heading: string): string {
  const name = `${parent} ${command.name()}`;
  const parts = [
    `${heading} ${name.replace('keyferry ', '')}`,
    command.description(),
    command.commands.length > 0 ? '' : ['```text', `${name} ${command.usage()}`, '```'].join('\n'),
    command.options.length > 0 ? options(command) : '',
    ...command.commands.map((child) => section(child, name, '###')),
  ];
  return parts.filter(Boolean).join('\n\n');
}

function options(command: Pick<Command, 'options'>): string {
  return table(
    ['option', 'meaning', 'default'],
    command.options
      .filter(({ hidden }) => !hidden)
      .map(({ flags, description, defaultValue, argChoices }) => [
        code(flags),
        argChoices === undefined ? description : `${description} (${argChoices.join(', ')})`,
        defaultValue === undefined || defaultValue === false ? '' : code(String(defaultValue)),
      ]),
  );
}
