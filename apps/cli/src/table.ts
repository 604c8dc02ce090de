import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { pc } from './output.ts';

type Cell = string | number;

/** Columns that a terminal has too little room for are wrapped, but not below this. */
const narrowest = 12;
const gap = '  ';

/** Columns without borders, so that a pipe can cut them; in a terminal as wide as that is. `alignRight` names those of numbers. */
export function createTable(head: readonly string[], alignRight: readonly string[] = []) {
  const rows: Cell[][] = [];
  return {
    push: (row: Cell[]): void => void rows.push(row),
    toString: (): string => {
      const table = new Table({
        head: [...head],
        chars: { ...noBorders, middle: gap },
        style: { head: pc.isColorSupported ? ['bold'] : [], border: [], 'padding-left': 0, 'padding-right': 0 },
        colAligns: head.map((name) => (alignRight.includes(name) ? 'right' : 'left')),
        colWidths: fitted(widths(head, rows), process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY),
        wordWrap: true,
      });
      table.push(...rows);
      return table
        .toString()
        .split('\n')
        .map((line) => line.trimEnd())
        .join('\n');
    },
  };
}

const noBorders = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
    .map((name) => [name, '']),
);

function widths(head: readonly string[], rows: readonly Cell[][]): number[] {
  return head.map((name, column) =>
    Math.max(
      ...[name, ...rows.map((row) => String(row[column] ?? ''))]
        .flatMap((text) => stripVTControlCharacters(text).split('\n'))
        .map((line) => line.length),
    ),
  );
}

/** The first column, which commands are given, stays whole; the widest of the others gives way. */
function fitted(natural: readonly number[], room: number): number[] {
  const all = [...natural];
  let over = all.reduce((sum, width) => sum + width, 0) + gap.length * (all.length - 1) - room;
  while (over > 0) {
    const widest = all.indexOf(Math.max(...all.slice(1)), 1);
    const width = all[widest] ?? 0;
    const second = Math.max(narrowest, ...all.slice(1).filter((one) => one < width));
    if (width <= narrowest) break;
    const less = Math.min(over, width - Math.min(second, width - 1));
    all[widest] = width - less;
    over -= less;
  }
  return all;
}
