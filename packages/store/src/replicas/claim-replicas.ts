import { placeWithin, scopeOfRow } from '../access/scope.ts';
import { type FinishingKind, finishingStates } from '../pacing/dispatch-board.ts';
import { runsThrough } from '../plans/plan-window.ts';
import { Prisma, records, type Store } from '../store.ts';
import { type HeldReplicaRow, heldColumns, openHeld, replicaColumns } from './replica-row.ts';

/** A call that keeps to the slot of `replicas r` is begun while `plans p` runs and its window is open. */
export const slotHolds = runsThrough(Prisma.sql`r.slot_at`, Prisma.sql`coalesce(r.send_before, r.slot_at)`);

export interface ClaimedReplica {
  readonly row: HeldReplicaRow;
  /** Until its slot; below zero when the slot has begun. Milliseconds. */
  readonly delay_ms: number;
  /** Until the call is too late for its slot. Milliseconds. */
  readonly late_in_ms: number;
  /** Its plan asks for an alias: the call spends that lane too. */
  readonly with_alias: boolean;
  /** The circuits of its lanes that are not closed: what becomes of this call says whether they may be. */
  readonly probes: readonly string[];
}

/** A replica that is to be made. */
export type ReplicaToMake = ClaimedReplica & {
  /** It lies outside its plan's scope, whatever brought it here: nothing may be called for it. */
  readonly out_of_scope: boolean;
};

/**
 * Claims released rows for a worker, each by id and epoch. A row is answered only when it is still that epoch's, its plan
 * runs, its window holds the slot and the worker lives. One whose slot has passed is claimed all the same: it needs another.
 */
export async function claimReplicas(
  store: Store,
  workerId: string,
  jobs: readonly ClaimJob[],
): Promise<ReplicaToMake[]> {
  const rows = await store.prisma.$queryRaw<(ClaimedRow & Pick<ReplicaToMake, 'out_of_scope'>)[]>`
    WITH due AS (
      SELECT r.id, r.slot_at, r.send_before, p.with_alias, NOT ${callWithin(scopeOfRow('p'))} AS out_of_scope
      FROM replicas r
      JOIN jsonb_to_recordset(${records(jobs)}) AS job(id uuid, epoch int) ON job.id = r.id AND job.epoch = r.epoch
      JOIN plans p ON p.id = r.plan_id AND ${slotHolds}
      WHERE ${isAmong(jobs)} AND r.state = 'queued' AND ${isAlive(workerId)}
      ORDER BY r.id FOR UPDATE OF r
    )
    UPDATE replicas r SET state = 'replicating', worker_id = ${workerId}::uuid FROM due
    WHERE ${isAmong(jobs)} AND r.id = due.id
    RETURNING ${replicaColumns}, ${heldColumns}, ${untilSlot}, ${probes(lanesOfCall)}, due.with_alias, due.out_of_scope`;
  return openHeld(store.seal, rows).map(({ out_of_scope, ...row }) => ({ ...asClaimed(row), out_of_scope }));
}

/** A released row as it was queued. */
export interface ClaimJob {
  readonly id: string;
  readonly epoch: number;
}

/** Names the rows by their primary key, so that a claim costs the same in a plan of a million, whatever is known of its size. */
const isAmong = (jobs: readonly ClaimJob[]) => Prisma.sql`r.id = ANY(${jobs.map(({ id }) => id)}::uuid[])`;

const isAlive = (workerId: string) =>
  Prisma.sql`EXISTS (SELECT 1 FROM workers w WHERE w.id = ${workerId}::uuid AND w.alive_until > now())`;

/** The same for rows whose replica is there and waits for its key material, or for its alias. */
export async function claimFinishing(
  store: Store,
  workerId: string,
  kind: FinishingKind,
  jobs: readonly ClaimJob[],
): Promise<ClaimedReplica[]> {
  const rows = await store.prisma.$queryRaw<ClaimedRow[]>`
    WITH due AS (
      SELECT r.id, r.slot_at, r.send_before FROM replicas r
      JOIN jsonb_to_recordset(${records(jobs)}) AS job(id uuid, epoch int) ON job.id = r.id AND job.epoch = r.epoch
      WHERE ${isAmong(jobs)} AND r.state = ${finishingStates[kind]}::replica_state AND r.worker_id IS NULL
        AND r.slot_at IS NOT NULL AND ${isAlive(workerId)}
      ORDER BY r.id FOR UPDATE OF r
    )
    UPDATE replicas r SET worker_id = ${workerId}::uuid FROM due WHERE ${isAmong(jobs)} AND r.id = due.id
    RETURNING ${replicaColumns}, ${heldColumns}, ${untilSlot}, ${probes(finishingLanes[kind])}, false AS with_alias`;
  return openHeld(store.seal, rows).map(asClaimed);
}

type ClaimedRow = HeldReplicaRow & Omit<ClaimedReplica, 'row'>;

const untilSlot = Prisma.sql`(extract(epoch FROM due.slot_at - clock_timestamp()) * 1000)::float8 AS delay_ms,
  (extract(epoch FROM coalesce(due.send_before, due.slot_at) - clock_timestamp()) * 1000)::float8 AS late_in_ms`;

/** The lanes, without their account, behind whose circuits a call stands: see circuitLanes of the worker. */
const lanesOfCall = Prisma.sql`CASE r.operation
  WHEN 'promote' THEN ARRAY[r.primary_region || ':UpdatePrimaryRegion']
  ELSE ARRAY[r.region || ':CreateKey', r.primary_region || ':ReplicateKey'] END`;

const finishingLanes: Readonly<Record<FinishingKind, Prisma.Sql>> = {
  import: Prisma.sql`ARRAY[r.region || ':GetParametersForImport']`,
  alias: Prisma.sql`ARRAY[r.region || ':CreateAlias']`,
};

function probes(lanes: Prisma.Sql): Prisma.Sql {
  // Most of the time there is none, which is found out once for all rows.
  return Prisma.sql`CASE WHEN (SELECT count(*) FROM circuits WHERE state <> 'closed') = 0 THEN '{}'::text[]
    ELSE ARRAY(SELECT c.id FROM circuits c WHERE c.state <> 'closed'
      AND c.id = ANY(SELECT r.account || ':' || lane FROM unnest(${lanes}) AS lane)) END AS probes`;
}

/** Whether the place of `replicas r` lies within a scope: a promotion touches a key in the primary's Region too. */
function callWithin(scope: ReturnType<typeof scopeOfRow>): Prisma.Sql {
  return Prisma.sql`(${placeWithin(scope, 'r')}
    AND (r.operation <> 'promote' OR ${scope.regions} IS NULL OR r.primary_region = ANY(${scope.regions})))`;
}

function asClaimed({ delay_ms, late_in_ms, probes, with_alias, ...row }: ClaimedRow): ClaimedReplica {
  return { row, delay_ms, late_in_ms, probes, with_alias };
}
