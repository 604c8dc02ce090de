import { type DrillStepRow, holdDrill, moveDrill, moveHeldDrill } from '@keyferry/store';
import type { DrillContext } from './drill-context.ts';
import { afterCall, callCheck } from './http-step.ts';
import { apply, type CallToMake, moveOn, stepAtWork } from './move-on.ts';

/** Moves of one job at most: a drill with many short steps gives way to others now and then. */
const movesAtOnce = 50;

/**
 * Moves a drill on as far as it goes now. A job is a hint only: it may come twice, late or never, and may die at any line.
 * Each move is one transaction, in which the drill is locked and due; what is called outside is noted before.
 */
export async function runDrill(context: DrillContext, drillId: string, signal?: AbortSignal): Promise<void> {
  for (let moves = 0; moves < movesAtOnce && !signal?.aborted; moves += 1) {
    const moved = await moveDrill(context.store, drillId, async (work) => ({ call: await moveOn(work, context) }));
    if (moved === null) return;
    if (moved.call !== null) await call(context, drillId, moved.call, signal);
  }
}

async function call(
  context: DrillContext,
  drillId: string,
  { step, tries }: CallToMake,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { spec } = step;
  if (spec.step !== 'http') return;
  const holder = context.session.id;
  const called = await callCheck(context, { drillId, stepId: step.id, tries, spec }, signal);
  // A worker that is told to stop leaves the call to another, which makes it again.
  if (signal?.aborted && called.httpStatus === null) return;
  await moveHeldDrill(context.store, drillId, holder, async (work) => {
    await holdDrill(work.tx, drillId, null);
    const now = work.steps[step.position] as DrillStepRow;
    if (work.drill.state !== 'running' || now.state !== 'running' || now.detail.calling !== tries) return;
    const at = stepAtWork(work, context, now);
    await apply(at, await afterCall({ ...at, spec }, tries, called));
  });
  const { httpStatus, durationMs } = called;
  context.log.info(
    { drill: drillId, step: step.id, httpStatus, durationMs: Math.round(durationMs) },
    'a check was called',
  );
}
