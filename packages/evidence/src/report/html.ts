import { escapeHtml } from '@keyferry/core';

/** Pieces of a page. Every value from outside goes through `text`. */

export function text(value: string | number | null | undefined): string {
  return value === null || value === undefined || value === '' ? '–' : escapeHtml(String(value));
}

export const words = (state: string): string => state.replaceAll('_', ' ');

/** A time as people read it, to the second, with its milliseconds left to the files: `2026-11-24 17:30:12`. */
export const moment = (time: string | null): string =>
  time === null ? '–' : text(time.replace('T', ' ').slice(0, 19));

export interface Column {
  readonly head: string;
  /** How its cells are set: numbers at the right, times and names in one piece. */
  readonly kind?: 'number' | 'whole';
}

/** A table of cells that are HTML already; with `total` the last row is the sum of those before. */
export function table(
  columns: readonly (Column | string)[],
  rows: readonly (readonly string[])[],
  last?: 'total',
): string {
  const known = columns.map((column): Column => (typeof column === 'string' ? { head: column } : column));
  const classOf = (at: number) => (known[at]?.kind === undefined ? '' : ` class="${known[at].kind}"`);
  const head = known.map((column, at) => `<th${classOf(at)}>${text(column.head)}</th>`).join('');
  const body = rows.map((cells, at) => {
    const total = last === 'total' && at === rows.length - 1 ? ' class="total"' : '';
    return `<tr${total}>${cells.map((cell, place) => `<td${classOf(place)}>${cell}</td>`).join('')}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
}

export const mark = (tone: 'good' | 'warn' | 'bad', label: string): string =>
  `<span class="mark ${tone}">${text(label)}</span>`;
