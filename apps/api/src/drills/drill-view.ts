import {
  currentStepStates,
  type DrillFindingView,
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
} from '@keyferry/store';
import { waitingOf, waitingView } from '../plans/waiting-view.ts';
import { windowView } from '../plans/window-view.ts';

/** A drill as it stands, all of it as this role may see it; null where there is none. */
export async function readDrillView(store: Store, id: string, role: Role): Promise<DrillView | null> {
  const live = await readDrillStatusView(store, id);
  if (live === null) return null;
  const spec = await readRunbook(store, store.prisma, id);
  return { ...live, spec: role === 'viewer' ? withoutOldHeaders(spec) : spec };
}

/** A runbook without the values of headers that were taken once and may be secrets. */
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

/** The same without its runbook, for those who look again and again. */
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
    approvals: approvals.map(({ stepPosition, at, ...rest }) => ({
      ...rest,
      step: idOf(stepPosition),
      at: at.toISOString(),
    })),
    steps: steps.map(stepView),
    findings: findings.map(
      ({ stepPosition, notedBy, at, ...rest }): DrillFindingView => ({
        ...rest,
        step: idOf(stepPosition),
        by: notedBy,
        at: at.toISOString(),
      }),
    ),
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
  const planId = drill.state === 'rolling_back' ? drill.rollbackPlanId : (step?.planId ?? null);
  const plan = planId === null ? null : await readPlanStatus(db, planId);
  const plansOwn = plan && waitingOf(plan, windowView(plan, now), now);
  const approvedBy = (position: number | null) =>
    approvals
      .filter(({ stepPosition, decision }) => stepPosition === position && decision === 'approve')
      .map(({ approver }) => approver);
  return whyDrillWaits({
    ...{ state: drill.state, reason: drill.reason, proposedBy: drill.proposedBy, approvers: drill.approvers },
    workersAlive: plan?.workersAlive ?? (await countLivingWorkers(db)),
    required: drill.approvalsRequired,
    approvedBy: approvedBy(null),
    step: step && {
      ...{ id: step.id, state: step.state, approvedBy: approvedBy(step.position) },
      required: step.spec.step === 'approve' ? step.spec.approvals : 1,
      plan: plan && plansOwn && { ...plansOwn, id: plan.id },
    },
  });
}

export function listedView({ stepsDone, stepsTotal, currentStep, findings, ...drill }: ListedDrill): DrillListedView {
  return {
    ...common(drill),
    waiting: null,
    approvals: [],
    current_step: currentStep,
    steps: { done: stepsDone, total: stepsTotal },
    findings,
  };
}

const time = (at: Date | null): string | null => at?.toISOString() ?? null;

function common(drill: DrillRow) {
  const { brokenGlassBy: by, brokenGlassAt: at, brokenGlassReason: reason } = drill;
  return {
    id: drill.id,
    name: drill.name,
    scenario: drill.scenario,
    mode: drill.mode,
    state: drill.state,
    reason: drill.reason,
    spec_sha256: drill.specSha256,
    scope_sha256: drill.scopeSha256,
    created_by: drill.createdBy,
    proposed_by: [...drill.proposedBy],
    declared_at: drill.declaredAt.toISOString(),
    approved_at: time(drill.approvedAt),
    started_at: time(drill.startedAt),
    paused_at: time(drill.pausedAt),
    finished_at: time(drill.finishedAt),
    change_ticket: drill.changeTicket,
    lost_regions: [...drill.lostRegions],
    regions: [...drill.regions],
    keys: drill.keys,
    baseline_check_id: drill.baselineCheckId,
    rollback_plan_id: drill.rollbackPlanId,
    approvals_required: drill.approvalsRequired,
    approval_rules: { version: drill.approvalRulesVersion, names: [...drill.approvalRuleNames] },
    broken_glass: by === null || at === null ? null : { by, at: at.toISOString(), reason: reason ?? '' },
  };
}

function stepView(step: DrillStepRow): DrillView['steps'][number] {
  const { position, id, kind, title, state, detail, error, progress } = step;
  return {
    ...{ position, id, kind, title, state },
    started_at: time(step.startedAt),
    deadline_at: time(step.deadlineAt),
    finished_at: time(step.finishedAt),
    plan_id: step.planId,
    check_id: step.checkId,
    detail: { ...detail },
    error,
    progress,
  };
}

export function keyView({ position, keyId, keyArn, primaryRegion, cells, ...rest }: DrillKeyRow): DrillKeyView {
  const { mrk, alias, account } = rest;
  const key = { key_id: keyId, mrk, key_arn: keyArn, alias, account, primary_region: primaryRegion };
  return { index: position, ...key, cells: [...cells] };
}

export function logView(
  { seq, at, stepPosition, kind, message, detail }: DrillLogRow,
  steps: readonly DrillStepRow[],
): DrillLogView {
  const step = stepPosition === null ? null : (steps[stepPosition]?.id ?? null);
  return { seq, at: at.toISOString(), step, kind, message, detail: { ...detail } };
}
