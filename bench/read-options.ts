import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** What BullMQ runs on under Keyferry. */
  readonly engine: 'postgres' | 'redis';
  /** One JSON document on standard output instead of a table. */
  readonly json: boolean;
  /** Which of the bench's own flags were given. */
  readonly flags: ReadonlySet<string>;
}

/** The options that every bench takes, and flags of its own. Ends the process with 64 when they are wrong. */
export function readOptions(...ownFlags: readonly string[]): BenchOptions {
  try {
    const { values } = parseArgs({
      options: {
        engine: { type: 'string', default: 'postgres' },
        json: { type: 'boolean', default: false },
        ...Object.fromEntries(ownFlags.map((flag) => [flag, { type: 'boolean' as const }])),
      },
    });
    const { engine, json } = values;
    if (engine !== 'postgres' && engine !== 'redis') throw new Error(`There is no engine "${engine}".`);
    const given: Record<string, unknown> = values;
    return { engine, json: json === true, flags: new Set(ownFlags.filter((flag) => given[flag] === true)) };
  } catch (error) {
    const usage = ['--engine postgres|redis', '--json', ...ownFlags.map((flag) => `--${flag}`)];
    process.stderr.write(`${(error as Error).message}\nusage: ${usage.map((option) => `[${option}]`).join(' ')}\n`);
    process.exit(64);
  }
}
