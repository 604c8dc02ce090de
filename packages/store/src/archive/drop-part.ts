import { laneCounters } from '../plans/lane-counters.ts';
import { Prisma, type Transaction } from '../store.ts';
import { ArchiveDiffers } from './archive-differs.ts';
import { type ArchivedTable, countEqualRows, sameRow } from './equal-rows.ts';

interface Part {
  readonly of: ArchivedTable;
  readonly n: number;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

/** Deletes the rows of the next part of an archived plan, which must be those of the part; false: all are gone. Throws ArchiveDiffers. */
export async function dropPart(tx: Transaction, planId: string): Promise<boolean> {
  const [part] = await tx.$queryRaw<Part[]>`
    SELECT p.of::text AS of, p.n, p.first_id, p.last_id FROM plan_archive_parts p
    WHERE p.plan_id = ${planId}::uuid AND p.of <> 'attempts' AND p.dropped_at IS NULL ORDER BY p.of, p.n LIMIT 1`;
  if (part === undefined) return false;
  const { of, n } = part;
  if (of === 'replicas') await dropReplicas(tx, planId, part);
  else if (of === 'plan_lanes') await dropLanes(tx, planId, n);
  else if (of !== 'attempts') await dropRowsOf(tx, planId, of, n);
  const tables = of === 'replicas' ? ['replicas', 'attempts'] : [of];
  await tx.$executeRaw`
    UPDATE plan_archive_parts SET dropped_at = now()
    WHERE plan_id = ${planId}::uuid AND of::text = ANY(${tables}) AND n = ${n}`;
  return true;
}

async function dropReplicas(
  tx: Transaction,
  planId: string,
  { n, first_id: firstId, last_id: lastId }: Part,
): Promise<void> {
  const inPart = Prisma.sql`r.plan_id = ${planId}::uuid AND r.id BETWEEN ${firstId}::uuid AND ${lastId}::uuid`;
  await tx.$executeRaw`SELECT 1 FROM replicas r WHERE ${inPart} ORDER BY r.id FOR UPDATE`;
  const replicas = await equalRows(tx, planId, 'replicas', n);
  const attempts = await equalRows(tx, planId, 'attempts', n);
  await keepPairs(tx, inPart);
  await expectDeleted(
    attempts,
    tx.$executeRaw`DELETE FROM attempts t USING replicas r WHERE t.replica_id = r.id AND ${inPart}`,
    () => new ArchiveDiffers(planId, 'attempts', n),
  );
  await expectDeleted(
    replicas,
    tx.$executeRaw`DELETE FROM replicas r WHERE ${inPart}`,
    () => new ArchiveDiffers(planId, 'replicas', n),
  );
}

async function dropRowsOf(
  tx: Transaction,
  planId: string,
  of: 'plan_keys' | 'manifest_rows' | 'plan_lanes',
  n: number,
): Promise<void> {
  const equal = await equalRows(tx, planId, of, n);
  await expectDeleted(
    equal,
    tx.$executeRaw`
      DELETE FROM ${Prisma.raw(of)} t USING plan_archive_parts p
        CROSS JOIN LATERAL jsonb_populate_recordset(NULL::${Prisma.raw(of)}, p.rows) a
      WHERE p.plan_id = ${planId}::uuid AND p.of = ${of}::archived_table AND p.n = ${n} AND ${sameRow[of]}`,
    () => new ArchiveDiffers(planId, of, n),
  );
}

/** The counters of these lanes are read from the archive from now on. */
async function dropLanes(tx: Transaction, planId: string, n: number): Promise<void> {
  const sums = Prisma.raw(laneCounters.map((column) => `sum(l.${column}) AS ${column}`).join(', '));
  const added = Prisma.raw(laneCounters.map((column) => `${column} = a.${column} + s.${column}`).join(', '));
  await tx.$executeRaw`
    UPDATE plan_archives a SET ${added} FROM (
      SELECT ${sums} FROM plan_archive_parts p CROSS JOIN LATERAL jsonb_populate_recordset(NULL::plan_lanes, p.rows) l
      WHERE p.plan_id = ${planId}::uuid AND p.of = 'plan_lanes' AND p.n = ${n}) s
    WHERE a.plan_id = ${planId}::uuid`;
  // Counted from the archived replicas from now on, and no more as what happened lately.
  for (const table of ['plan_failures', 'lane_failure_hours'])
    await tx.$executeRaw`
    DELETE FROM ${Prisma.raw(table)} f USING plan_archive_parts p
      CROSS JOIN LATERAL jsonb_populate_recordset(NULL::plan_lanes, p.rows) l
    WHERE p.plan_id = ${planId}::uuid AND p.of = 'plan_lanes' AND p.n = ${n} AND f.lane_id = l.id`;
  await dropRowsOf(tx, planId, 'plan_lanes', n);
}

/** How many rows the part has; it throws unless the table has them just so. */
async function equalRows(tx: Transaction, planId: string, of: ArchivedTable, n: number): Promise<number> {
  const part = await countEqualRows(tx, planId, of, n);
  if (part !== null && part.equal !== part.row_count) throw new ArchiveDiffers(planId, of, n);
  return part?.row_count ?? 0;
}

async function expectDeleted(count: number, deleting: PromiseLike<number>, differs: () => Error): Promise<void> {
  if ((await deleting) !== count) throw differs();
}

/**
 * Keeps what other rows of a pair ask of these: whose the replica is that CCKM has, and whether a call may have made one.
 * What they are asked for stands in heldColumns and writeReleases.
 */
async function keepPairs(tx: Transaction, inPart: Prisma.Sql): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO archived_pairs AS p (mrk, region, account, replica_key_ids, accepted_at, lost_answer, lost_call_at)
    SELECT r.mrk, r.region, r.account,
      coalesce(array_agg(DISTINCT r.replica_key_id) FILTER (WHERE r.outcome IN ('created', 'adopted')
        AND r.replica_key_id IS NOT NULL), '{}'),
      max(r.accepted_at), bool_or(r.lost_answer),
      max(r.lost_call_at) FILTER (WHERE r.outcome IS DISTINCT FROM 'already_present')
    FROM replicas r WHERE ${inPart} AND r.mrk <> ''
    GROUP BY r.mrk, r.region, r.account
    HAVING bool_or(r.outcome IN ('created', 'adopted') OR r.accepted_at IS NOT NULL OR r.lost_answer
      OR r.lost_call_at IS NOT NULL)
    ON CONFLICT (mrk, region, account) DO UPDATE SET
      replica_key_ids = ARRAY(SELECT DISTINCT unnest(p.replica_key_ids || excluded.replica_key_ids)),
      accepted_at = greatest(p.accepted_at, excluded.accepted_at),
      lost_answer = p.lost_answer OR excluded.lost_answer,
      lost_call_at = greatest(p.lost_call_at, excluded.lost_call_at)`;
}
