import { currentStepStates, type DrillState, type DrillStepState, openStepStates, type Runbook } from '@keyferry/core';
import { type Connection, inTransaction, Prisma, type Store, type Transaction } from '../store.ts';
import { noteInLog } from './drill-notes.ts';
import { type DrillRow, type DrillStepRow, drillColumns, readDrillSteps } from './drill-row.ts';
import { areStepsOf } from './known-runbooks.ts';

/*
 * How workers move a drill on. Postgres decides who does: whoever holds the lock of its row, for as long as the transaction
 * of one small move. What a move makes (a plan, a check, an event) is made in it.
 */

/** Nobody calls anything for `drills d` just now. */
const free = (): Prisma.Sql =>
  Prisma.sql`NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = d.held_by AND w.alive_until > now())`;

/** Drills whose time has come, but for those that a living worker is calling something for. */
export function findDueDrills({ prisma }: Store): Promise<{ id: string }[]> {
  return prisma.$queryRaw<{ id: string }[]>`
    SELECT d.id FROM drills d WHERE d.next_at <= now() AND ${free()} ORDER BY d.next_at LIMIT 20`;
}

/** A drill that this transaction alone moves on. */
export interface DrillAtWork {
  readonly tx: Transaction;
  readonly drill: DrillRow;
  readonly steps: readonly DrillStepRow[];
  /** By the database's clock. */
  readonly now: Date;
  /** Read when it is needed: it may name a hundred thousand keys. Throws where it is not the one that was submitted. */
  runbook(): Promise<Runbook>;
  /** Whether its runbook and steps are those that were submitted, and approved. `fresh`: whatever is known of its runbook. */
  isAsSubmitted(how?: { readonly fresh: boolean }): Promise<boolean>;
}

/** Makes one move of a drill that is due; null where it is not, or where somebody else is at it. */
export function moveDrill<T>(
  store: Store,
  drillId: string,
  move: (work: DrillAtWork) => Promise<T>,
): Promise<T | null> {
  return moveWhere(store, drillId, Prisma.sql`d.next_at <= now() AND ${free()} FOR NO KEY UPDATE SKIP LOCKED`, move);
}

/** The same after a call, for the worker that has made it; null where the drill was taken from it meanwhile. */
export function moveHeldDrill<T>(
  store: Store,
  drillId: string,
  holder: string,
  move: (work: DrillAtWork) => Promise<T>,
): Promise<T | null> {
  return moveWhere(store, drillId, Prisma.sql`d.held_by = ${holder}::uuid FOR NO KEY UPDATE`, move);
}

function moveWhere<T>(
  store: Store,
  drillId: string,
  condition: Prisma.Sql,
  move: (work: DrillAtWork) => Promise<T>,
): Promise<T | null> {
  return inTransaction(store, async (tx) => {
    const [drill] = await tx.$queryRaw<(DrillRow & { now: Date })[]>`
      SELECT ${drillColumns}, now() AS now FROM drills d WHERE d.id = ${drillId}::uuid AND ${condition}`;
    if (drill === undefined) return null;
    const steps = await readDrillSteps(tx, drillId);
    const runbook = async () => {
      const read = await store.runbooks.asSubmitted(tx, drill);
      if (read === null) throw new Error(`The runbook of drill ${drillId} is not the one that was submitted.`);
      return read;
    };
    const isAsSubmitted = async (how?: { readonly fresh: boolean }) => {
      const read = await store.runbooks.asSubmitted(tx, drill, how);
      return read !== null && areStepsOf(read, steps);
    };
    return move({ tx, drill, steps, now: drill.now, runbook, isAsSubmitted });
  });
}

/** Locks a drill for what somebody tells it; null where there is none. */
export async function lockDrill(tx: Transaction, drillId: string): Promise<(DrillRow & { now: Date }) | null> {
  const [drill] = await tx.$queryRaw<(DrillRow & { now: Date })[]>`
    SELECT ${drillColumns}, now() AS now FROM drills d WHERE d.id = ${drillId}::uuid FOR NO KEY UPDATE`;
  return drill ?? null;
}

/** When a drill is looked at next: after so many milliseconds, or, null, once somebody has done something. */
export async function lookAgain(db: Connection, drillId: string, afterMs: number | null): Promise<void> {
  await db.$executeRaw`
    UPDATE drills SET next_at = now() + make_interval(secs => ${afterMs === null ? null : afterMs / 1_000}::float8)
    WHERE id = ${drillId}::uuid`;
}

/** Notes whose call for a drill is under way; null: nobody's. */
export async function holdDrill(db: Connection, drillId: string, workerId: string | null): Promise<void> {
  await db.$executeRaw`UPDATE drills SET held_by = ${workerId}::uuid WHERE id = ${drillId}::uuid`;
}

