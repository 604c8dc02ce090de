import { createHash } from 'node:crypto';
import {
  type CoverageState,
  lostResponseCodes,
  presentReplicaStates,
  unsuccessfulReplicaStates,
  usableStates,
} from '@keyferry/core';
import { statesIn } from '../states-in-sql.ts';
import type { Connection } from '../store.ts';
import { Prisma } from '../store.ts';
import { type DrillPromotion, promotedKeys } from './promoted-keys.ts';

/*
 * The keys of a drill: those of its baseline, the coverage check that it began with, with their primaries where they were.
 */

/** The AWS key ids of a drill, in their order. Keys that the check did not find have none. */
export async function readDrillMrks(db: Connection, baselineCheckId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ mrk: string }[]>`
    SELECT mrk FROM coverage_keys WHERE check_id = ${baselineCheckId}::uuid AND mrk <> '' ORDER BY position`;
  return [...new Set(rows.map(({ mrk }) => mrk))];
}

/** What is approved of the keys: SHA-256 over a line `<mrk> <primary's Region>` each, sorted; and how many there are. */
export async function hashDrillScope(
  db: Connection,
  baselineCheckId: string,
): Promise<{ scopeSha256: string; keys: number; unknown: number }> {
  const rows = await db.$queryRaw<{ mrk: string; key_id: string; region: string }[]>`
    SELECT mrk, key_id, primary_region AS region FROM coverage_keys WHERE check_id = ${baselineCheckId}::uuid`;
  const found = rows.filter(({ mrk }) => mrk !== '');
  const lines = [...new Set(found.map(({ mrk, region }) => `${mrk} ${region}\n`))].sort();
  const scopeSha256 = createHash('sha256').update(lines.join('')).digest('hex');
  return { scopeSha256, keys: lines.length, unknown: rows.length - found.length };
}

/** Where the primaries of a drill's keys are now: as it began, and as its promotions have moved them since. */
const primariesNow = (drillId: string, baselineCheckId: string): Prisma.Sql => Prisma.sql`(
  SELECT k.position, k.mrk, k.account, k.primary_region AS origin, coalesce((
    SELECT r.region FROM plans p JOIN replicas r ON r.plan_id = p.id
    WHERE p.drill_id = ${drillId}::uuid AND p.operation = 'promote' AND r.mrk = k.mrk
      AND r.state IN ${statesIn(presentReplicaStates)}
    ORDER BY p.id DESC LIMIT 1), k.primary_region) AS region
  FROM coverage_keys k WHERE k.check_id = ${baselineCheckId}::uuid AND k.mrk <> '')`;

export interface PlanRowOfDrill {
  readonly key: string;
  readonly region: string;
}

/** Each key × Region of the drill in which its primary is not: what a replicate step is to see to. */
export function rowsToReplicate(
  db: Connection,
  drillId: string,
  baselineCheckId: string,
  some: readonly string[] | null,
): Promise<PlanRowOfDrill[]> {
  return db.$queryRaw<PlanRowOfDrill[]>`
    SELECT k.mrk AS key, c.region FROM ${primariesNow(drillId, baselineCheckId)} k
    JOIN coverage_cells c ON c.check_id = ${baselineCheckId}::uuid AND c.position = k.position
    WHERE c.region <> k.region AND (${some === null} OR c.region = ANY(${[...(some ?? [])]}))
    ORDER BY k.position, c.region`;
}

/** Of the keys whose primaries promotions of this drill have called to move, or may have: where they came from. */
export function rowsToFailBack(db: Connection, drillId: string, baselineCheckId: string): Promise<PlanRowOfDrill[]> {
  return db.$queryRaw<PlanRowOfDrill[]>`
    SELECT k.mrk AS key, k.primary_region AS region FROM coverage_keys k
    WHERE k.check_id = ${baselineCheckId}::uuid AND k.mrk <> '' AND EXISTS (
      SELECT 1 FROM plans p JOIN replicas r ON r.plan_id = p.id
      WHERE p.drill_id = ${drillId}::uuid AND p.operation = 'promote' AND r.mrk = k.mrk
        AND (r.attempts > 0 OR r.lost_answer OR r.outcome IS DISTINCT FROM 'already_present' AND r.state = 'succeeded'))
    ORDER BY k.position`;
}

/** Keys of a drill with their primaries in one Region; `down`: nothing can be replicated or promoted for them now. */
export interface KeysByPrimary {
  readonly region: string;
  readonly keys: number;
  readonly down: boolean;
  /** The last calls there failed, and none was made since: whether it is down shows with the next. */
  readonly unsure: boolean;
}

/**
 * Where the primaries of a drill's keys are. Down is a Region that the runbook takes as lost, or whose lane for this operation is
 * down just now, by what replicate-key or update-primary-region calls have met: its circuit is open, or half open while work
 * waits that probes it. Half open without work is not known to be down.
 */
