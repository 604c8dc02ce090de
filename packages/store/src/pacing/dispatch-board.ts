import type { LaneOperation, LaneUse, PlanOperation } from '@keyferry/core';
import { laneId } from '@keyferry/core';
import { windowHolds } from '../plans/plan-window.ts';
import { Prisma, records, type Transaction } from '../store.ts';

/** Any number, the same in every process: whoever holds it in a transaction is the one that dispatches. */
const dispatchLock = 7_362_148_062;

/**
 * Makes this transaction the only one that dispatches; false when another is at it. The lock ends with the transaction,
 * so a killed dispatcher leaves nothing behind and the next tick of any worker takes over.
 */
export async function lockDispatch(tx: Transaction): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`SELECT pg_try_advisory_xact_lock(${dispatchLock}) AS locked`;
  return row?.locked ?? false;
}

/** What is called for a row: its plan's operation, or the import that its replica needs. */
export type CallKind = PlanOperation | 'import';

/** Rows that are due and compete as one: a plan lane, and what is to be called for them. */
export interface DueQueue {
  readonly laneId: string;
  readonly planId: string;
  readonly account: string;
  readonly primaryRegion: string;
  readonly region: string;
  readonly kind: CallKind;
  readonly priority: number;
  readonly maxInFlight: number;
  readonly withAlias: boolean;
  readonly lastSlotAt: Date | null;
  readonly rows: readonly { id: string; pair: string }[];
}

/**
 * Up to `perLane` due rows of every plan lane that may be worked on: the plan runs, its window is open and stays so for
 * `aheadMs`, its earlier waves have ended where it asks for that, and nothing else has the same key and Region in flight,
 * nor the key wherever where either is a promotion.
 * Imports go on whatever became of the plan: they finish a replica that is there.
 */
export async function readDueQueues(tx: Transaction, perLane: number, aheadMs: number): Promise<DueQueue[]> {
  const ahead = Prisma.sql`clock_timestamp() + make_interval(secs => ${aheadMs / 1000})`;
  const calls = await tx.$queryRaw<DueQueue[]>`
    SELECT l.id AS "laneId", l.plan_id AS "planId", l.account, l.primary_region AS "primaryRegion", l.region,
      p.operation::text AS kind, p.priority, p.max_in_flight AS "maxInFlight", l.last_slot_at AS "lastSlotAt",
      p.with_alias AS "withAlias", due.rows
    FROM plans p
    JOIN plan_lanes l ON l.plan_id = p.id AND l.pending > 0 AND l.account <> ''
    CROSS JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('id', d.id, 'pair', d.mrk)) AS rows FROM (
        SELECT r.id, r.mrk FROM replicas r
        WHERE r.lane_id = l.id AND r.state = 'pending' AND r.not_before <= now()
          AND NOT EXISTS (
            SELECT 1 FROM replicas o WHERE o.mrk = r.mrk AND o.account = r.account
              AND (o.region = r.region OR 'promote' IN (o.operation, r.operation))
              AND o.state IN ('queued', 'replicating', 'creating', 'importing'))
        ORDER BY r.not_before, r.id LIMIT ${perLane}
      ) d
    ) due
    WHERE p.state = 'running' AND ${windowHolds(Prisma.sql`now()`, ahead)} AND due.rows IS NOT NULL
      AND NOT (p.sequential AND EXISTS (
        SELECT 1 FROM plan_lanes e WHERE e.plan_id = p.id AND e.wave < l.wave
          AND e.pending + e.queued + e.replicating + e.creating + e.importing > 0))`;
  const imports = await tx.$queryRaw<DueQueue[]>`
    SELECT l.id AS "laneId", l.plan_id AS "planId", l.account, l.primary_region AS "primaryRegion", l.region,
      'import' AS kind, p.priority, p.max_in_flight AS "maxInFlight", l.last_slot_at AS "lastSlotAt",
      false AS "withAlias", due.rows
    FROM plans p
    JOIN plan_lanes l ON l.plan_id = p.id AND l.importing > 0
    CROSS JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('id', d.id, 'pair', d.mrk)) AS rows FROM (
        SELECT r.id, r.mrk FROM replicas r
        WHERE r.lane_id = l.id AND r.state = 'importing' AND r.next_look_at IS NULL AND r.slot_at IS NULL
          AND r.worker_id IS NULL AND r.not_before <= now()
        ORDER BY r.not_before, r.id LIMIT ${perLane}
      ) d
    ) due
    WHERE p.state IN ('running', 'paused', 'halted', 'cancelled') AND due.rows IS NOT NULL`;
  return [...calls, ...imports];
}

export interface CallsUnderWay {
  readonly planId: string;
  readonly account: string;
  readonly region: string;
  readonly calls: number;
}

