import { createReadStream, openAsBlob } from 'node:fs';
import { basename, extname } from 'node:path';
import type { InputError, ManifestFormat } from '@keyferry/core';
import { readManifest, UnreadableManifest } from '@keyferry/manifest';
import type { Fault } from './fault.ts';

const formats: Readonly<Record<string, ManifestFormat>> = { '.csv': 'csv', '.ndjson': 'ndjson', '.jsonl': 'ndjson' };

/** A manifest as it was read here, before it is sent. */
export interface ManifestFile {
  readonly rows: number;
  readonly faults: readonly Fault[];
}

/** Errors that are collected; a file of a million wrong lines is read no further. */
const faultsCollected = 1_000;

/**
 * Reads a manifest as the API will, and lists all its errors by line. `hasRegions`: the plan has Regions for rows
 * that name none. Throws nothing.
 */
export async function checkManifestFile(file: string, hasRegions: boolean): Promise<ManifestFile> {
  const format = formats[extname(file).toLowerCase()];
  if (format === undefined) {
    return {
      rows: 0,
      faults: [whole('unknown_format', 'Unknown format. Use the extension .csv, .ndjson or .jsonl.')],
    };
  }
  const faults: Fault[] = [];
  let rows = 0;
  try {
    for await (const batch of readManifest(createReadStream(file), format)) {
      rows += batch.rows.length;
      faults.push(...manifestFaults(batch.errors));
      const lost = hasRegions ? undefined : batch.rows.find(({ region }) => region === null);
      if (lost)
        faults.push({
          ...whole('required', 'This row has no Region, and the plan has no `regions` for it.'),
          line: lost.line,
        });
      if (faults.length >= faultsCollected) break;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof UnreadableManifest || code !== undefined)) throw error;
    const told = error instanceof UnreadableManifest ? error.message : `Cannot be read (${code}).`;
    return { rows, faults: [...faults, whole('unreadable', told)] };
  }
  if (rows + faults.length === 0) faults.push(whole('required', 'No rows. Write one key-Region pair per line.'));
  return { rows, faults };
}

/** A plan that goes somewhere by itself, for rows that name no Region. */
export function hasRegions(spec: Record<string, unknown>): boolean {
  return Array.isArray(spec.regions) && spec.regions.length > 0;
}

/** Errors of a manifest as faults of its file. */
export function manifestFaults(errors: readonly InputError[]): Fault[] {
  return errors.map(({ path, line = null, ...error }) => {
    return { ...error, line, column: null, path: path.replace(/^manifest(\[\d+\])?\.?/, '') };
  });
}

/** The file as it is sent: read while it goes. */
export async function openManifest(file: string): Promise<{ rows: Blob; fileName: string }> {
  return { rows: await openAsBlob(file), fileName: basename(file) };
}

function whole(code: string, message: string): Fault {
  return { line: null, column: null, path: '', code, message };
}