/** Moves a drill to another state, with the reason for a person. It is looked at again at once. */
export async function changeDrill(
  db: Connection,
  drillId: string,
  state: DrillState,
  reason: string | null,
  more: {
    readonly approved?: boolean;
    readonly started?: boolean;
    readonly finished?: boolean;
    readonly ending?: 'failed' | 'aborted';
  } = {},
): Promise<void> {
  const when = (is: boolean | undefined, column: string) =>
    is ? Prisma.sql`coalesce(${Prisma.raw(column)}, now())` : Prisma.raw(column);
  await db.$executeRaw`
    UPDATE drills SET state = ${state}::drill_state, reason = ${reason}, approved_at = ${when(more.approved, 'approved_at')},
      started_at = ${when(more.started, 'started_at')}, finished_at = ${when(more.finished, 'finished_at')},
      ending = coalesce(${more.ending ?? null}::drill_state, ending), held_by = NULL,
      next_at = CASE WHEN ${more.finished ?? false} THEN NULL ELSE now() END
    WHERE id = ${drillId}::uuid`;
  await noteInLog(db, drillId, {
    kind: 'drill',
    message: `It is ${state.replaceAll('_', ' ')}.${reason === null ? '' : ` ${reason}`}`,
    detail: { state },
  });
}

/** What the drill has found its keys to be: with it the drill can be approved. */
export async function setScope(
  db: Connection,
  drillId: string,
  { scopeSha256, keys }: { scopeSha256: string; keys: number },
): Promise<void> {
  await db.$executeRaw`
    UPDATE drills SET scope_sha256 = ${scopeSha256}, keys = ${keys} WHERE id = ${drillId}::uuid`;
}

export async function setBaseline(db: Connection, drillId: string, checkId: string): Promise<void> {
  await db.$executeRaw`UPDATE drills SET baseline_check_id = ${checkId}::uuid WHERE id = ${drillId}::uuid`;
}

export async function setRollbackPlan(db: Connection, drillId: string, planId: string): Promise<void> {
  await db.$executeRaw`UPDATE drills SET rollback_plan_id = ${planId}::uuid WHERE id = ${drillId}::uuid`;
}

/** Changes a step. `detail` is laid over what is there; `deadlineSeconds` counts from now. */
export async function changeStep(
  db: Connection,
  drillId: string,
  position: number,
  change: {
    readonly state?: DrillStepState;
    readonly deadlineSeconds?: number;
    readonly planId?: string;
    readonly checkId?: string;
    readonly detail?: Readonly<Record<string, unknown>>;
    readonly error?: { readonly code: string; readonly message: string };
  },
): Promise<void> {
  const { state = null, deadlineSeconds = null, planId = null, checkId = null, detail = {}, error = null } = change;
  const begins = state !== null && currentStepStates.includes(state);
  const ends = state !== null && !begins;
  await db.$executeRaw`
    UPDATE drill_steps SET state = coalesce(${state}::drill_step_state, state),
      started_at = CASE WHEN ${begins} THEN coalesce(started_at, now()) ELSE started_at END,
      finished_at = CASE WHEN ${ends} THEN clock_timestamp() ELSE finished_at END,
      deadline_at = CASE WHEN ${deadlineSeconds}::float8 IS NULL THEN deadline_at
        ELSE now() + make_interval(secs => ${deadlineSeconds}::float8) END,
      plan_id = coalesce(${planId}::uuid, plan_id), check_id = coalesce(${checkId}::uuid, check_id),
      detail = detail || ${JSON.stringify(detail)}::jsonb,
      error = coalesce(${error === null ? null : JSON.stringify(error)}::jsonb, error)
    WHERE drill_id = ${drillId}::uuid AND position = ${position}`;
}

/** Takes the steps that have not ended out, when the drill ends before them. */
export async function endOpenSteps(db: Connection, drillId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE drill_steps SET finished_at = clock_timestamp(), state = (CASE state WHEN 'pending' THEN 'skipped'
      ELSE 'aborted' END)::drill_step_state
    WHERE drill_id = ${drillId}::uuid AND state = ANY(${openStepStates}::drill_step_state[])`;
}

/** Puts a `notify` step's message into the outbox; answers how many webhooks are told. */
export async function tellNotice(
  db: Connection,
  drillId: string,
  notice: { step: string; message: string },
): Promise<number> {
  const [told] = await db.$queryRaw<{ webhooks: number }[]>`
    SELECT tell_webhooks('com.keyferry.drill.notice', ${drillId}::uuid, ${JSON.stringify(notice)}::jsonb) AS webhooks`;
  return told?.webhooks ?? 0;
}
