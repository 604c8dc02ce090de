import { after, afterLookRefused, afterPromotionLook, type Decision } from '@keyferry/core';
import type { AttemptRecord, HeldReplicaRow } from '@keyferry/store';
import { traced } from '@keyferry/tracing';
import pMap from 'p-map';
import { answered, failed } from '../call/attempt-record.ts';
import { lookContext } from '../call/rules-of.ts';
import { aboutReplica, linkPlans, noteDecision } from '../call/trace-job.ts';
import { failureOf } from '../cckm/call-failure.ts';
import { findSet, isListRefused } from '../cckm/find-set.ts';
import { refreshKeys } from '../cckm/refresh-keys.ts';
import type { WorkContext } from '../work-context.ts';

/** Sets are read one a request, a few at once: paced calls come first. */
const setsAtOnce = 8;
/** How soon a look that failed is repeated. */
const retryLookMs = 5_000;

/** Looks at the sets of promotions, every member of each, and moves the rows on by what CCKM says. */
export async function watchPromotions(
  context: WorkContext,
  workerId: string,
  rows: readonly HeldReplicaRow[],
): Promise<void> {
  const decisions = await pMap(rows, (row) => look(context, workerId, row), { concurrency: setsAtOnce });
  await refreshKeys(
    context,
    decisions.flatMap((decision) => decision?.refresh ?? []),
  );
}

async function look(context: WorkContext, workerId: string, row: HeldReplicaRow): Promise<Decision | null> {
  const { session, outcomes } = context;
  const looked = {
    operation: row.unsettled_since === null ? 'verify' : 'reconcile',
    started_at: session.now(),
  } as const;
  const write = (changes: Decision['changes'], attempts: AttemptRecord[]) =>
    outcomes.write(workerId, { row, changes, attempts });
  try {
    const answer = await findSet(context, row);
    const decision = afterPromotionLook(row, answer.value, await lookContext(context, row));
    const { changes, note } = decision;
    const record = { ...answered(session, looked, answer, note), error: changes.error ?? null };
    const tells = row.unsettled_since !== null || (changes.state ?? row.state) !== row.state;
    // Looks that find nothing new stay out of the attempt log and of traces.
    if (!tells) await write(changes, []);
    else {
      await traced(looked.operation, { attributes: aboutReplica(row) }, async () => {
        await linkPlans(context, [row.plan_id]);
        noteDecision(decision);
        await write(changes, [record]);
      });
    }
    return decision;
  } catch (error) {
    if (isListRefused(error)) {
      const decision = afterLookRefused(row, failureOf(error));
      await write(decision.changes, [failed(session, looked, error, decision.note)]);
      return decision;
    }
    const { code, retryAfterMs } = failureOf(error);
    context.log.debug({ code, plan: row.plan_id, replica: row.id }, 'could not read a key set; retrying');
    const wait = Math.max(retryAfterMs ?? 0, Math.min(retryLookMs, context.config.verify.pollMs));
    const note = 'CCKM could not be read; retrying';
    const attempts = row.unsettled_since === null ? [] : [failed(session, looked, error, note)];
    await write({ next_look_at: after(session.now(), wait) }, attempts);
    return null;
  }
}
