import { durationSeconds, openStepStates, type RunbookStep, type StepKind } from '@keyferry/core';
import {
  awaitApprovals,
  cancelPlan,
  changeDrill,
  changeStep,
  type DrillAtWork,
  type DrillStepRow,
  endOpenSteps,
  groupCells,
  hashDrillScope,
  lookAgain,
  noteFinding,
  noteInLog,
  pauseStepPlan,
  readCheck,
  readPlanStatus,
  setBaseline,
  setScope,
  startIfApproved,
} from '@keyferry/store';
import { askForBaseline, coverageStep, noteLastGaps } from './check-steps.ts';
import {
  counted,
  type DrillContext,
  failed,
  lookEveryMs,
  type StepAtWork,
  type StepMove,
  type StepWay,
} from './drill-context.ts';
import { endDrill, finishDrill } from './end-drill.ts';
import { httpStep } from './http-step.ts';
import { approveStep, notifyStep, waitStep } from './people-steps.ts';
import { failbackStep, promoteStep, replicateStep } from './plan-steps.ts';
import { preflightStep } from './preflight-step.ts';
import { awaitAbort, rollBack } from './roll-back.ts';
import { verifyStep } from './verify-step.ts';

const ways: { readonly [Kind in StepKind]: StepWay<Kind> } = {
  preflight: preflightStep,
  coverage: coverageStep,
  replicate: replicateStep,
  verify: verifyStep,
  promote: promoteStep,
  failback: failbackStep,
  wait: waitStep,
  approve: approveStep,
  notify: notifyStep,
  http: httpStep,
};

/** A call that a step wants made once the transaction is over. */
export interface CallToMake {
  readonly step: DrillStepRow;
  readonly tries: number;
}

const runbookChanged =
  'Its runbook was changed in the database after it was submitted. No step runs. Find out who changed it, then abort the drill and declare a new one.';

/** Makes one move of a drill; answers a call that is to be made, or null. */
export async function moveOn(work: DrillAtWork, context: DrillContext): Promise<CallToMake | null> {
  const { tx, drill } = work;
  switch (drill.state) {
    case 'resolving':
      if (await work.isAsSubmitted()) await resolve(work, context);
      else await endDrill(work, 'failed', runbookChanged);
      return null;
    case 'running':
      if (await work.isAsSubmitted({ fresh: openStep(work)?.state === 'pending' })) return moveStepOn(work, context);
      await changeDrill(tx, drill.id, 'paused', runbookChanged);
      return null;
    case 'paused':
      await lookAgain(tx, drill.id, (await pauseStepPlan(tx, drill.id)) ? null : lookEveryMs);
      return null;
    case 'rolling_back':
      if (await work.isAsSubmitted()) await rollBack(work, context);
      else await endDrill(work, 'failed', runbookChanged);
      return null;
    case 'aborted':
      await awaitAbort(work);
      return null;
    default:
      await lookAgain(tx, drill.id, null);
      return null;
  }
}

/** Finds what the keys of a drill are, by the coverage check that it begins with. */
async function resolve(work: DrillAtWork, context: DrillContext): Promise<void> {
  const { tx, drill } = work;
  if (drill.baseline_check_id === null) {
    await setBaseline(tx, drill.id, await askForBaseline(work, context));
    await lookAgain(tx, drill.id, lookEveryMs);
    return;
  }
  const check = await readCheck(context.store, drill.baseline_check_id);
  if (check?.state === 'failed') {
    await endDrill(
      work,
      'failed',
      `The keys of the drill could not be read: ${check.error?.message ?? 'reason unknown.'}`,
    );
    return;
  }
  if (check?.state !== 'done') {
    await lookAgain(tx, drill.id, lookEveryMs);
    return;
  }
  const { scopeSha256, keys, unknown } = await hashDrillScope(tx, check.id);
  if (unknown > 0) {
    const message = `${counted(unknown, 'key')} of the runbook could not be found: the drill continues without them. See GET /v1/coverage/checks/${check.id}/cells.`;
    await noteFinding(tx, drill.id, { severity: 'warning', code: 'unknown_keys', message });
  }
  if (keys === 0) {
    await endDrill(
      work,
      'failed',
      'The drill has no keys: CCKM lists no multi-Region key that matches its runbook. Check `keys` or `selector`, and the domain of the CCKM user.',
    );
    return;
  }
  await setScope(tx, drill.id, { scopeSha256, keys });
  const gaps = (await groupCells(tx, check.id))
    .filter(({ state }) => state !== 'covered')
    .reduce((sum, { cells }) => sum + cells, 0);
  const message = `${counted(keys, 'key')}; ${gaps} of ${check.counts?.total ?? 0} key-Region pairs not covered at the start.`;
  await noteInLog(tx, drill.id, { kind: 'check', message, detail: { check_id: check.id, scope_sha256: scopeSha256 } });
  if (await startIfApproved(tx, drill.id)) return;
  await awaitApprovals(tx, drill);
}

