import { withoutFormula } from '@keyferry/core';
import canonicalize from 'canonicalize';
import { stringify } from 'csv-stringify/sync';
import type { Columns } from './columns.ts';

/** Long lists as files, written page by page: a JSON array with a row a line, and CSV (RFC 4180). */

export const canonical = (value: unknown): string => canonicalize(value) ?? '';

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
  const line = { record_delimiter: 'windows', cast: { boolean: String } } as const;
  yield stringify([columns.map(([name]) => name)], line);
  for await (const page of pages) {
    yield stringify(
      page.map((row) => columns.map(([, cell]) => withoutFormula(cell(row)))),
      line,
    );
  }
}
