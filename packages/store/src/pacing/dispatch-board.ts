import {
  inFlightPlanStates,
  inFlightReplicaStates,
  type LaneOperation,
  type LaneUse,
  laneId,
  openReplicaStates,
  type PlanOperation,
  type ReplicaState,
} from '@keyferry/core';
import { runsThrough, windowHolds } from '../plans/plan-window.ts';
import { rowsOfLane, statesIn } from '../states-in-sql.ts';
import { type Connection, Prisma, records, type Transaction } from '../store.ts';
import { cckmImportsByItself } from './cckm-imports-by-itself.ts';

/** Any number, the same in every process: whoever holds it in a transaction is the one that dispatches. */
const dispatchLock = 7_362_148_062;

/**
 * Everybody waits for who holds the lock: a worker that has died with it, or whose connection has, unheard by Postgres, loses it
 * after so long without a word, milliseconds.
 */
const silentWithLockMs = 3_000;
const endsSoon = Prisma.sql`set_config('idle_in_transaction_session_timeout', ${String(silentWithLockMs)}, true)`;

/**
 * Makes this transaction the only one that dispatches; false when another is at it. The lock ends with the transaction,
 * so a killed dispatcher leaves nothing behind and the next tick of any worker takes over.
 */
export async function lockDispatch(tx: Transaction): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(${dispatchLock}) AS locked, ${endsSoon}`;
  return row?.locked ?? false;
}

/** The same, but waits for its turn: for a call that has missed its slot and needs another now. */
export async function awaitDispatch(tx: Transaction): Promise<void> {
  await tx.$queryRaw`SELECT ${endsSoon}, pg_advisory_xact_lock(${dispatchLock})::text AS locked`;
}

/** How long the worker that gave out slots last goes on alone, milliseconds: what it knows of the lanes is then true. */
const leadsForMs = 400;

/** Whether another living worker gives out slots. It is no lock: two that do so at once are only slower. */
export async function isLedByAnother(db: Connection, workerId: string): Promise<boolean> {
  const [row] = await db.$queryRaw<{ led: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM workers WHERE id <> ${workerId}::uuid AND alive_until > now()
      AND dispatched_at > clock_timestamp() - make_interval(secs => ${leadsForMs / 1000})) AS led`;
  return row?.led ?? false;
}

/** Says that this worker gives out slots. */
export async function leadDispatch(tx: Transaction, workerId: string): Promise<void> {
  await tx.$executeRaw`UPDATE workers SET dispatched_at = clock_timestamp() WHERE id = ${workerId}::uuid`;
}

/** What a replica that is there may still need: its key material, its alias. */
export type FinishingKind = 'import' | 'alias';

/** What is called for a row: its plan's operation, or what its replica still needs. */
export type CallKind = PlanOperation | FinishingKind;

/** The state of rows that wait for such a call. */
export const finishingStates = { import: 'importing', alias: 'creating' } as const satisfies Record<
  FinishingKind,
  ReplicaState
>;

/** Rows that compete as one: a plan lane, what is to be called for them, and whether their keys are EXTERNAL. */
export interface CallQueue {
  readonly lane_id: string;
  readonly plan_id: string;
  readonly account: string;
  readonly primary_region: string;
  readonly region: string;
  readonly kind: CallKind;
  /** The plan's own call, for EXTERNAL keys; false for all other keys, and for imports and aliases. */
  readonly external: boolean;
  /** After the call CCKM imports key material by itself, which spends the import lanes of the target Region. */
  readonly reserves_import: boolean;
  readonly priority: number;
  readonly max_in_flight: number;
  readonly with_alias: boolean;
  readonly last_slot_at: Date | null;
}

/** What names a queue among all. */
export function queueId({ kind, lane_id: laneId, external }: Pick<CallQueue, 'kind' | 'lane_id' | 'external'>): string {
  return `${kind} ${laneId}${external ? ' external' : ''}`;
}

/** One in which rows wait for their turn. */
export interface WaitingQueue extends CallQueue {
  /** When the first of them is due, milliseconds since the epoch by the database's clock. */
  readonly due_at: number;
  /** How many wait, at most: some may be due later. */
  readonly waiting: number;
}

/** The same with rows that are due, in the order in which they go. */
export interface DueQueue extends CallQueue {
  readonly rows: readonly { id: string; pair: string }[];
}

const columnsOfLane = Prisma.sql`
  l.id AS lane_id, l.plan_id, l.account, l.primary_region, l.region,
  p.priority, p.max_in_flight, l.last_slot_at`;

