import { openReplicaStates, presentReplicaStates } from '@keyferry/core';
import { appendEntry } from '../audit/entries.ts';
import { rowsOfLane, statesIn } from '../states-in-sql.ts';
import { inTransaction, Prisma, type Store, type Transaction } from '../store.ts';
import { dropPart } from './drop-part.ts';
import { writePart } from './write-part.ts';

/** Of all workers one archives at a time, a step a transaction. */
const archiveLock = 7_362_148_063;

/** An archive that failed is not continued before this, so that others get their turn. */
const againAfterMinutes = 60;

/** Rows of a part: few enough for one transaction, many enough to be compressed well. */
const rowsAtOnce = 1_000;

/** Of a plan of a million replicas all rows are counted before it is marked. */
const stepMs = 300_000;

/** An archive under way. */
interface OpenArchive {
  readonly plan_id: string;
  /** Its rows are read from here by now. */
  readonly archived: boolean;
  /** The plan has run again since this was begun. */
  readonly outdated: boolean;
}

/**
 * Takes the next step of archiving plans that finished more than `afterDays` ago: a part of at most a thousand rows is
 * written and verified, or the plan is marked, or the rows of a part leave their table. Each step is one transaction and
 * follows from what stands in Postgres, so it makes no difference where a worker dies, or which one goes on. Answers whether there may be
 * more to do at once. Throws where rows and archive differ: nothing is deleted then.
 */
export async function archiveNext(store: Store, afterDays: number, partSize = rowsAtOnce): Promise<boolean> {
  let planId: string | null = null;
  try {
    const step = async (tx: Transaction) => {
      const [lock] = await tx.$queryRaw<
        { locked: boolean }[]
      >`SELECT pg_try_advisory_xact_lock(${archiveLock}) AS locked`;
      if (!lock?.locked) return false;
      const open = await findOpen(tx);
      if (open === null) return begin(tx, afterDays);
      planId = open.plan_id;
      if (open.archived) {
        if (!(await dropPart(tx, open.plan_id))) await finish(tx, open.plan_id);
      } else if (open.outdated) {
        await giveUp(tx, open.plan_id);
      } else if (!(await writePart(tx, open.plan_id, partSize))) {
        await mark(tx, open.plan_id);
      }
      return true;
    };
    return await inTransaction(store, step, { timeoutMs: stepMs });
  } catch (error) {
    if (planId !== null) await postpone(store, planId);
    throw error;
  }
}

async function findOpen(tx: Transaction): Promise<OpenArchive | null> {
  const [open] = await tx.$queryRaw<OpenArchive[]>`
    SELECT a.plan_id, p.archived_at IS NOT NULL AS archived,
      p.finished_at IS DISTINCT FROM a.finished_at AS outdated
    FROM plan_archives a JOIN plans p ON p.id = a.plan_id
    WHERE a.emptied_at IS NULL AND a.not_before <= now() ORDER BY a.plan_id LIMIT 1`;
  return open ?? null;
}

/**
 * The plan that finished first and of which nothing is open. Plans of drills are left as they are: the times and the
 * evidence of a drill are read from their rows.
 */
async function begin(tx: Transaction, afterDays: number): Promise<boolean> {
  const begun = await tx.$executeRaw`
    INSERT INTO plan_archives (plan_id, finished_at)
    SELECT p.id, p.finished_at FROM plans p
    WHERE p.finished_at < now() - make_interval(secs => ${afterDays * 86_400}::float8) AND p.archived_at IS NULL
      AND p.drill_id IS NULL AND NOT EXISTS (SELECT 1 FROM plan_archives a WHERE a.plan_id = p.id)
      AND NOT ${hasOpenRows}
    ORDER BY p.finished_at LIMIT 1`;
  return begun === 1;
}

/** Something may still change a row of `plans p`. Each by the index of such rows, which are few. */
const hasOpenRows = Prisma.sql`(
  EXISTS (SELECT 1 FROM plan_lanes l WHERE l.plan_id = p.id
    AND ${rowsOfLane('l', openReplicaStates)} > 0)
  OR EXISTS (SELECT 1 FROM replicas r WHERE r.worker_id IS NOT NULL AND r.plan_id = p.id)
  OR EXISTS (SELECT 1 FROM replicas r WHERE r.next_look_at IS NOT NULL AND r.plan_id = p.id)
  OR EXISTS (SELECT 1 FROM replicas r WHERE r.slot_at IS NOT NULL AND r.plan_id = p.id))`;

