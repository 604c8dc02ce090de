import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** What BullMQ runs on under Keyferry. */
  readonly engine: 'postgres' | 'redis';
  /** One JSON document on standard output instead of a table. */
  readonly json: boolean;
}

/** The options that every bench takes. Ends the process with 64 when they are wrong. */
export function readOptions(): BenchOptions {
  try {
    const { values } = parseArgs({
      options: { engine: { type: 'string', default: 'postgres' }, json: { type: 'boolean', default: false } },
    });
    const { engine, json } = values;
    if (engine !== 'postgres' && engine !== 'redis') throw new Error(`There is no engine "${engine}".`);
    return { engine, json };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nusage: [--engine postgres|redis] [--json]\n`);
    process.exit(64);
  }
}