const columnsOfCall = Prisma.sql`${columnsOfLane}, p.operation::text AS kind, p.with_alias`;

const columnsOfFinishing = (kind: FinishingKind) => Prisma.sql`${columnsOfLane}, ${kind} AS kind,
  false AS with_alias, false AS external, false AS reserves_import`;

const finishingKinds = ['import', 'alias'] as const satisfies readonly FinishingKind[];

/** The plan's own calls, by whether the key is EXTERNAL: the one may wait for a lane that the other does not spend. */
const callParts = ['native', 'external'] as const;
type CallPart = (typeof callParts)[number];

/** The rows of plan lane `l` that wait for a call of a kind, as the partial indexes of each have them. */
function isWaiting(kind: FinishingKind | CallPart): Prisma.Sql {
  if (kind === 'external') return Prisma.sql`r.lane_id = l.id AND r.state = 'pending' AND r.origin = 'EXTERNAL'`;
  if (kind === 'native') {
    return Prisma.sql`r.lane_id = l.id AND r.state = 'pending' AND r.origin IS DISTINCT FROM 'EXTERNAL'`;
  }
  return Prisma.sql`r.lane_id = l.id AND r.state = ${Prisma.raw(`'${finishingStates[kind]}'`)} AND r.next_look_at IS NULL
    AND r.slot_at IS NULL AND r.worker_id IS NULL`;
}

/**
 * Plan lanes `l` of plans `p` in which replicas may be begun: the plan runs, its window is open and stays so for `aheadMs`,
 * and its earlier waves have ended where it asks for that.
 */
const mayBegin = (aheadMs: number) => Prisma.sql`l.account <> ''
  AND ${runsThrough(Prisma.sql`now()`, Prisma.sql`clock_timestamp() + make_interval(secs => ${aheadMs / 1000})`)}
  AND NOT (p.sequential AND EXISTS (
    SELECT 1 FROM plan_lanes e WHERE e.plan_id = p.id AND e.wave < l.wave
      AND ${rowsOfLane('e', openReplicaStates)} > 0))`;

/** Imports and aliases go on whatever became of the plan: they finish a replica that is there. */
const mayFinish = Prisma.sql`p.state IN ${statesIn(inFlightPlanStates)}`;

/**
 * Every plan lane that may be worked on, with when its first row is due and none of its rows: what a dispatcher knows of
 * work that waits. It costs a little for each lane, so it is read now and then and not for each call.
 */
export async function readWaitingQueues(tx: Transaction, aheadMs: number): Promise<WaitingQueue[]> {
  const reserves = await cckmImportsByItself(tx);
  const firstOf = (kind: FinishingKind | CallPart) => Prisma.sql`
    SELECT (extract(epoch FROM r.not_before) * 1000)::float8 AS due_at FROM replicas r WHERE ${isWaiting(kind)}
    ORDER BY r.not_before LIMIT 1`;
  const calls = await tx.$queryRaw<WaitingQueue[]>`
    SELECT ${columnsOfCall}, first.external, first.external AND p.imports_material AND ${reserves} AS reserves_import,
      first.due_at, l.pending AS waiting
    FROM plans p JOIN plan_lanes l ON l.plan_id = p.id AND l.pending > 0
    CROSS JOIN LATERAL (
      SELECT false AS external, n.* FROM (${firstOf('native')}) n
      UNION ALL SELECT true, e.* FROM (${firstOf('external')}) e) first
    WHERE ${mayBegin(aheadMs)}`;
  const finishing: WaitingQueue[] = [];
  for (const kind of finishingKinds) {
    const state = Prisma.raw(`l.${finishingStates[kind]}`);
    const found = await tx.$queryRaw<WaitingQueue[]>`
      SELECT ${columnsOfFinishing(kind)}, first.due_at, ${state} AS waiting
      FROM plans p JOIN plan_lanes l ON l.plan_id = p.id AND ${state} > 0 CROSS JOIN LATERAL (${firstOf(kind)}) first
      WHERE ${mayFinish}`;
    finishing.push(...found);
  }
  return [...calls, ...finishing];
}

/** A queue that may get slots now, and how many. */
export interface WantedQueue {
  readonly lane_id: string;
  readonly kind: CallKind;
  readonly external: boolean;
  /** As it was when the waiting queues were read. */
  readonly reserves_import: boolean;
  readonly at_most: number;
}

/**
 * The due rows of those queues, as many as are wanted of each; a row is left out while another has the same key and Region in
 * flight, or the key wherever where either is a promotion.
 */
