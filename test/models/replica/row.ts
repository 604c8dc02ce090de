import type { ReplicaIdentity, ReplicaLife } from '../../../packages/core/src/replica/life.ts';
import { newReplica } from './new-replica.ts';

/** The columns of a row that only the store and the workers know. */
export type ModelRow = ReplicaIdentity &
  ReplicaLife & {
    /** Has a slot and a job. */
    slotAt: number | null;
    /** What a worker has in hand for it; null: nobody holds it. */
    held: Held | null;
  };

export interface Held {
  readonly work: 'replicate' | 'import' | 'alias' | 'look';
  /** The worker is gone; the sweeper has not seen it yet. */
  dead: boolean;
}

const lostJobMs = 3_000;

export function newRow(origin: 'AWS_KMS' | 'EXTERNAL', now: number): ModelRow {
  return { ...newReplica(origin, new Date(now)), slotAt: null, held: null };
}

/** packages/store/src/pacing/dispatch-board.ts: whether `readDueQueues` lists the row. */
export function isDueForSlot(row: ModelRow, cancelled: boolean, now: number): boolean {
  if (row.not_before.getTime() > now) return false;
  const free = row.next_look_at === null && row.slotAt === null && row.held === null;
  const finishing = row.state === 'importing' || row.state === 'creating';
  return (row.state === 'pending' && !cancelled) || (finishing && free);
}

/** The same file: `writeReleases`. */
export function release(row: ModelRow, slotAt: number, anotherPlanMadeIt: boolean): Partial<ModelRow> {
  if (row.state !== 'pending') return { slotAt };
  return { state: 'queued', slotAt, look_first: row.look_first || anotherPlanMadeIt };
}

/** packages/store/src/replicas/claim-replicas.ts: `claimReplicas` and `claimFinishing`; null: the job does nothing. */
export function claim(row: ModelRow, cancelled: boolean): Partial<ModelRow> | null {
  if (row.slotAt === null || row.held !== null) return null;
  if (row.state === 'importing') return { held: { work: 'import', dead: false } };
  if (row.state === 'creating') return { held: { work: 'alias', dead: false } };
  if (row.state !== 'queued' || cancelled) return null;
  return { state: 'replicating', held: { work: 'replicate', dead: false } };
}

/** packages/store/src/replicas/claim-looks.ts. */
export function isDueForLook(row: ModelRow, now: number): boolean {
  return row.next_look_at !== null && row.next_look_at.getTime() <= now && row.held === null;
}

/** packages/store/src/workers/sweep.ts and cancel-waiting.ts: lost jobs, rows that a dead worker held, rows of cancelled plans. */
export function sweep(row: ModelRow, cancelled: boolean, now: number): Partial<ModelRow> | null {
  const late = row.slotAt !== null && row.slotAt < now - lostJobMs;
  if (row.held?.dead) return freeHeldByDead(row, now);
  if (cancelled && (row.state === 'pending' || row.state === 'queued')) {
    return { state: 'cancelled', slotAt: null, next_look_at: null };
  }
  if (row.state === 'queued' && (late || cancelled)) return { state: 'pending', slotAt: null };
  if ((row.state === 'importing' || row.state === 'creating') && row.held === null && late) return { slotAt: null };
  return null;
}

/** The same file: `freeHeldByDead`. */
function freeHeldByDead(row: ModelRow, now: number): Partial<ModelRow> {
  const called = row.state === 'replicating' && row.unsettled_since === null;
  const imported = row.state === 'importing' && row.slotAt !== null;
  const aliased = row.state === 'creating' && row.slotAt !== null;
  const at = new Date(now);
  return {
    held: null,
    slotAt: null,
    next_look_at: at,
    ...(called
      ? { attempts: row.attempts + 1, lost_answer: true, lost_call_at: at, unsettled_since: at, looks: 0, absences: 0 }
      : undefined),
    ...(imported ? { import_called_at: at } : undefined),
    ...(aliased ? { alias_called_at: at } : undefined),
  };
}

/** packages/store/src/replicas/retry-replicas.ts. */
export function retry(row: ModelRow, now: number): Partial<ModelRow> | null {
  if (row.state !== 'failed' && row.state !== 'blocked') return null;
  return {
    state: 'pending',
    error: null,
    error_since: null,
    failures: 0,
    imports: 0,
    not_before: new Date(now),
    unsettled_since: null,
    next_look_at: null,
    looks: 0,
    absences: 0,
    look_first: row.lost_answer || row.accepted_at !== null || row.attempts > 0 || row.state === 'blocked',
    lost_answer: row.lost_answer || row.outcome === 'created' || row.outcome === 'adopted',
    enabled_since: null,
    pending_import_since: null,
    import_called_at: null,
    accepted_at: null,
    usable_at: null,
    outcome: null,
    differs_since: null,
    alias_due: null,
    alias_called_at: null,
    alias_calls: 0,
    diff: null,
  };
}

/** packages/store/src/replicas/record-outcomes.ts: what a worker found out, and the row is free. */
export function recordOutcome(changes: Partial<ReplicaLife>): Partial<ModelRow> {
  return { ...changes, slotAt: null, held: null };
}
