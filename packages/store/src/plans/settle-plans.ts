import { inFlightPlanStates, openReplicaStates, replicaStates } from '@keyferry/core';
import { judgeWaiting } from '../approval-rules/judge-waiting.ts';
import { rowsOfLane, statesIn } from '../states-in-sql.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';
import { takeBackUnapproved } from './approvals.ts';
import { haltChanged, whyNotAsResolved } from './as-resolved.ts';
import { startsBy } from './goes-on.ts';

/**
 * Moves plans on by what became of their replicas: due ones start, once the drill of such as belong to one lets them, or
 * wait anew for approvals that they lack by now, by the rules then in force; those
 * that passed their failure tolerance halt, those with nothing left to do end, and cancelled ones are finished once nothing
 * of them is in flight. Safe to run anywhere at any time. Answers how many plans changed.
 */
export async function settlePlans(store: Store): Promise<number> {
  await judgeWaiting(store, { previews: false });
  const { changed: started, errors } = await startPlans(store);
  const takenBack = await takeBackUnapproved(store.prisma);
  const halted = await store.prisma.$executeRaw`
    UPDATE plans p SET state = 'halted',
      reason = format('%s of %s replicas failed, more than the plan tolerates. Check the failures, then resume (earlier '
        || 'failures then no longer count), retry or cancel.', c.failed, c.total)
    FROM plans q CROSS JOIN LATERAL (
      SELECT sum(failed) AS failed,
        sum(${rowsOfLane('l', openReplicaStates)}) AS open, sum(${rowsOfLane('l', replicaStates)}) AS total
      FROM plan_lanes l WHERE l.plan_id = q.id
    ) c
    WHERE q.id = p.id AND q.state = 'running' AND coalesce(q.tolerance_count, q.tolerance_percent) IS NOT NULL
      AND p.state = 'running' AND c.open > 0
      AND (c.failed - p.failures_accepted > p.tolerance_count
        OR (c.failed - p.failures_accepted) * 100.0 > p.tolerance_percent * c.total)`;
  const ended = await endPlans(store);
  if (errors.length > 0) throw new AggregateError(errors, 'could not compare some due plans with their resolved rows');
  return started + takenBack + halted + ended;
}

const startsAtOnce = 100;

/**
 * Starts plans whose time has come, each once it is seen to be what was resolved: else it halts. One that cannot be looked at
 * holds up no other: what went wrong is answered.
 */
async function startPlans(store: Store): Promise<{ changed: number; errors: readonly unknown[] }> {
  const due = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT p.id FROM plans p WHERE ${isDue} ORDER BY p.priority DESC, p.id LIMIT ${startsAtOnce}`;
  let changed = 0;
  const errors: unknown[] = [];
  for (const { id } of due) {
    try {
      changed += (await startPlan(store, id)) ? 1 : 0;
    } catch (error) {
      errors.push(error);
    }
  }
  return { changed, errors };
}

/** Answers false when it has neither started nor halted: something else became of it meanwhile. */
async function startPlan(store: Store, id: string): Promise<boolean> {
  const reason = await whyNotAsResolved(store, id);
  if (reason !== null) return haltChanged(store, id, reason);
  const started = await store.prisma.$executeRaw`
    UPDATE plans p SET state = 'running', started_at = coalesce(started_at, now()), reason = NULL
    WHERE p.id = ${id}::uuid AND ${isDue}`;
  return started === 1;
}

/** The time of `plans p` has come, and nothing holds it back. */
const isDue = Prisma.sql`${startsBy(Prisma.sql`now()`)} AND may_start(p)`;

/**
 * Ends plans with nothing left to do, nor to retry. The counters are read once the plans are locked, as a retry locks its plan: it has
 * put its rows back by then, or finds the plan ended and opens it again.
 */
function endPlans(store: Store): Promise<number> {
  return inTransaction(store, async (tx) => {
    const locked = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM plans WHERE finished_at IS NULL AND state IN ${statesIn(inFlightPlanStates)}
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`;
    if (locked.length === 0) return 0;
    return tx.$executeRaw`
      UPDATE plans p SET finished_at = now(),
        state = (CASE WHEN p.state = 'cancelled' THEN 'cancelled'
          WHEN c.failed + c.blocked + c.cancelled = 0 THEN 'succeeded'
          ELSE 'completed_with_failures' END)::plan_state,
        reason = CASE WHEN p.state = 'cancelled' THEN p.reason ELSE NULL END
      FROM (
        SELECT q.id, coalesce(sum(${rowsOfLane('l', openReplicaStates)}), 0) AS open,
          coalesce(sum(l.failed), 0) AS failed, coalesce(sum(l.blocked), 0) AS blocked,
          coalesce(sum(l.cancelled), 0) AS cancelled
        FROM plans q LEFT JOIN plan_lanes l ON l.plan_id = q.id
        WHERE q.id = ANY(${locked.map(({ id }) => id)}::uuid[])
        GROUP BY q.id
      ) c
      WHERE c.id = p.id AND c.open = 0
        AND (p.state = 'cancelled' OR NOT EXISTS (SELECT 1 FROM plan_retries t WHERE t.plan_id = p.id))`;
  });
}
