import { availableParallelism } from 'node:os';
import Table from 'cli-table3';
import type { BenchOptions } from './read-options.ts';

/** One thing that was measured. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** Empty for a ratio. */
  readonly unit: '' | 's' | 'ms' | '%' | 'B' | 'MiB' | 'calls' | 'replicas' | 'slots';
  /** The value must not be above this. */
  readonly atMost?: number;
}

export interface BenchReport {
  readonly bench: string;
  /** What ran, in a sentence or two. */
  readonly measured: string;
  /** Each by the name of its run. */
  readonly runs: readonly { readonly run: string; readonly figures: readonly Figure[] }[];
}

/** Says on standard error what a bench is at; its standard output holds the report alone. */
export function tell(what: string): void {
  process.stderr.write(`${what}\n`);
}

/** Prints the report and answers the exit code: 0 when every target is reached, else 1. */
export function print({ bench, measured, runs }: BenchReport, { engine, json }: BenchOptions): number {
  const machine = { cores: availableParallelism(), node: process.version };
  const reached = runs.every(({ figures }) => figures.every(isReached));
  if (json) {
    const withVerdicts = runs.map(({ run, figures }) => ({
      run,
      figures: figures.map((figure) => (figure.atMost === undefined ? figure : { ...figure, ok: isReached(figure) })),
    }));
    process.stdout.write(`${JSON.stringify({ bench, measured, engine, machine, runs: withVerdicts, ok: reached })}\n`);
  } else {
    const table = new Table({
      head: ['', ...runs.map(({ run }) => run)],
      style: { head: [], border: [], compact: true },
      colAligns: ['left', ...runs.map(() => 'right' as const)],
    });
    const rows = [...new Set(runs.flatMap(({ figures }) => figures.map(({ what }) => what)))];
    for (const what of rows) {
      table.push([what, ...runs.map(({ figures }) => cell(figures.find((figure) => figure.what === what)))]);
    }
    process.stdout.write(
      `\n${bench}: ${measured}\nEngine ${engine}, ${machine.cores} cores, Node ${machine.node}\n\n${table.toString()}\n\n` +
        `${reached ? 'ok' : 'MISSED'}\n`,
    );
  }
  return reached ? 0 : 1;
}

function isReached({ value, atMost }: Figure): boolean {
  return atMost === undefined || value <= atMost;
}

function cell(figure: Figure | undefined): string {
  if (!figure) return '–';
  const { value, unit, atMost } = figure;
  const digits = unit === '' ? 3 : unit === 's' || unit === '%' ? 1 : unit === 'ms' && value < 10 ? 2 : 0;
  const text = `${value.toFixed(digits)}${['s', 'ms', '%'].includes(unit) ? ` ${unit}` : ''}`;
  return atMost === undefined ? text : `${text}  (at most ${atMost}: ${isReached(figure) ? 'ok' : 'MISSED'})`;
}
