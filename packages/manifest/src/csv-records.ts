import { Readable } from 'node:stream';
import { type InputError, manifestColumns, parseKeyReference } from '@keyferry/core';
import { CsvError, type InfoRecord, parse } from 'csv-parse';
import { maxLineBytes, type RawRecord, UnreadableManifest, utf8 } from './raw-record.ts';

type Column = (typeof manifestColumns)[number];

/**
 * Reads CSV (RFC 4180) with or without a header: without one the columns are `manifestColumns` in their order. An empty
 * cell is the same as none; tags are written `tier=1;owner=dr`.
 */
export async function* csvRecords(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RawRecord> {
  const parser = parse({
    bom: true,
    info: true,
    trim: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    max_record_size: maxLineBytes,
  });
  const source = Readable.from(utf8(bytes), { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let columns: readonly (Column | null)[] | null = null;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: InfoRecord }>) {
      // A cell in quotes may hold line breaks; the row begins where its first line does.
      const line = info.lines - record.reduce((breaks, cell) => breaks + cell.split('\n').length - 1, 0);
      if (columns === null) {
        const header = headerOf(record);
        columns = header?.columns ?? manifestColumns;
        if (header && header.errors.length > 0) yield { line, fields: null, errors: header.errors };
        if (header) continue;
      }
      yield rowOf(record, line, columns);
    }
  } catch (error) {
    throw error instanceof CsvError ? unreadable(error) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** The columns that a first row names; null: it is a row like the others. A column that is not known is an error of its own. */
function headerOf(record: readonly string[]): { columns: (Column | null)[]; errors: InputError[] } | null {
  const names = record.map((cell) => cell.toLowerCase());
  if (!names.includes('key')) {
    if (record.some((cell) => parseKeyReference(cell.split(';')[0] ?? '') !== null)) return null;
    const message = `The first row is neither a header with the column "key" nor a row with a key. Columns: ${manifestColumns.join(', ')}.`;
    return { columns: [...manifestColumns], errors: [{ path: 'key', code: 'required', message }] };
  }
  const isColumn = (name: string): name is Column => manifestColumns.some((column) => column === name);
  const errors = names.flatMap((name, i): InputError[] => {
    if (!isColumn(name)) {
      const message = `Unknown column "${record[i]}". Remove it; known columns: ${manifestColumns.join(', ')}.`;
      return [{ path: name, code: 'unknown_field', message }];
    }
    if (names.indexOf(name) === i) return [];
    return [{ path: name, code: 'duplicate_key', message: `Duplicate column "${name}": keep one of them.` }];
  });
  return { columns: names.map((name, i) => (isColumn(name) && names.indexOf(name) === i ? name : null)), errors };
}

function rowOf(record: readonly string[], line: number, columns: readonly (Column | null)[]): RawRecord {
  const extra = record.slice(columns.length).filter((cell) => cell !== '');
  if (extra.length > 0) {
    const message = `This row has ${record.length} cells, but there are ${columns.length} columns. Quote cells that contain commas.`;
    return { line, fields: null, errors: [{ path: '', code: 'too_many_cells', message }] };
  }
  const fields: Record<string, unknown> = {};
  for (const [i, column] of columns.entries()) {
    const cell = record[i];
    if (column !== null && cell !== undefined && cell !== '') fields[column] = column === 'tags' ? tagsOf(cell) : cell;
  }
  if (record.length === 1 && /^[^,]*;/.test(record[0] ?? '')) {
    const message = 'Separate cells by commas, not semicolons.';
    return { line, fields: null, errors: [{ path: '', code: 'not_comma_separated', message }] };
  }
  return { line, fields, errors: [] };
}

/** `tier=1;owner=dr`. A tag without "=" has an empty value. */
function tagsOf(cell: string): unknown {
  return cell
    .split(';')
    .filter((tag) => tag.trim() !== '')
    .map((tag) => {
      const [name = '', ...value] = tag.split('=');
      return { TagKey: name.trim(), TagValue: value.join('=').trim() };
    });
}

function unreadable(error: CsvError): UnreadableManifest {
  const at = typeof error.lines === 'number' ? `Line ${error.lines}` : 'The file';
  switch (error.code) {
    case 'CSV_MAX_RECORD_SIZE':
      return new UnreadableManifest(
        `${at} has a row longer than ${maxLineBytes / 1024} KiB. A closing quote may be missing.`,
      );
    case 'CSV_QUOTE_NOT_CLOSED':
      return new UnreadableManifest(`${at}: a quote is never closed. Double a quote that is part of a cell.`);
    default:
      return new UnreadableManifest(
        `${at} is not valid CSV. Quote cells that contain quotes, commas or line breaks, and double the quotes inside.`,
      );
  }
}
