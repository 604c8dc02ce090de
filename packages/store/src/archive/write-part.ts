import { pageOfReplicas } from '../replicas/page-of-replicas.ts';
import { Prisma, type Transaction } from '../store.ts';
import { ArchiveDiffers } from './archive-differs.ts';
import { type ArchivedTable, countEqualRows } from './equal-rows.ts';

/**
 * Writes the next part of a plan's archive, of `size` rows (and of attempts, those of so many replicas), and compares it
 * with the table; false once all rows are in one. Throws ArchiveDiffers.
 */
export async function writePart(tx: Transaction, planId: string, size: number): Promise<boolean> {
  return (
    (await writeReplicas(tx, planId, size)) ||
    (await writeNumbered(tx, planId, 'plan_keys', size)) ||
    (await writeNumbered(tx, planId, 'manifest_rows', size)) ||
    (await writeLanes(tx, planId, size))
  );
}

async function writeReplicas(tx: Transaction, planId: string, size: number): Promise<boolean> {
  const [last] = await tx.$queryRaw<{ n: number; last_id: string }[]>`
    SELECT n, last_id FROM plan_archive_parts
    WHERE plan_id = ${planId}::uuid AND of = 'replicas' ORDER BY n DESC LIMIT 1`;
  const n = last === undefined ? 0 : last.n + 1;
  const [part] = await tx.$queryRaw<{ first_id: string; last_id: string }[]>`
    WITH page AS (
      SELECT r.* FROM (${pageOfReplicas(planId, {}, { limit: size, after: last?.last_id ?? null })}) ids
      CROSS JOIN LATERAL (SELECT * FROM replicas r WHERE r.id = ids.id LIMIT 1) r
    ), packed AS (
      SELECT (array_agg(id ORDER BY id))[1] AS first_id, (array_agg(id ORDER BY id DESC))[1] AS last_id,
        count(*)::int AS row_count, jsonb_agg(without_nulls(to_jsonb(page)) ORDER BY id) AS rows FROM page
    )
    INSERT INTO plan_archive_parts (plan_id, of, n, first_id, last_id, row_count, sha256, rows)
    SELECT ${planId}::uuid, 'replicas', ${n}, first_id, last_id, row_count, rows_sha256(rows), rows
    FROM packed WHERE row_count > 0
    RETURNING first_id, last_id`;
  if (part === undefined) return false;
  await tx.$executeRaw`
    WITH packed AS (
      SELECT count(*)::int AS row_count, jsonb_agg(without_nulls(to_jsonb(t)) ORDER BY t.id) AS rows
      FROM replicas r JOIN attempts t ON t.replica_id = r.id
      WHERE r.plan_id = ${planId}::uuid AND r.id BETWEEN ${part.first_id}::uuid AND ${part.last_id}::uuid
    )
    INSERT INTO plan_archive_parts (plan_id, of, n, first_id, last_id, row_count, sha256, rows)
    SELECT ${planId}::uuid, 'attempts', ${n}, ${part.first_id}::uuid, ${part.last_id}::uuid, row_count, rows_sha256(rows), rows
    FROM packed WHERE row_count > 0`;
  await verify(tx, planId, 'replicas', n);
  await verify(tx, planId, 'attempts', n);
  return true;
}

/** Tables whose rows are numbered: where those of a plan stand, and the column of the number. */
const numbered = {
  plan_keys: {
    rows: (planId: string) => Prisma.sql`plan_keys t WHERE t.plan_id = ${planId}::uuid`,
    number: 'position',
  },
  manifest_rows: {
    rows: (planId: string) =>
      Prisma.sql`manifest_rows t WHERE t.manifest_id = (SELECT id FROM manifests WHERE plan_id = ${planId}::uuid)`,
    number: 'line',
  },
} as const;

async function writeNumbered(
  tx: Transaction,
  planId: string,
  table: keyof typeof numbered,
  size: number,
): Promise<boolean> {
  const { rows, number } = numbered[table];
  const [before] = await tx.$queryRaw<{ n: number; last: number }[]>`
    SELECT n, (rows -> -1 ->> ${number})::int AS last FROM plan_archive_parts
    WHERE plan_id = ${planId}::uuid AND of = ${table}::archived_table ORDER BY n DESC LIMIT 1`;
  const n = before === undefined ? 0 : before.n + 1;
  const column = Prisma.raw(`t.${number}`);
  const written = await tx.$executeRaw`
    WITH page AS (
      SELECT * FROM ${rows(planId)} AND ${column} > ${before?.last ?? -1}::int ORDER BY ${column} LIMIT ${size}
    ), packed AS (
      SELECT count(*)::int AS row_count, jsonb_agg(without_nulls(to_jsonb(t)) ORDER BY ${column}) AS rows FROM page t
    )
    INSERT INTO plan_archive_parts (plan_id, of, n, row_count, sha256, rows)
    SELECT ${planId}::uuid, ${table}::archived_table, ${n}::int, row_count, rows_sha256(rows), rows
    FROM packed WHERE row_count > 0`;
  if (written > 0) await verify(tx, planId, table, n);
  return written > 0;
}

async function writeLanes(tx: Transaction, planId: string, size: number): Promise<boolean> {
  const [before] = await tx.$queryRaw<{ n: number; last: string }[]>`
    SELECT n, rows -> -1 ->> 'id' AS last FROM plan_archive_parts
    WHERE plan_id = ${planId}::uuid AND of = 'plan_lanes' ORDER BY n DESC LIMIT 1`;
  const n = before === undefined ? 0 : before.n + 1;
  const written = await tx.$executeRaw`
    WITH page AS (
      SELECT * FROM plan_lanes WHERE plan_id = ${planId}::uuid AND (${before?.last ?? null}::uuid IS NULL OR id > ${before?.last ?? null}::uuid)
      ORDER BY id LIMIT ${size}
    ), packed AS (
      SELECT count(*)::int AS row_count, jsonb_agg(without_nulls(to_jsonb(page)) ORDER BY id) AS rows FROM page
    )
    INSERT INTO plan_archive_parts (plan_id, of, n, row_count, sha256, rows)
    SELECT ${planId}::uuid, 'plan_lanes', ${n}::int, row_count, rows_sha256(rows), rows FROM packed WHERE row_count > 0`;
  if (written > 0) await verify(tx, planId, 'plan_lanes', n);
  return written > 0;
}

async function verify(tx: Transaction, planId: string, table: ArchivedTable, n: number): Promise<void> {
  const part = await countEqualRows(tx, planId, table, n);
  if (part !== null && part.equal !== part.row_count) throw new ArchiveDiffers(planId, table, n);
}
