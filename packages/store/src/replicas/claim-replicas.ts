import type { PlanSpec } from '@keyferry/core';
import { records, type Store } from '../store.ts';
import { type ReplicaRow, replicaColumns } from './replica-row.ts';

/** How late a call may be for its slot, milliseconds: later it could crowd the calls that follow in its lane. */
export const slotToleranceMs = 100;

export interface ClaimedReplica {
  readonly row: ReplicaRow;
  /** Until its slot; below zero when the slot has begun. Milliseconds. */
  readonly delayMs: number;
}

export interface ClaimedForReplication extends ClaimedReplica {
  /** The circuit of its lane is not closed: what becomes of this call says whether it may be. */
  readonly probes: boolean;
}

/**
 * Claims released rows for a worker, each by id and epoch. A row is answered only when it is still that epoch's, its plan
 * runs and the worker lives; one whose slot has passed goes back to `pending` for another slot and is not answered.
 */
export async function claimReplicas(
  store: Store,
  workerId: string,
  jobs: readonly { id: string; epoch: number }[],
): Promise<ClaimedForReplication[]> {
  const rows = await store.prisma.$queryRaw<(ReplicaRow & { delayMs: number; probes: boolean })[]>`
    WITH due AS (
      SELECT r.id FROM replicas r
      JOIN jsonb_to_recordset(${records(jobs)}) AS job(id uuid, epoch int) ON job.id = r.id AND job.epoch = r.epoch
      JOIN plans p ON p.id = r.plan_id AND p.state = 'running'
      WHERE r.state = 'queued' AND EXISTS (SELECT 1 FROM workers w WHERE w.id = ${workerId}::uuid AND w.alive_until > now())
      ORDER BY r.id FOR UPDATE OF r
    )
    UPDATE replicas r SET
      state = (CASE WHEN r.slot_at < clock_timestamp() - make_interval(secs => ${slotToleranceMs / 1000})
        THEN 'pending' ELSE 'replicating' END)::replica_state,
      worker_id = CASE WHEN r.slot_at < clock_timestamp() - make_interval(secs => ${slotToleranceMs / 1000})
        THEN NULL ELSE ${workerId}::uuid END
    FROM due WHERE r.id = due.id
    RETURNING ${replicaColumns}, (extract(epoch FROM r.slot_at - clock_timestamp()) * 1000)::float8 AS "delayMs",
      EXISTS (SELECT 1 FROM circuits c WHERE c.id = r.account || ':' || r.region || ':CreateKey' AND c.state <> 'closed')
        AS probes`;
  return rows
    .filter((row) => row.state === 'replicating')
    .map(({ delayMs, probes, ...row }) => ({ row, delayMs, probes }));
}

/** The same for rows that wait to have their key material imported. */
export async function claimImports(
  store: Store,
  workerId: string,
  jobs: readonly { id: string; epoch: number }[],
): Promise<ClaimedReplica[]> {
  const rows = await store.prisma.$queryRaw<(ReplicaRow & { delayMs: number })[]>`
    WITH due AS (
      SELECT r.id FROM replicas r
      JOIN jsonb_to_recordset(${records(jobs)}) AS job(id uuid, epoch int) ON job.id = r.id AND job.epoch = r.epoch
      JOIN plans p ON p.id = r.plan_id AND p.state IN ('running', 'paused', 'halted')
      WHERE r.state = 'importing' AND r.worker_id IS NULL AND r.slot_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM workers w WHERE w.id = ${workerId}::uuid AND w.alive_until > now())
      ORDER BY r.id FOR UPDATE OF r
    )
    UPDATE replicas r SET worker_id = ${workerId}::uuid FROM due WHERE r.id = due.id
    RETURNING ${replicaColumns}, (extract(epoch FROM r.slot_at - clock_timestamp()) * 1000)::float8 AS "delayMs"`;
  return rows.map(({ delayMs, ...row }) => ({ row, delayMs }));
}

/** What a worker needs to know of a plan to work on its replicas. */
export async function readPlanForWork(
  store: Store,
  planId: string,
): Promise<{ spec: PlanSpec; state: string; maxAttempts: number } | null> {
  const plan = await store.prisma.plan.findUnique({
    where: { id: planId },
    select: { spec: true, state: true, maxAttempts: true },
  });
  return plan && { ...plan, spec: plan.spec as unknown as PlanSpec };
}