/** From here on the rows are read from the archive. The plan is locked as where a retry opens it again. */
async function mark(tx: Transaction, planId: string): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
  const [facts] = await tx.$queryRaw<{ missing: number; outdated: boolean }[]>`
    SELECT p.finished_at IS DISTINCT FROM a.finished_at OR ${hasOpenRows} AS outdated,
      (abs((SELECT count(*) FROM replicas r WHERE r.plan_id = p.id) - ${rowsOf('replicas')})
        + abs((SELECT count(*) FROM replicas r JOIN attempts t ON t.replica_id = r.id WHERE r.plan_id = p.id)
          - ${rowsOf('attempts')})
        + abs((SELECT count(*) FROM plan_keys k WHERE k.plan_id = p.id) - ${rowsOf('plan_keys')})
        + abs((SELECT count(*) FROM manifests m JOIN manifest_rows r ON r.manifest_id = m.id WHERE m.plan_id = p.id)
          - ${rowsOf('manifest_rows')})
        + abs((SELECT count(*) FROM plan_lanes l WHERE l.plan_id = p.id) - ${rowsOf('plan_lanes')}))::int AS missing
    FROM plans p JOIN plan_archives a ON a.plan_id = p.id WHERE p.id = ${planId}::uuid`;
  // Rows that came or went while it was written: it is begun anew.
  if (facts === undefined || facts.outdated || facts.missing > 0) return giveUp(tx, planId);
  await tx.$executeRaw`
    UPDATE plan_archives a SET rows = t.rows, bytes = t.bytes, sha256 = t.sha256, adopted = r.adopted,
      pending_import = r.pending_import
    FROM (SELECT coalesce(sum(row_count), 0) AS rows, coalesce(sum(pg_column_size(rows)), 0) AS bytes,
        encode(sha256(convert_to(coalesce(string_agg(sha256, E'\n' ORDER BY of, n), ''), 'UTF8')), 'hex') AS sha256
      FROM plan_archive_parts WHERE plan_id = ${planId}::uuid) t,
      (SELECT count(*) FILTER (WHERE state = 'succeeded' AND outcome = 'adopted') AS adopted,
        count(*) FILTER (WHERE state IN ${statesIn(presentReplicaStates)} AND key_state = 'PendingImport') AS pending_import
      FROM replicas WHERE plan_id = ${planId}::uuid) r
    WHERE a.plan_id = ${planId}::uuid`;
  await tx.$executeRaw`UPDATE plans SET archived_at = now() WHERE id = ${planId}::uuid`;
  const { rows, bytes, sha256 } = await tx.planArchive.findUniqueOrThrow({ where: { planId } });
  const detail = { rows: Number(rows), bytes: Number(bytes), sha256 };
  await appendEntry(tx, { object: { type: 'plan', id: planId }, action: 'plan.archive', detail });
}

const rowsOf = (table: string): Prisma.Sql => Prisma.sql`(SELECT coalesce(sum(c.row_count), 0) FROM plan_archive_parts c
  WHERE c.plan_id = p.id AND c.of = ${table}::archived_table)`;

/** Nothing has been deleted by then. */
async function giveUp(tx: Transaction, planId: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM plan_archives WHERE plan_id = ${planId}::uuid`;
}

/** What a stream of events is read from is of no use any more. */
async function finish(tx: Transaction, planId: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM plan_changes WHERE plan_id = ${planId}::uuid`;
  await tx.$executeRaw`UPDATE plan_archives SET emptied_at = now() WHERE plan_id = ${planId}::uuid`;
}

async function postpone(store: Store, planId: string): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE plan_archives SET not_before = now() + make_interval(mins => ${againAfterMinutes}::int)
    WHERE plan_id = ${planId}::uuid AND emptied_at IS NULL`.catch(() => undefined);
}
