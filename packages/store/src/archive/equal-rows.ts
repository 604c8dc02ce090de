import { Prisma, type Transaction } from '../store.ts';

/** A row `a` of a part and the row `t` of its table, by the primary key. */
export const sameRow = {
  replicas: Prisma.sql`t.id = a.id`,
  attempts: Prisma.sql`t.id = a.id`,
  plan_keys: Prisma.sql`t.plan_id = a.plan_id AND t.position = a.position`,
  manifest_rows: Prisma.sql`t.manifest_id = a.manifest_id AND t.line = a.line`,
  plan_lanes: Prisma.sql`t.id = a.id`,
} as const;

export type ArchivedTable = keyof typeof sameRow;

/** How many rows a part has, and how many of them stand in the table just so; none where its hash is another. Null: no such part. */
export async function countEqualRows(
  tx: Transaction,
  planId: string,
  table: ArchivedTable,
  n: number,
): Promise<{ row_count: number; equal: number } | null> {
  const name = Prisma.raw(table);
  const [part] = await tx.$queryRaw<{ row_count: number; equal: number }[]>`
    SELECT p.row_count, CASE WHEN rows_sha256(p.rows) <> p.sha256 THEN -1 ELSE (
      SELECT count(*)::int FROM jsonb_populate_recordset(NULL::${name}, p.rows) a
      JOIN ${name} t ON ${sameRow[table]} WHERE t IS NOT DISTINCT FROM a) END AS equal
    FROM plan_archive_parts p
    WHERE p.plan_id = ${planId}::uuid AND p.of = ${table}::archived_table AND p.n = ${n}::int`;
  return part ?? null;
}
