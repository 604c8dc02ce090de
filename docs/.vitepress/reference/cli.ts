import { program } from '../../../apps/cli/src/program.ts';
import { isResultOption } from '../../../apps/cli/src/result-options.ts';
import { code, table } from './table.ts';

type Command = ReturnType<typeof program>['commands'][number];

/** Every command of the CLI with its options, from the definition that parses them. */
export function cliPage(): string {
  const root = program(() => undefined);
  const ofEveryCommand = (root.commands.find(({ commands }) => commands.length === 0)?.options ?? []).filter(
    isResultOption,
  );
  return `# Commands

Generated from \`keyferry --help\`. Tokens, output and exit codes: [Command line](../how-to/command-line.md).

Options of every command:

${options({ options: [...root.options, ...ofEveryCommand] })}

${root.commands.map((command) => section(command, 'keyferry', '##')).join('\n\n')}
`;
}

function section(command: Command, parent: string, heading: string): string {
  const name = `${parent} ${command.name()}`;
  const own = command.options.filter((option) => !isResultOption(option));
  const parts = [
    `${heading} ${name.replace('keyferry ', '')}`,
    command.description(),
    command.commands.length > 0 ? '' : ['```text', `${name} ${command.usage()}`, '```'].join('\n'),
    own.length > 0 ? options({ options: own }) : '',
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
