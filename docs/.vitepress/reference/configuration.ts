import { describedVariables } from '../../../packages/config/src/index.ts';
import { code, table } from './table.ts';

/** Every environment variable, from the schema that reads them. */
export function configurationPage(): string {
  const sections = describedVariables().map(
    ({ title, readBy, variables }) =>
      `## ${title}\n\nRead by: ${readBy}.\n\n${table(
        ['variable', 'default', 'meaning'],
        variables.map(({ name, meaning, secret, takes, fallback }) => [
          secret ? `${code(name)} *(secret)*` : code(name),
          fallback === null ? '' : code(fallback),
          takes === null ? meaning : `${meaning}. Takes ${takes}`,
        ]),
      )}`,
  );
  return `# Configuration

Environment variables, read once at start. An empty variable counts as not set. Every *secret* \`X\` can be in a file that
\`X_FILE\` names. A wrong environment ends the process with exit code 64 and names every wrong variable, what it takes and
the given value, but never the value of a secret. The variables of the CLI are in [Command line](../how-to/command-line.md).

${sections.join('\n\n')}
`;
}
