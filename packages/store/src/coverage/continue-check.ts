import { openReplicaStates, passingCodes, presentReplicaStates } from '@keyferry/core';
import { statesIn } from '../states-in-sql.ts';
import { type Connection, inTransaction, Prisma, type Store } from '../store.ts';
import { type HeldCheck, stillHeld } from './run-check.ts';

/*
 * A check that continues another: what waiting cannot change, and what is proven, is taken over; the rest is checked again.
 */

/** So long after a plan has ended CCKM's list may lack a replica that it has made. */
const listLagMinutes = 10;

/** A cell `c` of a key `k` that may be another when it is checked again: a missing replica only where a plan makes it. */
const changing = Prisma.sql`c.code = ANY(${[...passingCodes]}) AND (c.code <> 'no_replica' OR EXISTS (
  SELECT 1 FROM replicas r JOIN plans p ON p.id = r.plan_id
  WHERE r.mrk = k.mrk AND r.region = c.region AND p.operation = 'replicate' AND p.mode = 'execute'
    AND r.state IN ${statesIn([...openReplicaStates, ...presentReplicaStates])}
    AND (p.finished_at IS NULL OR p.finished_at > now() - make_interval(mins => ${listLagMinutes}))))`;

/** The cells of a check that waiting can change, by code. */
export function countChangingCells(db: Connection, checkId: string): Promise<{ code: string; cells: number }[]> {
  return db.$queryRaw`
    SELECT c.code, count(*)::int AS cells FROM coverage_cells c
    JOIN coverage_keys k ON k.check_id = c.check_id AND k.position = c.position
    WHERE c.check_id = ${checkId}::uuid AND ${changing} GROUP BY c.code ORDER BY c.code`;
}

/** The AWS key ids that have a cell which waiting can change. */
export async function readChangingMrks(db: Connection, checkId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ mrk: string }[]>`
    SELECT k.mrk FROM coverage_keys k WHERE k.check_id = ${checkId}::uuid AND k.mrk <> '' AND EXISTS (
      SELECT 1 FROM coverage_cells c WHERE c.check_id = k.check_id AND c.position = k.position AND ${changing})
    ORDER BY k.position`;
  return rows.map(({ mrk }) => mrk);
}

/** A cell that a check has to look at again, at the position that its key had in the check before. */
export interface CellToCheck {
  readonly mrk: string;
  readonly position: number;
  readonly region: string;
}

const takingOverMs = 300_000;

/**
 * Takes over what the check before it has found, but for the cells of the keys in `mrks` that can still change: those are
 * answered. Null, and nothing is written, once the claim is no longer the newest.
 */
export function takeOverCells(
  store: Store,
  held: HeldCheck,
  { continuesId, mrks }: { continuesId: string; mrks: readonly string[] },
): Promise<CellToCheck[] | null> {
  const { checkId } = held;
  return inTransaction(
    store,
    async (tx) => {
      if (!(await stillHeld(tx, held))) return null;
      const open = await tx.$queryRaw<CellToCheck[]>`
        SELECT k.mrk, c.position, c.region FROM coverage_cells c
        JOIN coverage_keys k ON k.check_id = c.check_id AND k.position = c.position
        WHERE c.check_id = ${continuesId}::uuid AND k.mrk = ANY(${[...mrks]}) AND c.code = ANY(${[...passingCodes]})`;
      await tx.$executeRaw`
        INSERT INTO coverage_keys (check_id, position, key_id, mrk, key_arn, alias, account, primary_region, origin)
        SELECT ${checkId}::uuid, position, key_id, mrk, key_arn, alias, account, primary_region, origin
        FROM coverage_keys WHERE check_id = ${continuesId}::uuid`;
      await tx.$executeRaw`
        INSERT INTO coverage_cells
          (check_id, position, region, state, code, message, member_id, key_state, valid_to, diff, material)
        SELECT ${checkId}::uuid, c.position, c.region, c.state, c.code, c.message, c.member_id, c.key_state, c.valid_to,
          c.diff, c.material
        FROM coverage_cells c JOIN coverage_keys k ON k.check_id = c.check_id AND k.position = c.position
        WHERE c.check_id = ${continuesId}::uuid AND NOT (k.mrk = ANY(${[...mrks]}) AND c.code = ANY(${[...passingCodes]}))`;
      return open;
    },
    { timeoutMs: takingOverMs },
  );
}
