import { withoutFormula } from '@keyferry/core';
import { stringify } from 'csv-stringify/sync';
import { canonical } from '../canonical.ts';
import type { Columns } from './columns.ts';

/** Long lists as files, written page by page: a JSON array with a row a line, and CSV (RFC 4180). */

export async function* jsonRows<Row>(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield separator + page.map(canonical).join(',\n');
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

export async function* csvRows<Row>(
  columns: Columns<Row>,
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string> {
  yield csvHead(columns);
  for await (const page of pages) yield csvLines(columns, page);
}

const line = { record_delimiter: 'windows', cast: { boolean: String } } as const;

export const csvHead = <Row>(columns: Columns<Row>): string => stringify([columns.map(([name]) => name)], line);

export const csvLines = <Row>(columns: Columns<Row>, rows: readonly Row[]): string =>
  stringify(
    rows.map((row) => columns.map(([, cell]) => withoutFormula(cell(row)))),
    line,
  );
