import {
  currentStepStates,
  type DrillKeyView,
  type DrillListedView,
  type DrillLogView,
  type DrillView,
  isTakenHeader,
  type Role,
  type Runbook,
  type Waiting,
  whyDrillWaits,
} from '@keyferry/core';
import {
  countLivingWorkers,
  type DrillApprovalRow,
  type DrillKeyRow,
  type DrillLogRow,
  type DrillRow,
  type DrillStepRow,
  type ListedDrill,
  readDrill,
  readDrillApprovals,
  readDrillFindings,
  readDrillSteps,
  readPlanStatus,
  readRunbook,
  type Store,
  showRow,
} from '@keyferry/store';
import { waitingOf, waitingView } from '../plans/waiting-view.ts';
import { windowView } from '../plans/window-view.ts';

/** A drill in its current state, as far as this role may see it; null: there is none. */
export async function readDrillView(store: Store, id: string, role: Role): Promise<DrillView | null> {
  const live = await readDrillStatusView(store, id);
  if (live === null) return null;
  const spec = await readRunbook(store, store.prisma, id);
  return { ...live, spec: role === 'viewer' ? withoutOldHeaders(spec) : spec };
}

/** A runbook without the values of headers that earlier releases accepted and that may be secrets. */
function withoutOldHeaders(runbook: Runbook): Runbook {
  const steps = runbook.steps.map((step) => {
    if (step.step !== 'http') return step;
    const headers = Object.entries(step.headers).map(([name, value]) => [
      name,
      isTakenHeader(name) ? value : '[hidden]',
    ]);
    return { ...step, headers: Object.fromEntries(headers) as Record<string, string> };
  });
  return { ...runbook, steps };
}

/** The same without its runbook, for those who read it repeatedly. */
export async function readDrillStatusView({ prisma }: Store, id: string): Promise<Omit<DrillView, 'spec'> | null> {
  const drill = await readDrill(prisma, id);
  if (drill === null) return null;
  const [steps, approvals, findings] = await Promise.all([
    readDrillSteps(prisma, id),
    readDrillApprovals(prisma, id),
    readDrillFindings(prisma, id),
  ]);
  const idOf = (position: number | null): string | null => (position === null ? null : (steps[position]?.id ?? null));
  const current = steps.find(({ state }) => currentStepStates.includes(state)) ?? null;
  const waiting = waitingView(await whyItWaits(prisma, drill, current, approvals));
  return {
    ...common(drill),
    reason: drill.reason ?? waiting?.message ?? null,
    waiting,
    approvals: approvals.map(({ step_position, ...rest }) => ({ ...showRow(rest), step: idOf(step_position) })),
    steps: steps.map(({ spec, ...step }) => showRow(step)),
    findings: findings.map(({ step_position, noted_by: by, ...rest }) => ({
      ...showRow(rest),
      step: idOf(step_position),
      by,
    })),
    current_step: current?.id ?? null,
  };
}

/** Why a drill makes no progress: its people, its workers, or the plan of its step. */
async function whyItWaits(
  db: Store['prisma'],
  drill: DrillRow,
  step: DrillStepRow | null,
  approvals: readonly DrillApprovalRow[],
): Promise<Waiting | null> {
  const now = Date.now();
  const planId = drill.state === 'rolling_back' ? drill.rollback_plan_id : (step?.plan_id ?? null);
  const plan = planId === null ? null : await readPlanStatus(db, planId);
  const plansOwn = plan && waitingOf(plan, windowView(plan, now), now);
  const approvedBy = (position: number | null) =>
    approvals
      .filter(({ step_position, decision }) => step_position === position && decision === 'approve')
      .map(({ approver }) => approver);
  return whyDrillWaits({
    ...{ state: drill.state, reason: drill.reason, proposedBy: drill.proposed_by, approvers: drill.approvers },
    workersAlive: plan?.workers_alive ?? (await countLivingWorkers(db)),
    required: drill.approvals_required,
    approvedBy: approvedBy(null),
    step: step && {
      ...{ id: step.id, state: step.state, approvedBy: approvedBy(step.position) },
      required: step.spec.step === 'approve' ? step.spec.approvals : 1,
      plan: plan && plansOwn && { ...plansOwn, id: plan.id },
    },
  });
}

export function listedView({
  steps_done: stepsDone,
  steps_total: stepsTotal,
  current_step: currentStep,
  findings,
  ...drill
}: ListedDrill): DrillListedView {
  return {
    ...common(drill),
    waiting: null,
    approvals: [],
    current_step: currentStep,
    steps: { done: stepsDone, total: stepsTotal },
    findings,
  };
}

function common({ approvers, ending, ...row }: DrillRow) {
  const { broken_glass_by: by, broken_glass_at: at, broken_glass_reason: reason, ...drill } = showRow(row);
  const { approval_rules_version: version, approval_rule_names: names, ...rest } = drill;
  return {
    ...rest,
    approval_rules: { version, names },
    broken_glass: by === null || at === null ? null : { by, at, reason: reason ?? '' },
  };
}

export function keyView({ position: index, ...key }: DrillKeyRow): DrillKeyView {
  return { index, ...showRow(key) };
}

export function logView({ step_position, ...entry }: DrillLogRow, steps: readonly DrillStepRow[]): DrillLogView {
  return { ...showRow(entry), step: step_position === null ? null : (steps[step_position]?.id ?? null) };
}