/** Calls under way, by plan and by place: rows that have a slot, whether a worker has taken it or not yet. */
export async function readCallsUnderWay(tx: Transaction): Promise<CallsUnderWay[]> {
  return tx.$queryRaw`
    SELECT plan_id AS "planId", account, region, count(*)::int AS calls
    FROM replicas WHERE slot_at IS NOT NULL GROUP BY plan_id, account, region`;
}

/** How many calls the living workers can have under way together. */
export async function readConcurrency(tx: Transaction): Promise<number> {
  const [row] = await tx.$queryRaw<{ concurrency: number }[]>`
    SELECT coalesce(sum(concurrency), 0)::int AS concurrency FROM workers WHERE alive_until > now()`;
  return row?.concurrency ?? 0;
}

/** A lane as it stands; times in milliseconds since the epoch, by the database's clock. */
export interface LaneRow {
  readonly account: string;
  readonly region: string;
  readonly operation: LaneOperation;
  readonly quotaPerSecond: number | null;
  readonly rateFactor: number;
  readonly factorChangedAt: number;
  readonly nextSlotAt: number;
}

/** The lanes of these uses that have been used before, by lane id, and the database's clock. */
export async function readLanes(
  tx: Transaction,
  uses: readonly LaneUse[],
): Promise<{ now: number; lanes: Map<string, LaneRow> }> {
  const [clock] = await tx.$queryRaw<{ now: number }[]>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
  const rows = await tx.$queryRaw<LaneRow[]>`
    SELECT l.account, l.region, l.operation, l.quota_per_second AS "quotaPerSecond", l.rate_factor AS "rateFactor",
      (extract(epoch FROM l.factor_changed_at) * 1000)::float8 AS "factorChangedAt",
      (extract(epoch FROM l.next_slot_at) * 1000)::float8 AS "nextSlotAt"
    FROM lanes l
    JOIN jsonb_to_recordset(${records(distinct(uses))}) AS u(account text, region text, operation text)
      USING (account, region, operation)`;
  return { now: clock?.now ?? 0, lanes: new Map(rows.map((row) => [laneId(row), row])) };
}

function distinct(uses: readonly LaneUse[]): LaneUse[] {
  return [...new Map(uses.map((use) => [laneId(use), use])).values()];
}

/** A row that got a slot; `at` in milliseconds since the epoch, by the database's clock. */
export interface Release {
  readonly id: string;
  readonly kind: CallKind;
  readonly at: number;
}

/**
 * Writes the slots into their rows (a new epoch each) and the buckets as they stand after them. Answers what has to be
 * put into the queue once the transaction has committed. A row for whose key another plan has made a replica since, or may
 * have made one, is marked to be looked for first.
 */
export async function writeReleases(
  tx: Transaction,
  releases: readonly Release[],
  buckets: readonly { account: string; region: string; operation: LaneOperation; nextSlotAt: number }[],
  turns: readonly { laneId: string; at: number }[],
): Promise<{ id: string; epoch: number; kind: CallKind }[]> {
  const released = await tx.$queryRaw<{ id: string; epoch: number; kind: CallKind }[]>`
    UPDATE replicas r SET
      state = (CASE s.kind WHEN 'import' THEN 'importing' ELSE 'queued' END)::replica_state,
      epoch = r.epoch + 1, slot_at = to_timestamp(s.at / 1000),
      look_first = r.look_first OR (s.kind = 'replicate' AND EXISTS (
        SELECT 1 FROM replicas o WHERE o.mrk = r.mrk AND o.region = r.region AND o.plan_id <> r.plan_id
          AND (o.accepted_at > r.created_at OR o.lost_answer)))
    FROM jsonb_to_recordset(${records(releases)}) AS s(id uuid, kind text, at float8)
    WHERE r.id = s.id AND r.state = (CASE s.kind WHEN 'import' THEN 'importing' ELSE 'pending' END)::replica_state
    RETURNING r.id, r.epoch, s.kind`;
  await tx.$executeRaw`
    INSERT INTO lanes (account, region, operation, next_slot_at)
    SELECT account, region, operation, to_timestamp("nextSlotAt" / 1000)
    FROM jsonb_to_recordset(${records(buckets)}) AS b(account text, region text, operation text, "nextSlotAt" float8)
    ORDER BY account, region, operation
    ON CONFLICT (account, region, operation) DO UPDATE SET next_slot_at = excluded.next_slot_at`;
  await tx.$executeRaw`
    UPDATE plan_lanes l SET last_slot_at = to_timestamp(t.at / 1000)
    FROM jsonb_to_recordset(${records(turns)}) AS t("laneId" uuid, at float8) WHERE l.id = t."laneId"`;
  return released;
}