export async function readDueQueues(
  tx: Transaction,
  wanted: readonly WantedQueue[],
  aheadMs: number,
): Promise<DueQueue[]> {
  const rowsOf = (kind: FinishingKind | CallPart, more: Prisma.Sql) => Prisma.sql`CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('id', d.id, 'pair', d.mrk)) AS rows FROM (
      SELECT r.id, r.mrk FROM replicas r WHERE ${isWaiting(kind)} AND r.not_before <= now() ${more}
      ORDER BY r.not_before, r.id LIMIT w.at_most) d) due`;
  const list = (queues: readonly WantedQueue[]) =>
    Prisma.sql`jsonb_to_recordset(${records(queues)}) AS w(lane_id uuid, at_most int, external boolean, reserves_import boolean)
      JOIN plan_lanes l ON l.id = w.lane_id JOIN plans p ON p.id = l.plan_id`;
  const isFinishing = ({ kind }: WantedQueue): boolean => finishingKinds.some((finishing) => finishing === kind);
  // One question for each index of those in flight: a key may have many rows, and most are not.
  const inFlight = Prisma.sql`SELECT 1 FROM replicas o WHERE o.mrk = r.mrk AND o.account = r.account
    AND o.state IN ${statesIn(inFlightReplicaStates)}`;
  const notInFlight = Prisma.sql`AND NOT EXISTS (${inFlight} AND o.region = r.region)
    AND NOT EXISTS (${inFlight} AND o.operation = 'promote')
    AND (r.operation <> 'promote' OR NOT EXISTS (${inFlight}))`;
  const due: DueQueue[] = [];
  for (const part of callParts) {
    const calls = wanted.filter((queue) => !isFinishing(queue) && queue.external === (part === 'external'));
    if (calls.length === 0) continue;
    due.push(
      ...(await tx.$queryRaw<DueQueue[]>`
        SELECT ${columnsOfCall}, w.external, w.reserves_import, due.rows
        FROM ${list(calls)} ${rowsOf(part, notInFlight)}
        WHERE ${mayBegin(aheadMs)} AND due.rows IS NOT NULL`),
    );
  }
  for (const kind of finishingKinds) {
    const ofKind = wanted.filter((queue) => queue.kind === kind);
    if (ofKind.length === 0) continue;
    due.push(
      ...(await tx.$queryRaw<DueQueue[]>`
        SELECT ${columnsOfFinishing(kind)}, due.rows
        FROM ${list(ofKind)} ${rowsOf(kind, Prisma.empty)}
        WHERE ${mayFinish} AND due.rows IS NOT NULL`),
    );
  }
  return due;
}

export interface CallsUnderWay {
  readonly plan_id: string;
  readonly account: string;
  readonly region: string;
  readonly calls: number;
}

