import {
  checkInput,
  type InputError,
  type ManifestFormat,
  type ManifestRow,
  manifestRowSchema,
  maxManifestRows,
  rowBlock,
} from '@keyferry/core';
import { csvRecords } from './csv-records.ts';
import { ndjsonRecords } from './ndjson-records.ts';
import type { RawRecord } from './raw-record.ts';

/** Rows handed on at a time. */
const batchSize = 1_000;

/** After so many wrong lines a manifest is read no further: it is not what was meant. */
const mostWrong = 10_000;

/** One thing that is wrong with a manifest, and in which line. */
export type LineError = InputError & { readonly line: number };

/** Some lines of a manifest: the good rows, and what is wrong with the others. */
export interface ManifestBatch {
  readonly rows: readonly ManifestRow[];
  readonly errors: readonly LineError[];
}

/**
 * Reads a manifest as it arrives, a thousand lines at a time, in memory that does not grow with it. Goes on after a wrong
 * line, so that all are reported, up to 10,000 of them; throws UnreadableManifest if the rest cannot be read, and any error of `bytes`.
 */
export async function* readManifest(
  bytes: AsyncIterable<Uint8Array>,
  format: ManifestFormat,
): AsyncGenerator<ManifestBatch> {
  const records = format === 'csv' ? csvRecords(bytes) : ndjsonRecords(bytes);
  let rows: ManifestRow[] = [];
  let errors: LineError[] = [];
  let count = 0;
  let wrong = 0;
  for await (const record of records) {
    count += 1;
    if (count > maxManifestRows) {
      yield { rows, errors: [...errors, tooManyRows(record.line)] };
      return;
    }
    const checked = checkRecord(record);
    if ('row' in checked) rows.push(checked.row);
    else {
      errors.push(...checked.errors);
      wrong += 1;
      if (wrong === mostWrong) {
        yield { rows, errors: [...errors, restNotChecked(record.line)] };
        return;
      }
    }
    if (rows.length + errors.length >= batchSize) {
      yield { rows, errors };
      rows = [];
      errors = [];
    }
  }
  if (rows.length + errors.length > 0) yield { rows, errors };
}

function checkRecord({ line, fields, errors }: RawRecord): { row: ManifestRow } | { errors: LineError[] } {
  const checked = errors.length > 0 ? { errors } : checkInput(manifestRowSchema, fields);
  if ('data' in checked) {
    const { key, region = null } = checked.data;
    return { row: { line, key, region, settings: rowBlock(checked.data) } };
  }
  return {
    errors: checked.errors.map((error) => ({
      ...error,
      path: [`manifest[${line}]`, error.path].filter(Boolean).join('.'),
      line,
    })),
  };
}

function restNotChecked(line: number): LineError {
  const message = `${mostWrong.toLocaleString('en')} lines up to here have errors; the rest was not checked.`;
  return { path: `manifest[${line}]`, line, code: 'not_checked', message };
}

function tooManyRows(line: number): LineError {
  return {
    path: `manifest[${line}]`,
    line,
    code: 'too_many_rows',
    message: `A manifest has at most ${maxManifestRows.toLocaleString('en')} rows. Split it into several plans.`,
  };
}
