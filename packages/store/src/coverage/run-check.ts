import {
  type CoverageCause,
  type CoverageCounts,
  type CoverageSpec,
  type CoverageState,
  endedCheckStates,
  noCells,
  openCheckStates,
} from '@keyferry/core';
import { cellPlace, closeDiff, openSpec } from '../seal/policies.ts';
import { inTransaction, Prisma, records, type Store, type Transaction } from '../store.ts';
import { mostHoldersLost, oneMoreLost, outlivedHolders } from '../workers/holders-lost.ts';
import { writeInParts } from '../write-in-parts.ts';
import type { CoverageCellRow, CoverageKeyRow } from './read-cells.ts';

/** A check that a worker makes. */
export interface ClaimedCheck {
  readonly id: string;
  readonly spec: CoverageSpec;
  readonly proof: boolean;
  readonly cause: CoverageCause;
  readonly tries: number;
  /** Which claim of it this is. */
  readonly epoch: number;
  /** The check that it continues; null: it stands alone. */
  readonly continues_id: string | null;
  /** Since it was taken first, milliseconds. */
  readonly age_ms: number;
}

/** A worker, and the checks that it knows it is making. */
export interface Checking {
  readonly workerId: string;
  readonly checkIds: readonly string[];
}

/** A worker's claim of a check: a later one, be it of the same worker, ends it. */
export interface HeldCheck {
  readonly checkId: string;
  readonly workerId: string;
  readonly epoch: number;
}

/** For so long after its end a check that is neither of a policy nor of a drill keeps its cells, days. */
const looseCellsKeptDays = 7;
const finishingMs = 300_000;

/**
 * Takes the next check for a worker, those of drills first: one that waits, or one whose worker is gone, or that this
 * worker took and knows nothing of any more. What was found before is taken away: it is made from the beginning.
 */
export function claimCheck(store: Store, { workerId, checkIds }: Checking): Promise<ClaimedCheck | null> {
  return inTransaction(store, async (tx) => {
    const [claimed] = await tx.$queryRaw<(ClaimedCheck & { holders_lost: number })[]>`
      WITH next AS (
        SELECT c.id FROM coverage_checks c
        WHERE c.state = ANY(${openCheckStates}::coverage_check_state[]) AND c.not_before <= now() AND NOT EXISTS (
          SELECT 1 FROM workers w WHERE w.id = c.claimed_by AND w.alive_until > now()
            AND (w.id <> ${workerId}::uuid OR c.id = ANY(${[...checkIds]}::uuid[])))
        ORDER BY c.cause = 'drill' DESC, c.cause = 'asked' DESC, c.id LIMIT 1 FOR UPDATE SKIP LOCKED
      )
      UPDATE coverage_checks c SET state = 'running', claimed_by = ${workerId}::uuid, reason = NULL,
        holders_lost = c.holders_lost + ${oneMoreLost(Prisma.sql`c.claimed_by`, workerId)}, epoch = c.epoch + 1, started_at = coalesce(c.started_at, now())
      FROM next WHERE c.id = next.id
      RETURNING c.id, c.spec, c.proof, c.cause, c.tries, c.epoch, c.continues_id,
        c.holders_lost, (extract(epoch FROM now() - c.started_at) * 1000)::float8 AS age_ms`;
    if (!claimed) return null;
    await tx.$executeRaw`DELETE FROM coverage_keys WHERE check_id = ${claimed.id}::uuid`;
    if (claimed.holders_lost >= mostHoldersLost) {
      const message = outlivedHolders('ran this check', 'check again, or with fewer keys');
      await endFailed(tx, { checkId: claimed.id, workerId, epoch: claimed.epoch }, { code: 'workers_lost', message });
      return null;
    }
    return { ...claimed, spec: openSpec(store.seal, claimed.spec, { table: 'coverage_checks', id: claimed.id }) };
  });
}