/** Calls under way, by plan and by place: rows that have a slot, whether a worker has taken it or not yet. */
export async function readCallsUnderWay(tx: Transaction): Promise<CallsUnderWay[]> {
  return tx.$queryRaw`
    SELECT plan_id, account, region, count(*)::int AS calls
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
  readonly quota_per_second: number | null;
  readonly rate_factor: number;
  readonly factor_changed_at: number;
  readonly next_slot_at: number;
}

/** The lanes of these uses that have been used before, by lane id, and the database's clock. */
export async function readLanes(
  tx: Transaction,
  uses: readonly LaneUse[],
): Promise<{ now: number; lanes: Map<string, LaneRow> }> {
  const [clock] = await tx.$queryRaw<{ now: number }[]>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
  const rows = await tx.$queryRaw<LaneRow[]>`
    SELECT l.account, l.region, l.operation, l.quota_per_second, l.rate_factor,
      (extract(epoch FROM l.factor_changed_at) * 1000)::float8 AS factor_changed_at,
      (extract(epoch FROM l.next_slot_at) * 1000)::float8 AS next_slot_at
    FROM lanes l
    JOIN jsonb_to_recordset(${records(distinct(uses))}) AS u(account text, region text, operation text)
      USING (account, region, operation)`;
  return { now: clock?.now ?? 0, lanes: new Map(rows.map((row) => [laneId(row), row])) };
}

function distinct(uses: readonly LaneUse[]): LaneUse[] {
  return [...new Map(uses.map((use) => [laneId(use), use])).values()];
}

/** A row that got a slot; times in milliseconds since the epoch, by the database's clock. */
export interface Release {
  readonly id: string;
  readonly kind: CallKind;
  readonly at: number;
  /** Later the call could crowd others in its lane: it needs another slot. */
  readonly sendBefore: number;
}

/**
 * Writes the slots into their rows (a new epoch each) and the buckets as they stand after them. Answers what has to be
 * put into the queue once the transaction has committed. A row for whose key another plan has made a replica since, or may
 * have made one, is marked to be looked for first.
 */
export async function writeReleases(
  tx: Transaction,
  releases: readonly Release[],
  buckets: readonly MovedBucket[],
  turns: readonly { laneId: string; at: number }[],
): Promise<{ id: string; epoch: number; kind: CallKind }[]> {
  await writeBuckets(tx, buckets);
  const lanes = turns.map(({ laneId }) => laneId);
  // One statement, and the last: from here on others who write of the same plan wait. Everybody locks lanes in the order of
  // their ids, as the triggers of `replicas` do, else two would wait for each other.
  return tx.$queryRaw<{ id: string; epoch: number; kind: CallKind }[]>`
    WITH locked AS (
      SELECT l.id FROM plan_lanes l WHERE l.id = ANY(${lanes}::uuid[]) ORDER BY l.id FOR UPDATE
    ), turned AS (
      UPDATE plan_lanes l SET last_slot_at = to_timestamp(t.at / 1000)
      FROM jsonb_to_recordset(${records(turns)}) AS t("laneId" uuid, at float8) JOIN locked ON locked.id = t."laneId"
      WHERE l.id = t."laneId" AND l.id = ANY(${lanes}::uuid[])
    )
    UPDATE replicas r SET
      state = (CASE s.kind WHEN 'import' THEN 'importing' WHEN 'alias' THEN 'creating' ELSE 'queued' END)::replica_state,
      epoch = r.epoch + 1, slot_at = to_timestamp(s.at / 1000), send_before = to_timestamp(s."sendBefore" / 1000),
      look_first = r.look_first OR (s.kind = 'replicate' AND EXISTS (
        SELECT 1 FROM replicas o WHERE o.mrk = r.mrk AND o.region = r.region AND o.plan_id <> r.plan_id
          AND (o.accepted_at > r.created_at OR o.lost_answer)
        UNION ALL SELECT 1 FROM archived_pairs p WHERE p.mrk = r.mrk AND p.region = r.region
          AND (p.accepted_at > r.created_at OR p.lost_answer)))
    FROM jsonb_to_recordset(${records(releases)}) AS s(id uuid, kind text, at float8, "sendBefore" float8)
    WHERE r.id = s.id
      AND r.state = (CASE s.kind WHEN 'import' THEN 'importing' WHEN 'alias' THEN 'creating' ELSE 'pending' END)::replica_state
    RETURNING r.id, r.epoch, s.kind`;
}

/** A lane's bucket after slots were given from it. */
export interface MovedBucket {
  readonly account: string;
  readonly region: string;
  readonly operation: LaneOperation;
  readonly nextSlotAt: number;
}

async function writeBuckets(tx: Transaction, buckets: readonly MovedBucket[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO lanes (account, region, operation, next_slot_at)
    SELECT account, region, operation, to_timestamp("nextSlotAt" / 1000)
    FROM jsonb_to_recordset(${records(buckets)}) AS b(account text, region text, operation text, "nextSlotAt" float8)
    ORDER BY account, region, operation
    ON CONFLICT (account, region, operation) DO UPDATE SET next_slot_at = excluded.next_slot_at`;
}

/**
 * Admits calls of rows that a worker holds to other slots, since theirs have passed, and writes the buckets as they stand
 * after them. Answers the rows that may be called: the window of a plan may have closed, and a row may be another worker's
 * by now. The rows keep the slots that they had: an update of each, in all its indexes, would make a late worker later.
 */
export async function admitLate(
  tx: Transaction,
  workerId: string,
  slots: readonly Pick<Release, 'id' | 'at' | 'sendBefore'>[],
  buckets: readonly MovedBucket[],
): Promise<string[]> {
  const admitted = await tx.$queryRaw<{ id: string }[]>`
    SELECT r.id FROM jsonb_to_recordset(${records(slots)}) AS s(id uuid, at float8, "sendBefore" float8)
    JOIN replicas r ON r.id = s.id JOIN plans p ON p.id = r.plan_id
    WHERE r.id = ANY(${slots.map(({ id }) => id)}::uuid[]) AND r.worker_id = ${workerId}::uuid
      AND ${windowHolds(Prisma.sql`to_timestamp(s.at / 1000)`, Prisma.sql`to_timestamp(s."sendBefore" / 1000)`)}`;
  await writeBuckets(tx, buckets);
  return admitted.map(({ id }) => id);
}
