import { closingBlock, everywhere, type Runbook, tagOptions, truncateText } from '@keyferry/core';
import {
  changeStep,
  type DrillRow,
  groupFailures,
  insertPlanOfRows,
  noteFinding,
  noteInLog,
  type PlanRowToAdd,
  type PlanStatusRow,
  readDrillMrks,
  readPlanStatus,
  rowsToFailBack,
  rowsToReplicate,
  type Store,
  type Transaction,
} from '@keyferry/store';
import {
  counted,
  failed,
  lookEveryMs,
  type StepAtWork,
  type StepAtWorkOf,
  type StepMove,
  type StepWay,
} from './drill-context.ts';
import { operationOfStep, strandedReason } from './stranded.ts';

type PlanKind = 'replicate' | 'promote' | 'failback';

/** Makes the plan of a step, or of a rollback, in the transaction that notes it. */
export function insertDrillPlan(
  store: Store,
  tx: Transaction,
  {
    drill,
    runbook,
    step,
    operation,
    rows,
    options,
  }: {
    drill: DrillRow;
    runbook: Runbook;
    step: string;
    operation: 'replicate' | 'promote';
    rows: readonly PlanRowToAdd[];
    options: object;
  },
): Promise<string> {
  return insertPlanOfRows(store, tx, {
    spec: {
      name: `${truncateText(drill.name, 130)} · ${step}`,
      operation,
      mode: drill.mode === 'rehearse' ? 'preview' : 'execute',
      ...(operation === 'replicate' ? { replica: closingBlock(runbook) } : {}),
      options: {
        ...options,
        ...(operation === 'replicate' ? tagOptions(runbook) : {}),
        change_ticket: drill.change_ticket,
      },
    },
    rows,
    createdBy: drill.created_by,
    scope: everywhere,
    drill: { id: drill.id, step },
  });
}

async function beginPlan(
  work: StepAtWorkOf<PlanKind>,
  operation: 'replicate' | 'promote',
  rows: readonly PlanRowToAdd[],
): Promise<StepMove> {
  const { context, tx, drill, step, spec } = work;
  const lane = operationOfStep(spec.step);
  const stranded = lane === null ? null : await strandedReason(work, lane);
  if (stranded !== null) {
    await noteFinding(tx, drill.id, {
      severity: 'blocking',
      code: 'primary_region_down',
      message: stranded,
      stepPosition: step.position,
    });
    return failed('primary_region_down', stranded);
  }
  if (rows.length === 0) return { to: 'succeeded', message: 'Nothing to do.', detail: { rows: 0 } };
  const runbook = await work.runbook();
  const planId = await insertDrillPlan(context.store, tx, {
    drill,
    runbook,
    step: step.id,
    operation,
    rows,
    options: spec.options,
  });
  await changeStep(tx, drill.id, step.position, { planId, detail: { rows: rows.length } });
  const what = operation === 'promote' ? counted(rows.length, 'promotion') : counted(rows.length, 'key-Region pair');
  const message = `Plan ${planId} for ${what}${work.rehearsed ? ', previewed only' : ''}.`;
  await noteInLog(tx, drill.id, { kind: 'plan', message, stepPosition: step.position, detail: { plan_id: planId } });
  return { to: 'running', againMs: lookEveryMs };
}

/** Moves on with the plan of a step. */
async function lookAtPlan(work: StepAtWorkOf<PlanKind>): Promise<StepMove> {
  const { tx, drill, step } = work;
  const plan = step.plan_id === null ? null : await readPlanStatus(tx, step.plan_id);
  if (plan === null) return failed('plan_gone', 'The plan of this step no longer exists.');
  const ended = await judgePlan(work, plan);
  if (ended !== null) return ended;
  if (plan.state === 'halted') {
    await noteFinding(tx, drill.id, {
      severity: 'warning',
      code: 'plan_halted',
      message: `Plan ${plan.id} halted: ${plan.reason ?? 'too many replicas failed.'} The step waits until the plan is resumed or cancelled.`,
      stepPosition: step.position,
    });
  }
  return { to: 'running', againMs: lookEveryMs };
}

/** What a step has come to by its plan; null: it is under way. */
async function judgePlan({ tx, drill, step, rehearsed }: StepAtWork, plan: PlanStatusRow): Promise<StepMove | null> {
  const { counts, state } = plan;
  const done = counts.succeeded + counts.already_present;
  const bad = counts.failed + counts.blocked;
  if (state === 'previewed' || (plan.finished_at !== null && state !== 'paused')) {
    await noteFailures(tx, drill.id, step.position, plan);
  } else return null;
  const detail = { counts };
  if (state === 'previewed') {
    const message = `Previewed: ${counts.pending} would be called, ${counts.already_present} already present, ${counts.blocked} blocked.`;
    return { to: 'succeeded', message, detail };
  }
  if (state === 'succeeded') return { to: 'succeeded', message: `${done} of ${counts.total} done.`, detail };
  if (rehearsed && state === 'completed_with_failures') {
    return { to: 'succeeded', message: `Previewed: ${counts.blocked} blocked.`, detail };
  }
  if (state === 'cancelled') {
    const why = step.detail.timed_out === true ? 'because the step timed out' : 'by a user';
    const code = step.detail.timed_out === true ? 'timeout' : 'plan_cancelled';
    return failed(code, `Plan ${plan.id} was cancelled ${why}, with ${done} of ${counts.total} done.`, detail);
  }
  return failed(
    'plan_failed',
    `Plan ${plan.id}: ${bad > 0 ? `${bad} of ${counts.total} failed or are blocked.` : (plan.reason ?? state)}`,
    detail,
  );
}

/** Failed and blocked rows of a plan, a finding for each cause. */
export async function noteFailures(
  tx: Transaction,
  drillId: string,
  position: number | null,
  plan: PlanStatusRow,
): Promise<void> {
  if (plan.counts.failed + plan.counts.blocked === 0) return;
  for (const { code, rows, regions } of await groupFailures(tx, plan.id)) {
    await noteFinding(tx, drillId, {
      severity: 'warning',
      code: 'replicas_failed',
      message: `${rows} failed or are blocked: ${code}, in ${regions.join(', ')}. Details and fixes: keyferry plan watch ${plan.id}`,
      stepPosition: position,
    });
  }
}

export const replicateStep: StepWay<'replicate'> = {
  async begin(work) {
    const { tx, drill, spec } = work;
    const rows = await rowsToReplicate(tx, drill.id, drill.baseline_check_id ?? '', spec.regions ?? null);
    return beginPlan(work, 'replicate', rows);
  },
  look: lookAtPlan,
};

export const promoteStep: StepWay<'promote'> = {
  async begin(work) {
    const keys = await readDrillMrks(work.tx, work.drill.baseline_check_id ?? '');
    return beginPlan(
      work,
      'promote',
      keys.map((key) => ({ key, region: work.spec.to })),
    );
  },
  look: lookAtPlan,
};

export const failbackStep: StepWay<'failback'> = {
  async begin(work) {
    const { tx, drill, rehearsed } = work;
    if (rehearsed) return { to: 'skipped', message: 'A live drill would promote the keys back here.' };
    return beginPlan(work, 'promote', await rowsToFailBack(tx, drill.id, drill.baseline_check_id ?? ''));
  },
  look: lookAtPlan,
};
