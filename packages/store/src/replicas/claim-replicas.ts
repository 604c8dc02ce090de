import type { PlanSpec } from '@keyferry/core';
import { placeWithin, scopeOfRow } from '../access/scope.ts';
import { windowHolds } from '../plans/plan-window.ts';
import { openSpec } from '../seal/policies.ts';
import { Prisma, records, type Store } from '../store.ts';
import { type HeldReplicaRow, othersReplicas, replicaColumns } from './replica-row.ts';

/** How late a call may be for its slot, milliseconds: later it could crowd the calls that follow in its lane. */
export const slotToleranceMs = 100;

/** A call that keeps to the slot of `replicas r` is begun while the window of `plans p` is open. */
export const slotInWindow = windowHolds(
  Prisma.sql`r.slot_at`,
  Prisma.sql`r.slot_at + make_interval(secs => ${slotToleranceMs / 1000})`,
);

export interface ClaimedReplica {
  readonly row: HeldReplicaRow;
  /** Until its slot; below zero when the slot has begun. Milliseconds. */
  readonly delayMs: number;
  /** The circuit of its lane is not closed: what becomes of this call says whether it may be. */
  readonly probes: boolean;
}

/** A replica that is to be made. */
export type ReplicaToMake = ClaimedReplica & {
  /** It lies outside its plan's scope, whatever brought it here: nothing may be called for it. */
  readonly outOfScope: boolean;
};

/**
 * Claims released rows for a worker, each by id and epoch. A row is answered only when it is still that epoch's, its plan
 * runs, its window holds the slot and the worker lives; one whose slot has passed goes back to `pending` for another slot
 * and is not answered.
 */
export async function claimReplicas(
  store: Store,
  workerId: string,
  jobs: readonly { id: string; epoch: number }[],
): Promise<ReplicaToMake[]> {
  const rows = await store.prisma.$queryRaw<(ClaimedRow & Pick<ReplicaToMake, 'outOfScope'>)[]>`
    WITH due AS (
      SELECT r.id, r.slot_at, NOT ${callWithin(scopeOfRow('p'))} AS out_of_scope,
        r.slot_at < clock_timestamp() - make_interval(secs => ${slotToleranceMs / 1000}) AS late
      FROM replicas r
      JOIN jsonb_to_recordset(${records(jobs)}) AS job(id uuid, epoch int) ON job.id = r.id AND job.epoch = r.epoch
      JOIN plans p ON p.id = r.plan_id AND p.state = 'running' AND ${slotInWindow}
      WHERE r.state = 'queued' AND EXISTS (SELECT 1 FROM workers w WHERE w.id = ${workerId}::uuid AND w.alive_until > now())
      ORDER BY r.id FOR UPDATE OF r
    )
    UPDATE replicas r SET
      state = (CASE WHEN due.late THEN 'pending' ELSE 'replicating' END)::replica_state,
      worker_id = CASE WHEN due.late THEN NULL ELSE ${workerId}::uuid END,
      slot_at = CASE WHEN due.late THEN NULL ELSE due.slot_at END
    FROM due WHERE r.id = due.id
    RETURNING ${replicaColumns}, ${othersReplicas}, ${untilSlot}, ${probes(laneOfCall)},
      due.out_of_scope AS "outOfScope"`;
  return rows
    .filter(({ state }) => state === 'replicating')
    .map(({ outOfScope, ...row }) => ({ ...asClaimed(row), outOfScope }));
}

/** The same for rows that wait to have their key material imported. */
export async function claimImports(
  store: Store,
  workerId: string,
  jobs: readonly { id: string; epoch: number }[],
): Promise<ClaimedReplica[]> {
  const rows = await store.prisma.$queryRaw<ClaimedRow[]>`
    WITH due AS (
      SELECT r.id, r.slot_at FROM replicas r
      JOIN jsonb_to_recordset(${records(jobs)}) AS job(id uuid, epoch int) ON job.id = r.id AND job.epoch = r.epoch
      WHERE r.state = 'importing' AND r.worker_id IS NULL AND r.slot_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM workers w WHERE w.id = ${workerId}::uuid AND w.alive_until > now())
      ORDER BY r.id FOR UPDATE OF r
    )
    UPDATE replicas r SET worker_id = ${workerId}::uuid FROM due WHERE r.id = due.id
    RETURNING ${replicaColumns}, ${othersReplicas}, ${untilSlot}, ${probes(Prisma.sql`r.region || ':GetParametersForImport'`)}`;
  return rows.map(asClaimed);
}

type ClaimedRow = HeldReplicaRow & Omit<ClaimedReplica, 'row'>;

const untilSlot = Prisma.sql`(extract(epoch FROM due.slot_at - clock_timestamp()) * 1000)::float8 AS "delayMs"`;

/** The lane, without its account, behind whose circuit a call stands: see callLane of the worker. */
const laneOfCall = Prisma.sql`CASE r.operation WHEN 'promote' THEN r.primary_region || ':UpdatePrimaryRegion'
  ELSE r.region || ':CreateKey' END`;

function probes(lane: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT 1 FROM circuits c WHERE c.state <> 'closed'
    AND c.id = r.account || ':' || ${lane}) AS probes`;
}

/** Whether the place of `replicas r` lies within a scope: a promotion touches a key in the primary's Region too. */
function callWithin(scope: ReturnType<typeof scopeOfRow>): Prisma.Sql {
  return Prisma.sql`(${placeWithin(scope, 'r')}
    AND (r.operation <> 'promote' OR ${scope.regions} IS NULL OR r.primary_region = ANY(${scope.regions})))`;
}

function asClaimed({ delayMs, probes, ...row }: ClaimedRow): ClaimedReplica {
  return { row, delayMs, probes };
}

/** What a worker needs to know of a plan to work on its replicas; none of it ever changes. */
export interface PlanForWork {
  readonly spec: PlanSpec;
  /** The span that submitted it; null: it was not traced. */
  readonly traceparent: string | null;
}

/** Null: there is no such plan. */
export async function readPlanForWork(store: Store, planId: string): Promise<PlanForWork | null> {
  const plan = await store.prisma.plan.findUnique({
    where: { id: planId },
    select: { spec: true, traceparent: true },
  });
  return plan && { ...plan, spec: openSpec(store.seal, plan.spec as unknown as PlanSpec) };
}