/** `coverage_checks c`, as long as this claim of it is the newest. */
const mine = ({ checkId, workerId, epoch }: HeldCheck): Prisma.Sql => Prisma.sql`c.id = ${checkId}::uuid
  AND c.state = 'running' AND c.claimed_by = ${workerId}::uuid AND c.epoch = ${epoch}`;

/** Whether a claim is the newest still; if it is, it stays so until the transaction ends. */
export async function stillHeld(tx: Transaction, held: HeldCheck): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM coverage_checks c WHERE ${mine(held)} FOR SHARE`;
  return rows.length > 0;
}

/**
 * Writes keys with their cells; false, and nothing is written, once the check is no longer this worker's. The cells of a key
 * that Postgres refuses are written as unknown. A key that was taken over from another check stays as it is.
 */
export async function writeCells(
  store: Store,
  held: HeldCheck,
  keys: readonly CoverageKeyRow[],
  cells: readonly CoverageCellRow[],
): Promise<boolean> {
  const cellsOf = Map.groupBy(cells, ({ position }) => position);
  const write = async (part: readonly CoverageKeyRow[], change = (cell: CoverageCellRow) => cell) => [
    await insertCells(
      store,
      held,
      part,
      part.flatMap(({ position }) => (cellsOf.get(position) ?? []).map(change)),
    ),
  ];
  const written = await writeInParts(
    keys,
    (part) => write(part),
    (key) => write([{ ...key, alias: null, key_arn: null, origin: null }], withoutRefused),
  );
  return written.every(Boolean);
}

function withoutRefused({ position, region }: CoverageCellRow): CoverageCellRow {
  const message = 'Postgres refused to store the result. Read the log of Postgres, then check again.';
  const nothing = { member_id: null, key_state: null, valid_to: null, diff: null, material: null };
  return { position, region, state: 'unknown', code: 'state_unknown', message, ...nothing };
}

function insertCells(
  store: Store,
  held: HeldCheck,
  keys: readonly CoverageKeyRow[],
  cells: readonly CoverageCellRow[],
): Promise<boolean> {
  const { checkId } = held;
  const mrks = new Map(keys.map(({ position, mrk }) => [position, mrk]));
  const sealed = cells.map((cell) => {
    return { ...cell, diff: closeDiff(store.seal, cell.diff, cellPlace(mrks.get(cell.position) ?? '', cell.region)) };
  });
  return inTransaction(store, async (tx) => {
    if (!(await stillHeld(tx, held))) return false;
    await tx.$executeRaw`
      INSERT INTO coverage_keys (check_id, position, key_id, mrk, key_arn, alias, account, primary_region, origin)
      SELECT ${checkId}::uuid, k.position, k.key_id, k.mrk, k.key_arn, k.alias, k.account, k.primary_region, k.origin
      FROM jsonb_to_recordset(${records(keys)}) AS k(position int, key_id text, mrk text, key_arn text, alias text,
        account text, primary_region text, origin text)
      ON CONFLICT (check_id, position) DO NOTHING`;
    await tx.$executeRaw`
      INSERT INTO coverage_cells
        (check_id, position, region, state, code, message, member_id, key_state, valid_to, diff, material)
      SELECT ${checkId}::uuid, c.position, c.region, c.state::coverage_state, c.code, c.message, c.member_id,
        c.key_state, c.valid_to, nullif(c.diff, 'null'::jsonb), nullif(c.material, 'null'::jsonb)
      FROM jsonb_to_recordset(${records(sealed)}) AS c(position int,
        region text, state text, code text, message text, member_id text, key_state text, valid_to timestamptz,
        diff jsonb, material jsonb)`;
    return true;
  });
}

/**
 * Ends a check with what it found, and deletes cells that are no longer needed; false where it is no longer this
 * worker's.
 */
export function finishCheck(store: Store, held: HeldCheck): Promise<boolean> {
  const { checkId } = held;
  return inTransaction(
    store,
    async (tx) => {
      const [still] = await tx.$queryRaw<{ regions: string[] }[]>`
        SELECT c.regions FROM coverage_checks c WHERE ${mine(held)} FOR NO KEY UPDATE`;
      if (!still) return false;
      const { keys, counts, byRegion } = await countCells(tx, checkId, still.regions);
      await tx.$executeRaw`
        UPDATE coverage_checks c SET state = 'done', claimed_by = NULL, finished_at = now(), keys = ${keys},
          counts = ${JSON.stringify(counts)}::jsonb, by_region = ${JSON.stringify(byRegion)}::jsonb
        WHERE c.id = ${checkId}::uuid`;
      await dropOldCells(tx);
      return true;
    },
    { timeoutMs: finishingMs },
  );
}

async function countCells(tx: Transaction, checkId: string, regions: readonly string[]) {
  const [found] = await tx.$queryRaw<{ keys: number }[]>`
    SELECT count(*)::int AS keys FROM coverage_keys WHERE check_id = ${checkId}::uuid`;
  const rows = await tx.$queryRaw<{ region: string; state: CoverageState; cells: number }[]>`
    SELECT region, state, count(*)::int AS cells FROM coverage_cells WHERE check_id = ${checkId}::uuid GROUP BY 1, 2`;
  const counted = (of: typeof rows): CoverageCounts => {
    const counts = noCells();
    for (const { state, cells } of of) {
      counts[state] += cells;
      counts.total += cells;
    }
    return counts;
  };
  const byRegion = regions.map((region) => ({ region, counts: counted(rows.filter((row) => row.region === region)) }));
  return { keys: found?.keys ?? 0, counts: counted(rows), byRegion };
}

/**
 * Kept are the cells of drills, of each policy's newest check that is done, and of others for a week; with its cells goes
 * what a check was asked to go by, of which the SHA-256 stays.
 */
async function dropOldCells(tx: Transaction): Promise<void> {
  await tx.$executeRaw`
    WITH old AS (
      SELECT c.id FROM coverage_checks c
      WHERE c.spec IS NOT NULL AND c.state = ANY(${endedCheckStates}::coverage_check_state[]) AND c.drill_id IS NULL AND CASE
        WHEN c.policy_name IS NULL THEN c.finished_at < now() - make_interval(days => ${looseCellsKeptDays})
        ELSE EXISTS (SELECT 1 FROM coverage_checks n WHERE n.policy_name = c.policy_name AND n.id > c.id
          AND n.state = 'done' AND n.drill_id IS NULL) END
      FOR UPDATE SKIP LOCKED
    ), bare AS (
      UPDATE coverage_checks c SET spec = NULL FROM old WHERE c.id = old.id
    )
    DELETE FROM coverage_keys k USING old WHERE k.check_id = old.id`;
}

/** Lets a check wait, to be tried again after a while. */
export async function postponeCheck(
  { prisma }: Store,
  held: HeldCheck,
  { delayMs, reason }: { delayMs: number; reason: string | null },
): Promise<void> {
  await prisma.$executeRaw`
    UPDATE coverage_checks c SET state = 'pending', claimed_by = NULL, holders_lost = 0, reason = ${reason},
      tries = tries + ${reason === null ? 0 : 1}, not_before = now() + make_interval(secs => ${delayMs / 1_000})
    WHERE ${mine(held)}`;
}

/** Gives a check up. */
export async function failCheck(
  store: Store,
  held: HeldCheck,
  error: { code: string; message: string },
): Promise<void> {
  await inTransaction(store, (tx) => endFailed(tx, held, error));
}

async function endFailed(tx: Transaction, held: HeldCheck, error: { code: string; message: string }): Promise<void> {
  const failed = await tx.$executeRaw`
    UPDATE coverage_checks c SET state = 'failed', claimed_by = NULL, finished_at = now(),
      error = ${JSON.stringify(error)}::jsonb
    WHERE ${mine(held)}`;
  if (failed > 0) await tx.$executeRaw`DELETE FROM coverage_keys WHERE check_id = ${held.checkId}::uuid`;
}