/** The first step that has not ended. */
const openStep = ({ steps }: DrillAtWork): DrillStepRow | undefined =>
  steps.find(({ state }) => openStepStates.includes(state));

async function moveStepOn(work: DrillAtWork, context: DrillContext): Promise<CallToMake | null> {
  const { tx, drill, now } = work;
  const step = openStep(work);
  if (step === undefined) {
    await finishDrill(work);
    return null;
  }
  const at = stepAtWork(work, context, step);
  const way = ways[step.kind] as StepWay<StepKind>;
  if (step.state === 'pending') {
    const deadlineSeconds = durationSeconds(secondsOf(step.spec));
    await changeStep(tx, drill.id, step.position, { state: 'running', deadlineSeconds });
    await noteInLog(tx, drill.id, { kind: 'step', message: `Step ${step.id} begins.`, stepPosition: step.position });
    return apply(at, await way.begin(at));
  }
  const late = step.kind !== 'wait' && step.deadline_at !== null && step.deadline_at <= now;
  return apply(at, late ? await timeOut(at, way) : await way.look(at));
}

export function stepAtWork(work: DrillAtWork, context: DrillContext, step: DrillStepRow): StepAtWork {
  return { ...work, context, step, spec: step.spec, rehearsed: work.drill.mode === 'rehearse' };
}

const secondsOf = (spec: RunbookStep): string => (spec.step === 'wait' ? spec.for : spec.timeout);

/** What becomes of a step at its timeout: its plan is cancelled, and what is in flight awaited. */
async function timeOut(at: StepAtWork, way: StepWay<StepKind>): Promise<StepMove> {
  const { tx, drill, step } = at;
  const message = `Step ${step.id} timed out after ${secondsOf(step.spec)}.`;
  const plan = step.plan_id === null ? null : await readPlanStatus(tx, step.plan_id);
  if (plan === null || plan.state === 'previewed') {
    const found = await noteLastGaps(at);
    return failed('timeout', found === null ? message : `${message} ${found}`);
  }
  if (plan.finished_at !== null) return way.look(at);
  if (step.detail.timed_out !== true) {
    await cancelPlan(tx, plan.id, 'Its drill step timed out.');
    await noteInLog(tx, drill.id, {
      kind: 'plan',
      message: `${message} Its plan was cancelled.`,
      stepPosition: step.position,
    });
  }
  return { to: 'running', againMs: lookEveryMs, detail: { timed_out: true } };
}

/** Writes down what came of a move, and what follows from a step that has failed. */
export async function apply(at: StepAtWork, move: StepMove): Promise<CallToMake | null> {
  const { tx, drill, step, now } = at;
  const change = { ...('detail' in move && move.detail ? { detail: move.detail } : {}) };
  if (move.to === 'call') return { step, tries: move.tries };
  if (move.to === 'running') {
    await changeStep(tx, drill.id, step.position, change);
    const leftMs = (step.deadline_at?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime();
    await lookAgain(tx, drill.id, Math.max(0, Math.min(move.againMs, leftMs > 0 ? leftMs : move.againMs)));
    return null;
  }
  const note = (message: string) => noteInLog(tx, drill.id, { kind: 'step', message, stepPosition: step.position });
  if (move.to === 'awaiting_approval') {
    await changeStep(tx, drill.id, step.position, { state: 'awaiting_approval', detail: { message: move.message } });
    await note(move.message);
    await lookAgain(tx, drill.id, 0);
    return null;
  }
  if (move.to !== 'failed') {
    await changeStep(tx, drill.id, step.position, {
      ...change,
      detail: { ...change.detail, message: move.message },
      state: move.to,
    });
    await note(`Step ${step.id} ${move.to === 'skipped' ? 'is skipped' : 'succeeded'}. ${move.message}`);
    await lookAgain(tx, drill.id, 0);
    return null;
  }
  const { code, message } = move;
  await changeStep(tx, drill.id, step.position, { ...change, state: 'failed', error: { code, message } });
  await note(`Step ${step.id} failed. ${message}`);
  await noteFinding(tx, drill.id, {
    severity: 'warning',
    code: 'step_failed',
    message: `Step ${step.id} failed (${code}). ${message}`,
    stepPosition: step.position,
  });
  const { on_failure } = step.spec;
  if (on_failure === 'continue') await lookAgain(tx, drill.id, 0);
  else if (on_failure === 'rollback') {
    await endOpenSteps(tx, drill.id);
    await changeDrill(tx, drill.id, 'rolling_back', `Step ${step.id} failed.`, { ending: 'failed' });
  } else await endDrill(at, 'failed', `Step ${step.id} failed. ${message}`);
  return null;
}
