import {
  approvalsInForce,
  type DownCircuit,
  type PlanWaitingView,
  type PlanWindowView,
  type Waiting,
  type WaitingLane,
  whyWaiting,
} from '@keyferry/core';
import type { OpenLane, PlanStatusRow } from '@keyferry/store';

/** Why a plan makes no progress at `now`, milliseconds since the epoch; null: it does, is a preview, or has ended. */
export function waitingOf(plan: PlanStatusRow, window: PlanWindowView | null, now: number): Waiting | null {
  const { state, reason, drillId, startAt, startedAt, approvals, approvalsRequired, proposedBy } = plan;
  const approvers = approvalsInForce(approvals, now).map(({ approver }) => approver);
  return whyWaiting(
    {
      ...{ state, reason, ofDrill: drillId !== null },
      startAt: startAt?.getTime() ?? null,
      startedAt: startedAt?.getTime() ?? null,
      window: window && { open: window.open, opensAt: Date.parse(window.opens_at) },
      approvals: { required: approvalsRequired, approvers, proposedBy },
      workersAlive: plan.workersAlive,
      cckm: circuitOf(plan.cckmDown),
      queue: circuitOf(plan.queueDown),
      maxInFlight: plan.maxInFlight,
      sequential: plan.sequential,
      lanes: plan.openLanes.map(laneOf),
    },
    now,
  );
}

export function waitingView(waiting: Waiting | null): PlanWaitingView | null {
  return waiting && { ...waiting, since: time(waiting.since), until: time(waiting.until) };
}

function laneOf({ rows, busy, busyPlanId, dueAt, lastError, ...lane }: OpenLane): WaitingLane {
  const sample = { rows, busy, busyPlanId, dueAt: milliseconds(dueAt), lastError };
  return { ...lane, lastSlotAt: milliseconds(lane.lastSlotAt), circuit: circuitOf(lane.circuit), sample };
}

function circuitOf(circuit: OpenLane['circuit']): DownCircuit | null {
  if (circuit === null) return null;
  return { since: Date.parse(circuit.since), probeAt: Date.parse(circuit.probeAt), reason: circuit.reason };
}

function milliseconds(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
