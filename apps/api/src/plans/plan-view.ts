import { finishedCount, type PlanSpec, type PlanView, scopeView, type Waiting } from '@keyferry/core';
import type { PlanRow, PlanStatusRow } from '@keyferry/store';
import { waitingOf, waitingView } from './waiting-view.ts';
import { windowView } from './window-view.ts';

const lately = 30;

/** How a plan stands, as the API tells it: all but its spec. `now` in milliseconds since the epoch. */
export function planStatusView(plan: PlanStatusRow, now: number = Date.now()): Omit<PlanView, 'spec'> {
  const { counts } = plan;
  const rate = replicasPerSecond(plan, now);
  const window = windowView(plan, now);
  const waiting = waitingOf(plan, window, now);
  return {
    id: plan.id,
    name: plan.name,
    operation: plan.operation,
    mode: plan.mode,
    state: plan.state,
    spec_sha256: plan.specSha256,
    resolved_sha256: plan.resolvedSha256,
    scope: scopeView(plan.scope),
    created_by: plan.createdBy,
    proposed_by: [...plan.proposedBy],
    approvals_required: plan.approvalsRequired,
    approval_rules: { version: plan.approvalRulesVersion, names: [...plan.approvalRuleNames] },
    approvals: [...plan.approvals],
    drill_id: plan.drillId,
    drill_step: plan.drillStep,
    schedule_id: plan.scheduleId,
    scheduled_for: plan.scheduledFor?.toISOString() ?? null,
    created_at: plan.createdAt.toISOString(),
    started_at: plan.startedAt?.toISOString() ?? null,
    finished_at: plan.finishedAt?.toISOString() ?? null,
    archived_at: plan.archivedAt?.toISOString() ?? null,
    reason: reasonOf(plan, waiting),
    waiting: waitingView(waiting),
    window,
    counts,
    differing: plan.differing,
    pending_import: plan.pendingImport,
    changed_since_preview: plan.changedSincePreview && {
      ...plan.changedSincePreview,
      checked_at: plan.state === 'resolving' ? null : (plan.resolvedAt?.toISOString() ?? null),
    },
    eta_seconds: window?.open === false || waiting !== null ? null : etaSeconds(plan, rate),
    lower_bound_seconds: round(plan.lowerBoundSeconds),
    replicas_per_second: round(rate),
  };
}

/** A plan as the API tells it; its options are those in force now. */
export function planView(plan: PlanRow): PlanView {
  return { ...planStatusView(plan), spec: { ...plan.spec, options: optionsOf(plan) } };
}

/** The same as JSON, from what was made of its spec before: that may name 100,000 keys, and never changes. */
export function planJson(plan: PlanRow): string {
  const status = JSON.stringify(planStatusView(plan)).slice(0, -1);
  return `${status},"spec":{"options":${JSON.stringify(optionsOf(plan))}${restOfSpec(plan.spec)}}`;
}

const restsOfSpecs = new WeakMap<PlanSpec, string>();

/** A spec without its options, which may be changed, from the comma behind them to its end. */
function restOfSpec(spec: PlanSpec): string {
  const known = restsOfSpecs.get(spec);
  if (known !== undefined) return known;
  const { options: _changing, ...rest } = spec;
  const text = JSON.stringify(rest)
    .replace(/^\{(?!\}$)/, ',')
    .replace(/^\{\}$/, '}');
  restsOfSpecs.set(spec, text);
  return text;
}

function optionsOf(plan: PlanRow): PlanView['spec']['options'] {
  const { priority, maxInFlight, windows, spec } = plan;
  const { failure_tolerance: _submitted, ...submitted } = spec.options;
  return { ...submitted, priority, max_in_flight: maxInFlight, windows, ...tolerance(plan) };
}

/** As `reason` says it: who may not approve stands beside it, in `waiting` and in the list of approvals. */
function reasonOf(plan: PlanStatusRow, waiting: Waiting | null): string | null {
  if (plan.reason !== null || waiting === null) return plan.reason;
  return waiting.code === 'approval_missing' ? waiting.message.replace(/ Cannot approve: .*$/s, '') : waiting.message;
}

/** The limits as they are now: they may have been changed since the plan was submitted. */
function tolerance({ toleranceCount: count, tolerancePercent: percent }: PlanStatusRow): Record<string, unknown> {
  if (count !== null) return { failure_tolerance: { count } };
  return percent === null ? {} : { failure_tolerance: { percent } };
}

function replicasPerSecond(plan: PlanStatusRow, now: number): number {
  if (plan.startedAt === null) return 0;
  const started = plan.startedAt.getTime();
  if (plan.finishedAt !== null) return plan.accepted / Math.max(0.001, (plan.finishedAt.getTime() - started) / 1000);
  return plan.acceptedLately / Math.max(1, Math.min(lately, (now - started) / 1000));
}

/** Time left: what waits at the present rate, never less than the quotas allow; null while nothing moves. */
function etaSeconds({ counts, state, lowerBoundSeconds, startedAt }: PlanStatusRow, rate: number): number | null {
  const open = counts.total - finishedCount(counts);
  if (open === 0) return state === 'resolving' ? null : 0;
  if (state !== 'running' || startedAt === null) return null;
  const waiting = counts.pending + counts.queued + counts.replicating;
  const least = counts.total === 0 ? 0 : (lowerBoundSeconds * waiting) / counts.total;
  // The first replicas say little about the rate.
  const told = rate > 0 && counts.total - waiting >= 5;
  return round(told ? Math.max(least, waiting / rate) : least);
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