export function readKeysByPrimary(
  db: Connection,
  { id, lostRegions, baselineCheckId }: { id: string; lostRegions: readonly string[]; baselineCheckId: string },
  operation: 'ReplicateKey' | 'UpdatePrimaryRegion',
): Promise<KeysByPrimary[]> {
  const planOperation = operation === 'ReplicateKey' ? 'replicate' : 'promote';
  return db.$queryRaw<KeysByPrimary[]>`
    WITH keys AS (
      SELECT k.region, k.account, coalesce(c.state, 'closed') AS circuit FROM ${primariesNow(id, baselineCheckId)} k
      LEFT JOIN circuits c ON c.id = k.account || ':' || k.region || ':' || ${operation}
    ), places AS (
      SELECT region, account, circuit, count(*)::int AS keys, region = ANY(${[...lostRegions]}) OR circuit = 'open'
        OR (circuit = 'half_open' AND EXISTS (SELECT 1 FROM plan_lanes l JOIN plans p ON p.id = l.plan_id
          WHERE l.account = keys.account AND l.primary_region = keys.region AND p.finished_at IS NULL
            AND p.state IN ('running', 'cancelled') AND p.operation = ${planOperation}::plan_operation
            AND l.pending + l.queued + l.replicating > 0)) AS down
      FROM keys GROUP BY region, account, circuit
    )
    SELECT region, sum(keys)::int AS keys, down, bool_or(circuit <> 'closed') AND NOT down AS unsure FROM places
    GROUP BY region, down ORDER BY region`;
}

/** How many keys of a check are in a usable state in each of these Regions where they are wanted: replicas that decrypt. */
export async function countUsableKeys(db: Connection, checkId: string): Promise<{ usable: number; keys: number }> {
  const [row] = await db.$queryRaw<[{ usable: number; keys: number }]>`
    SELECT (count(*) FILTER (WHERE usable))::int AS usable, count(*)::int AS keys FROM (
      SELECT bool_and(state::text = ANY(${[...usableStates]})) AS usable FROM coverage_cells
      WHERE check_id = ${checkId}::uuid GROUP BY position) k`;
  return row;
}

/** The cells of a check by state and code, with the Regions they are in. */
export interface CellGroup {
  readonly state: CoverageState;
  readonly code: string;
  readonly cells: number;
  readonly regions: readonly string[];
}

export function groupCells(db: Connection, checkId: string): Promise<CellGroup[]> {
  return db.$queryRaw<CellGroup[]>`
    SELECT state::text AS state, code, count(*)::int AS cells, array_agg(DISTINCT region ORDER BY region) AS regions
    FROM coverage_cells WHERE check_id = ${checkId}::uuid GROUP BY 1, 2 ORDER BY 1, 2`;
}

/** What there is to call, by account and Regions: cells that are missing, and primaries that are elsewhere. */
export function readDrillWork(
  db: Connection,
  checkId: string,
): Promise<{ account: string; primary_region: string; region: string; keys: number; missing: number }[]> {
  return db.$queryRaw`
    SELECT k.account, k.primary_region, c.region, count(*)::int AS keys,
      (count(*) FILTER (WHERE c.state = 'missing'))::int AS missing
    FROM coverage_keys k JOIN coverage_cells c ON c.check_id = k.check_id AND c.position = k.position
    WHERE k.check_id = ${checkId}::uuid AND k.mrk <> '' GROUP BY 1, 2, 3`;
}

/** Failed and blocked rows of a plan by code. */
export function groupFailures(
  db: Connection,
  planId: string,
): Promise<{ code: string; rows: number; regions: string[] }[]> {
  return db.$queryRaw`
    SELECT coalesce(error ->> 'code', 'unknown') AS code, count(*)::int AS rows,
      array_agg(DISTINCT region ORDER BY region) AS regions
    FROM replicas WHERE plan_id = ${planId}::uuid AND state IN ${statesIn(unsuccessfulReplicaStates)} GROUP BY 1 ORDER BY 2 DESC`;
}

/**
 * For how much of a drill a call had no response, so that its outcome was read back before anything was called again: its
 * connection broke, it timed out, or its worker died. What answers, be it a refusal or a throttle, does not count.
 */
