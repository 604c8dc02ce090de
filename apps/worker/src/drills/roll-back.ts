import {
  cancelStepPlans,
  type DrillAtWork,
  hasPlansUnderWay,
  lookAgain,
  noteFinding,
  noteInLog,
  readPlanStatus,
  rowsToFailBack,
  setRollbackPlan,
} from '@keyferry/store';
import { counted, type DrillContext, lookEveryMs } from './drill-context.ts';
import { endDrill } from './end-drill.ts';
import { insertDrillPlan, noteFailures } from './plan-steps.ts';

/** Ends an aborted drill once nothing of it is in flight. */
export async function awaitAbort(work: DrillAtWork): Promise<void> {
  const { tx, drill } = work;
  await cancelStepPlans(tx, drill.id);
  if (await hasPlansUnderWay(tx, drill.id)) await lookAgain(tx, drill.id, lookEveryMs);
  else await endDrill(work, 'aborted', drill.reason);
}

/** Promotes back what a drill has promoted, once nothing else of it is in flight; then it has ended. */
export async function rollBack(work: DrillAtWork, { store }: DrillContext): Promise<void> {
  const { tx, drill } = work;
  const ending = drill.ending ?? 'failed';
  if (drill.rollback_plan_id === null) {
    await cancelStepPlans(tx, drill.id);
    if (await hasPlansUnderWay(tx, drill.id)) return lookAgain(tx, drill.id, lookEveryMs);
    const rows = drill.baseline_check_id === null ? [] : await rowsToFailBack(tx, drill.id, drill.baseline_check_id);
    if (rows.length === 0)
      return endDrill(work, ending, `${drill.reason ?? ''} There were no keys to promote back.`.trim());
    const runbook = await work.runbook();
    const planId = await insertDrillPlan(store, tx, {
      drill,
      runbook,
      step: 'rollback',
      operation: 'promote',
      rows,
      options: {},
    });
    await setRollbackPlan(tx, drill.id, planId);
    const message = `Plan ${planId} promotes ${counted(rows.length, 'key')} back to their original Regions.`;
    await noteInLog(tx, drill.id, { kind: 'plan', message, detail: { plan_id: planId } });
    return lookAgain(tx, drill.id, lookEveryMs);
  }
  const plan = await readPlanStatus(tx, drill.rollback_plan_id);
  if (plan !== null && plan.finished_at === null) return lookAgain(tx, drill.id, lookEveryMs);
  if (plan?.state === 'succeeded')
    return endDrill(work, ending, `${drill.reason ?? ''} All keys are back in their original Regions.`.trim());
  if (plan !== null) await noteFailures(tx, drill.id, null, plan);
  const message = `Not all primaries are back in their original Regions: check plan ${drill.rollback_plan_id}, then promote the rest with another plan.`;
  await noteFinding(tx, drill.id, { severity: 'blocking', code: 'rollback_incomplete', message });
  return endDrill(work, ending, message);
}
