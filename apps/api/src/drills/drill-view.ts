import type { DrillFindingView, DrillKeyView, DrillListedView, DrillLogView, DrillView } from '@keyferry/core';
import {
  type DrillKeyRow,
  type DrillLogRow,
  type DrillRow,
  type DrillStepRow,
  type ListedDrill,
  readDrill,
  readDrillApprovals,
  readDrillFindings,
  readDrillSteps,
  readRunbook,
  type Store,
} from '@keyferry/store';

/** A drill as it stands, all of it; null where there is none. */
export async function readDrillView(store: Store, id: string): Promise<DrillView | null> {
  const live = await readDrillStatusView(store, id);
  return live && { ...live, spec: await readRunbook(store, store.prisma, id) };
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
  return {
    ...common(drill),
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
    current_step: steps.find(({ state }) => state === 'running' || state === 'awaiting_approval')?.id ?? null,
  };
}

export function listedView({ stepsDone, stepsTotal, currentStep, findings, ...drill }: ListedDrill): DrillListedView {
  return {
    ...common(drill),
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