export async function countLostAnswers(db: Connection, drillId: string): Promise<{ replicas: number; moved: number }> {
  const [row] = await db.$queryRaw<[{ replicas: number; moved: number }]>`
    SELECT (count(DISTINCT (r.key_id, r.region)) FILTER (WHERE p.operation = 'replicate'))::int AS replicas,
      (count(DISTINCT r.mrk) FILTER (WHERE p.operation = 'promote'))::int AS moved
    FROM plans p JOIN replicas r ON r.plan_id = p.id JOIN attempts a ON a.replica_id = r.id
    WHERE p.drill_id = ${drillId}::uuid AND a.operation IN ('replicate', 'promote', 'import')
      AND a.error ->> 'code' = ANY(${[...lostResponseCodes]})
      AND NOT (a.error ->> 'code' = 'unreadable_answer' AND coalesce(a.http_status, 0) BETWEEN 400 AND 499)`;
  return row;
}

/**
 * The seconds from the declaration until the last key × Region was reached: proven by a check that asked AWS, else as a plan
 * saw it. In a drill that promotes, its promotion and the proof after it count, as in the items of its evidence. `open`: those
 * of which neither is known.
 */
export async function readSlowestCell(
  db: Connection,
  drillId: string,
  baselineCheckId: string,
  promotion: DrillPromotion | null,
  httpProofs: readonly Date[],
): Promise<{ seconds: number | null; open: number }> {
  const until = Prisma.sql`coalesce(${promotion?.until ?? null}::timestamptz, 'infinity')`;
  const promotes = promotion !== null;
  const [row] = await db.$queryRaw<[{ seconds: number | null; open: number }]>`
    WITH promoted AS (SELECT * FROM ${promotedKeys(drillId)} m), proven AS (
      SELECT k.mrk, c.region, min(h.finished_at) AS at FROM coverage_checks h
      JOIN coverage_keys k ON k.check_id = h.id JOIN coverage_cells c ON c.check_id = k.check_id AND c.position = k.position
      LEFT JOIN promoted p ON p.mrk = k.mrk
      WHERE h.drill_id = ${drillId}::uuid AND h.proof AND h.state = 'done' AND c.state::text = ANY(${[...usableStates]})
        AND (NOT ${promotes} OR h.finished_at >= coalesce(p.at, '-infinity') AND h.finished_at <= ${until})
      GROUP BY 1, 2
    ), usable AS (
      SELECT r.mrk, r.region, min(r.usable_at) AS at FROM plans p JOIN replicas r ON r.plan_id = p.id
      WHERE p.drill_id = ${drillId}::uuid AND p.operation = 'replicate' AND r.usable_at IS NOT NULL GROUP BY 1, 2
    ), seen AS (
      SELECT k.mrk, c.region, min(h.finished_at) AS at FROM coverage_checks h
      JOIN coverage_keys k ON k.check_id = h.id JOIN coverage_cells c ON c.check_id = k.check_id AND c.position = k.position
      WHERE ${promotes} AND h.drill_id = ${drillId}::uuid AND h.state = 'done'
        AND c.state::text = ANY(${[...usableStates]}) GROUP BY 1, 2
    ), reached AS (
      SELECT CASE WHEN NOT ${promotes} THEN coalesce(v.at, u.at)
        WHEN p.done AND coalesce(u.at, s.at) IS NOT NULL THEN coalesce(v.at,
          (SELECT min(t) FROM unnest(${[...httpProofs]}::timestamptz[]) t
            WHERE t >= greatest(p.at, coalesce(u.at, s.at)) AND t <= ${until}),
          greatest(p.at, coalesce(u.at, s.at))) END AS at
      FROM coverage_keys k JOIN coverage_cells c ON c.check_id = k.check_id AND c.position = k.position
      LEFT JOIN proven v ON v.mrk = k.mrk AND v.region = c.region
      LEFT JOIN usable u ON u.mrk = k.mrk AND u.region = c.region
      LEFT JOIN seen s ON s.mrk = k.mrk AND s.region = c.region
      LEFT JOIN promoted p ON p.mrk = k.mrk
      WHERE k.check_id = ${baselineCheckId}::uuid
    )
    SELECT extract(epoch FROM max(r.at) - d.declared_at)::float8 AS seconds, (count(*) FILTER (WHERE r.at IS NULL))::int AS open
    FROM drills d CROSS JOIN reached r WHERE d.id = ${drillId}::uuid GROUP BY d.declared_at`;
  return row ?? { seconds: null, open: 0 };
}

/** Who could approve: callers with API tokens that work and the role for it. People of an OIDC provider are not known here. */
export async function readApproversWithTokens(db: Connection): Promise<string[]> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT DISTINCT name FROM api_tokens
    WHERE role IN ('approver', 'admin') AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`;
  return rows.map(({ name }) => name);
}

/** How many webhooks would be told of a notice. */
export async function countNoticeWebhooks(db: Connection): Promise<number> {
  const [row] = await db.$queryRaw<[{ hooks: number }]>`
    SELECT count(*)::int AS hooks FROM webhooks
    WHERE enabled AND (cardinality(events) = 0 OR 'com.keyferry.drill.notice' = ANY(events))`;
  return row.hooks;
}
