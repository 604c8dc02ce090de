import {
  type ErrorCode,
  errorRule,
  heartbeatAge,
  judgeHealth,
  laneId,
  type OverviewPlan,
  type OverviewView,
  recoveredFactor,
} from '@keyferry/core';
import type { QueueDepth, QueueHealth, QueueName, Queues } from '@keyferry/queue';
import { type Overview, type PlanStatusRow, showRow, type WorkerRow } from '@keyferry/store';
import { planStatusView } from '../plans/plan-view.ts';

/** What an overview is made of beside what Postgres holds. */
export interface Surroundings {
  readonly engine: Queues['engine'];
  /** Null: the queue does not answer. */
  readonly depths: Readonly<Record<QueueName, QueueDepth>> | null;
  readonly queue: QueueHealth;
  /** How long Postgres took. */
  readonly milliseconds: number;
  /** Why this API does not sign the audit log; null: it does, or has no key. */
  readonly refusal: string | null;
}

/** All of an installation as the API tells it, with the verdict on it. */
export function overviewView(
  read: Overview,
  { engine, depths, queue, milliseconds, refusal }: Surroundings,
): OverviewView {
  const { plans, plansByState, troubled, cckm, workers, failures, waiting } = read;
  const now = read.now.getTime();
  const items = workers.workers.map((worker) => workerView(worker, now));
  const unfinished = [...plansByState.values()].reduce((sum, count) => sum + count, 0);
  const facts = {
    at: read.now.toISOString(),
    plans: {
      items: plans.map((plan) => overviewPlan(plan, now)),
      more: Math.max(0, unfinished - plans.length),
      by_state: Object.fromEntries(plansByState),
    },
    lanes: {
      items: troubled.lanes.map(({ account, region, operation, factor_changed_at: at, ...lane }) => ({
        ...showRow(lane),
        id: laneId({ account, region, operation }),
        rate_factor: Math.round(recoveredFactor(lane.rate_factor, at.getTime(), now) * 1_000) / 1_000,
      })),
      more: troubled.all - troubled.lanes.length,
    },
    drills: { items: waiting.drills.map(showRow), more: waiting.all - waiting.drills.length },
    cckm: {
      circuit: cckm.circuit,
      since: cckm.circuit === 'closed' ? null : time(cckm.since),
      reason: cckm.circuit === 'closed' ? null : cckm.reason,
      last_success_at: time(cckm.last_success_at),
      last_failure:
        cckm.last_failure_at && cckm.last_failure_code
          ? { at: cckm.last_failure_at.toISOString(), code: cckm.last_failure_code }
          : null,
    },
    postgres: { answers: true, milliseconds: Math.round(milliseconds) },
    queue: {
      engine,
      answers: depths !== null && queue.answers,
      refuses_writes: queue.refuses,
      depth: depths,
    },
    last_day: lastDayView(read.lastDay),
    audit_log: { not_signed: refusal },
    stuck_replicas: { count: read.stuck.count, since: time(read.stuck.since) },
    workers: {
      items,
      more: workers.all - workers.workers.length,
      alive: workers.alive,
      late: items.filter(({ late }) => late).length,
    },
    failures: failures.map(({ newest_plan_id: id, newest_plan_name: name, ...failure }) => {
      const rule = errorRule(failure.code as ErrorCode);
      return {
        ...showRow(failure),
        newest_plan: { id, name },
        message: rule?.title ?? failure.code,
        what_to_do: rule?.operatorAdvice ?? '',
      };
    }),
  };
  return { ...facts, ...judgeHealth(facts, now) };
}

function lastDayView({ failures, plans, newest_plan_id: id, newest_plan_name: name }: Overview['lastDay']) {
  const sum = (of: 'failed' | 'blocked') => failures.reduce((all, failure) => all + failure[of], 0);
  return {
    failed: sum('failed'),
    blocked: sum('blocked'),
    plans,
    newest_plan: id === null || name === null ? null : { id, name },
    codes: failures.map(({ code, failed, blocked }) => ({ code, count: failed + blocked })),
  };
}

function workerView({ heartbeat_at: at, alive_until: until, ...worker }: WorkerRow, now: number) {
  const { seconds, late } = heartbeatAge({ heartbeatAt: at.getTime(), aliveUntil: until.getTime() }, now);
  return {
    ...showRow(worker),
    last_heartbeat_at: at.toISOString(),
    heartbeat_age_seconds: seconds,
    late: worker.alive && late,
  };
}

function overviewPlan(plan: PlanStatusRow, now: number): OverviewPlan {
  const view = planStatusView(plan, now);
  return {
    id: view.id,
    name: view.name,
    state: view.state,
    reason: view.reason,
    waiting: view.waiting,
    created_by: view.created_by,
    created_at: view.created_at,
    resolved_at: time(plan.resolved_at),
    start_at: time(plan.start_at),
    started_at: view.started_at,
    counts: view.counts,
    window: view.window,
    waits_for: waitsFor(plan, view.window),
    eta_seconds: view.eta_seconds,
    lower_bound_seconds: view.lower_bound_seconds,
    replicas_per_second: view.replicas_per_second,
  };
}

function waitsFor({ state, outage, counts }: PlanStatusRow, window: OverviewPlan['window']): OverviewPlan['waits_for'] {
  switch (state) {
    case 'awaiting_approval':
      return 'approval';
    case 'scheduled':
      return 'start_at';
    case 'previewed':
    case 'paused':
    case 'halted':
      return 'person';
    case 'running':
      if (window?.open === false && counts.pending + counts.queued > 0) return 'window';
      return outage === null ? null : 'circuit';
    default:
      return state === 'resolving' && outage !== null ? 'circuit' : null;
  }
}

function time(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
