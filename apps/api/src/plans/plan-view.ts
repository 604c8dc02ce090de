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
    spec_sha256: plan.spec_sha256,
    resolved_sha256: plan.resolved_sha256,
    scope: scopeView(plan.scope),
    created_by: plan.created_by,
    proposed_by: [...plan.proposed_by],
    approvals_required: plan.approvals_required,
    approval_rules: { version: plan.approval_rules_version, names: [...plan.approval_rule_names] },
    approvals: [...plan.approvals],
    drill_id: plan.drill_id,
    drill_step: plan.drill_step,
    schedule_id: plan.schedule_id,
    scheduled_for: plan.scheduled_for?.toISOString() ?? null,
    created_at: plan.created_at.toISOString(),
    started_at: plan.started_at?.toISOString() ?? null,
    finished_at: plan.finished_at?.toISOString() ?? null,
    archived_at: plan.archived_at?.toISOString() ?? null,
    reason: reasonOf(plan, waiting),
    waiting: waitingView(waiting),
    window,
    counts,
    differing: plan.differing,
    pending_import: plan.pending_import,
    changed_since_preview: plan.changed_since_preview && {
      ...plan.changed_since_preview,
      checked_at: plan.state === 'resolving' ? null : (plan.resolved_at?.toISOString() ?? null),
    },
    eta_seconds: window?.open === false || waiting !== null ? null : etaSeconds(plan, now),
    lower_bound_seconds: round(plan.lower_bound_seconds),
    replicas_per_second: round(rate),
  };
}

/** A plan as the API tells it; its options are those in force now. */
export function planView(plan: PlanRow): PlanView {
  return { ...planStatusView(plan), spec: { ...plan.spec, options: optionsOf(plan) } };
}

/**
 * The same as JSON, in two parts. The second is the spec without its options, as it was written the first time: it may name
 * 100,000 keys, and never changes.
 */
export function planJson(plan: PlanRow): readonly [string, Buffer] {
  const status = JSON.stringify(planStatusView(plan)).slice(0, -1);
  return [`${status},"spec":{"options":${JSON.stringify(optionsOf(plan))}`, restOfSpec(plan.spec)];
}

const restsOfSpecs = new WeakMap<PlanSpec, Buffer>();

/** A spec without its options, which may be changed, from the comma behind them to the end of the plan. */
function restOfSpec(spec: PlanSpec): Buffer {
  const known = restsOfSpecs.get(spec);
  if (known !== undefined) return known;
  const { options: _changing, ...rest } = spec;
  const text = JSON.stringify(rest)
    .replace(/^\{(?!\}$)/, ',')
    .replace(/^\{\}$/, '}');
  const written = Buffer.from(`${text}}`);
  restsOfSpecs.set(spec, written);
  return written;
}

function optionsOf(plan: PlanRow): PlanView['spec']['options'] {
  const { priority, max_in_flight: maxInFlight, windows, spec } = plan;
  const { failure_tolerance: _submitted, ...submitted } = spec.options;
  return { ...submitted, priority, max_in_flight: maxInFlight, windows, ...tolerance(plan) };
}

/** As `reason` says it: who may not approve stands beside it, in `waiting` and in the list of approvals. */
function reasonOf(plan: PlanStatusRow, waiting: Waiting | null): string | null {
  if (plan.reason !== null || waiting === null) return plan.reason;
  return waiting.code === 'approval_missing' ? waiting.message.replace(/ Cannot approve: .*$/s, '') : waiting.message;
}

/** The limits as they are now: they may have been changed since the plan was submitted. */
function tolerance({ tolerance_count: count, tolerance_percent: percent }: PlanStatusRow): Record<string, unknown> {
  if (count !== null) return { failure_tolerance: { count } };
  return percent === null ? {} : { failure_tolerance: { percent } };
}

function replicasPerSecond(plan: PlanStatusRow, now: number): number {
  if (plan.started_at === null) return 0;
  const started = plan.started_at.getTime();
  if (plan.finished_at !== null) return plan.accepted / Math.max(0.001, (plan.finished_at.getTime() - started) / 1000);
  return plan.accepted_lately / Math.max(1, Math.min(lately, (now - started) / 1000));
}

/** Less than this, in replicas and seconds, says little about the rate: a plan of minutes would be told to take hours. */
const measured = { replicas: 5, seconds: 10 };

/** Time left: what waits at the measured rate, never less than the quotas allow, which is all until enough is measured; null while nothing moves. */
function etaSeconds(plan: PlanStatusRow, now: number): number | null {
  const { counts, state, lower_bound_seconds: lowerBoundSeconds, started_at: startedAt } = plan;
  const open = counts.total - finishedCount(counts);
  if (open === 0) return state === 'resolving' ? null : 0;
  if (state !== 'running' || startedAt === null) return null;
  const waiting = counts.pending + counts.queued + counts.replicating;
  const least = counts.total === 0 ? 0 : (lowerBoundSeconds * waiting) / counts.total;
  const seconds = plan.accepted_since === null ? 0 : (now - plan.accepted_since.getTime()) / 1_000;
  if (plan.accepted_lately < measured.replicas || seconds < measured.seconds) return round(least);
  return round(Math.max(least, (waiting * seconds) / plan.accepted_lately));
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
