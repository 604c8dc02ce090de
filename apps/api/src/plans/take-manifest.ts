import { createHash } from 'node:crypto';
import {
  entryOutOfScope,
  type InputError,
  type ManifestFormat,
  type ManifestRow,
  mostErrors,
  type RegionGroup,
  type Scope,
} from '@keyferry/core';
import { readManifest } from '@keyferry/manifest';
import {
  beginManifest,
  dropManifest,
  readGroups,
  readManifestConflicts,
  type Store,
  writeManifestRows,
} from '@keyferry/store';

/** A manifest whose rows stand in Postgres. Where something is wrong with it the rows are not complete, and not wanted. */
export interface TakenManifest {
  readonly id: string;
  readonly format: ManifestFormat;
  readonly errors: readonly InputError[];
  readonly errorCount: number;
  readonly rows: number;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
  /** The Regions and groups that its rows name, in the order in which they first do. */
  readonly regions: readonly string[];
  readonly withAlias: boolean;
  /** The first line that names no Region; null: each does. */
  readonly withoutRegion: number | null;
  /** The first line that sets anything on its replica; null: none does. */
  readonly withSettings: number | null;
}

/**
 * Takes a manifest in as it arrives: good rows go to Postgres, wrong lines and those that go outside the scope are
 * collected. Throws UnreadableManifest, and what `bytes` throws when the caller goes away; nothing stays behind then.
 */
export async function takeManifest(
  store: Store,
  bytes: AsyncIterable<Uint8Array>,
  format: ManifestFormat,
  scope: Scope,
): Promise<TakenManifest> {
  const groups = scope.regions === null ? new Map() : await readGroups(store);
  const id = await beginManifest(store);
  try {
    return await take(store, id, bytes, format, (row) => outOfScope(scope, row, groups));
  } catch (error) {
    // Should Postgres be away, the sweeper takes them later.
    await dropManifest(store, id).catch(() => undefined);
    throw error;
  }
}

async function take(
  store: Store,
  id: string,
  bytes: AsyncIterable<Uint8Array>,
  format: ManifestFormat,
  faultOf: (row: ManifestRow) => InputError | null,
): Promise<TakenManifest> {
  const hash = createHash('sha256');
  const errors: InputError[] = [];
  const regions = new Set<string>();
  let errorCount = 0;
  let rows = 0;
  let withAlias = false;
  let withoutRegion: number | null = null;
  let withSettings: number | null = null;
  for await (const batch of readManifest(hashed(bytes, hash), format)) {
    const faults = [...batch.errors, ...batch.rows.flatMap((row) => faultOf(row) ?? [])];
    errors.push(...faults.slice(0, mostErrors - errors.length));
    errorCount += faults.length;
    rows += batch.rows.length;
    for (const { line, region, settings } of batch.rows) {
      if (region === null) withoutRegion ??= line;
      else regions.add(region);
      if (settings !== null) withSettings ??= line;
      withAlias ||= settings?.aws_param?.Alias !== undefined;
    }
    if (errorCount === 0) await writeManifestRows(store, id, batch.rows);
  }
  if (errorCount === 0) {
    errors.push(...(await readManifestConflicts(store, id, mostErrors)).map(conflict));
    errorCount = errors.length;
  }
  if (errorCount === 0 && rows === 0) {
    errors.push({
      path: 'manifest',
      code: 'required',
      message: 'The manifest has no rows. Write one key-Region pair per line.',
    });
    errorCount = 1;
  }
  return {
    id,
    format,
    errors,
    errorCount,
    rows,
    sha256: hash.digest('hex'),
    regions: [...regions],
    withAlias,
    withoutRegion,
    withSettings,
  };
}

function outOfScope(
  scope: Scope,
  { line, region }: ManifestRow,
  groups: ReadonlyMap<string, RegionGroup>,
): InputError | null {
  const fault = region && entryOutOfScope(scope, `manifest[${line}].region`, region, groups);
  return fault ? { ...fault, line } : null;
}

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

function conflict({
  key,
  region,
  lines,
}: {
  key: string;
  region: string | null;
  lines: readonly number[];
}): InputError {
  const line = lines[1] ?? 1;
  const where = region === null ? "the plan's Regions" : region;
  return {
    path: `manifest[${line}]`,
    line,
    code: 'contradicting_rows',
    message: `Lines ${lines.join(', ')} have different settings for ${key} in ${where}: keep one of them.`,
  };
}
