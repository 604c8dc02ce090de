import type { ManifestRow } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { Prisma, records, type Store } from '../store.ts';

/** How long an upload may take at most, hours: what has no plan after that is taken for dead. */
const uploadHours = 1;

/** Makes room for a manifest that is being taken in; insertPlan gives it its plan. Answers its id. */
export async function beginManifest(store: Store): Promise<string> {
  const id = newId();
  await store.prisma.manifest.create({ data: { id } });
  return id;
}

/** Writes some thousand rows. */
export async function writeManifestRows(store: Store, manifestId: string, rows: readonly ManifestRow[]): Promise<void> {
  await store.prisma.$executeRaw`
    INSERT INTO manifest_rows (manifest_id, line, key, region, settings)
    SELECT ${manifestId}::uuid, r.line, r.key, r.region, nullif(r.settings, 'null'::jsonb)
    FROM jsonb_to_recordset(${records(rows)}) AS r(line int, key text, region text, settings jsonb)`;
}

/** Lines of one key and Region that set different things. */
export interface ManifestConflict {
  readonly key: string;
  readonly region: string | null;
  readonly lines: readonly number[];
}

/** Where a manifest contradicts itself, the first `limit` by line, with up to ten lines each. */
export function readManifestConflicts(store: Store, manifestId: string, limit: number): Promise<ManifestConflict[]> {
  return store.prisma.$queryRaw`
    SELECT key, region, (array_agg(line ORDER BY line))[1:10] AS lines FROM manifest_rows
    WHERE manifest_id = ${manifestId}::uuid
    GROUP BY key, region HAVING count(*) > 1 AND count(DISTINCT coalesce(settings, 'null'::jsonb)) > 1
    ORDER BY min(line) LIMIT ${limit}`;
}

/** Takes back a manifest that became no plan. */
export async function dropManifest(store: Store, manifestId: string): Promise<void> {
  await store.prisma.$executeRaw`DELETE FROM manifests WHERE id = ${manifestId}::uuid AND plan_id IS NULL`;
}

/** Takes back what uploads left that died on the way. Answers how many. */
export function dropDeadManifests(store: Store): Promise<number> {
  return store.prisma.$executeRaw`
    DELETE FROM manifests WHERE plan_id IS NULL AND created_at < now() - make_interval(hours => ${uploadHours})`;
}

/** A key as a manifest names it, with its rows: one a Region, by line. */
export interface ManifestKey {
  readonly key: string;
  readonly rows: readonly ManifestRow[];
}

/** Rows by what they name: a Region, a group of Regions, or neither, so that the plan's Regions count. */
export type ManifestPart = 'region' | 'group' | 'neither';

const ofPart: Readonly<Record<ManifestPart, Prisma.Sql>> = {
  region: Prisma.sql`region NOT LIKE 'group:%'`,
  group: Prisma.sql`region LIKE 'group:%'`,
  neither: Prisma.sql`region IS NULL`,
};

/** The keys of one part of a plan's manifest in their alphabetical order, `size` at a time. */
export async function* eachManifestKeyPage(
  store: Store,
  planId: string,
  part: ManifestPart,
  size: number,
): AsyncGenerator<ManifestKey[]> {
  let after = '';
  for (;;) {
    const page: ManifestKey[] = await store.prisma.$queryRaw<ManifestKey[]>`
      WITH manifest AS (SELECT id FROM manifests WHERE plan_id = ${planId}::uuid),
      named AS (
        SELECT DISTINCT key FROM manifest_rows
        WHERE manifest_id = (SELECT id FROM manifest) AND ${ofPart[part]} AND key > ${after}
        ORDER BY key LIMIT ${size}
      )
      SELECT r.key, jsonb_agg(jsonb_build_object('key', r.key, 'line', r.line, 'region', r.region, 'settings', r.settings)
        ORDER BY r.line) AS rows
      FROM (
        SELECT key, region, min(line) AS line, (array_agg(settings))[1] AS settings FROM manifest_rows
        WHERE manifest_id = (SELECT id FROM manifest) AND ${ofPart[part]} AND key IN (SELECT key FROM named)
        GROUP BY key, region
      ) r
      GROUP BY r.key ORDER BY r.key`;
    if (page.length > 0) yield page;
    after = page.at(-1)?.key ?? '';
    if (page.length < size) return;
  }
}
