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
  const {
    state,
    reason,
    drill_id: drillId,
    start_at: startAt,
    started_at: startedAt,
    approvals,
    approvals_required: approvalsRequired,
    proposed_by: proposedBy,
  } = plan;
  const approvers = approvalsInForce(approvals, now).map(({ approver }) => approver);
  return whyWaiting(
    {
      ...{ state, reason, ofDrill: drillId !== null },
      startAt: startAt?.getTime() ?? null,
      startedAt: startedAt?.getTime() ?? null,
      window: window && { open: window.open, opensAt: Date.parse(window.opens_at) },
      approvals: { required: approvalsRequired, approvers, proposedBy },
      workersAlive: plan.workers_alive,
      cckm: circuitOf(plan.cckm_down),
      queue: circuitOf(plan.queue_down),
      maxInFlight: plan.max_in_flight,
      sequential: plan.sequential,
      lanes: plan.open_lanes.map(laneOf),
    },
    now,
  );
}

export function waitingView(waiting: Waiting | null): PlanWaitingView | null {
  return waiting && { ...waiting, since: time(waiting.since), until: time(waiting.until) };
}

function laneOf(lane: OpenLane): WaitingLane {
  const { account, region, called_region, wave, pending, under_way, rows, busy } = lane;
  return {
    ...{ account, region, calledRegion: called_region, wave, pending, underWay: under_way },
    lastSlotAt: milliseconds(lane.last_slot_at),
    circuit: circuitOf(lane.circuit),
    sample: {
      ...{ rows, busy, busyPlanId: lane.busy_plan_id },
      dueAt: milliseconds(lane.due_at),
      lastError: lane.last_error,
    },
  };
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
