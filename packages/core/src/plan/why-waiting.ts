import { type ErrorCode, errorRule } from '../errors/catalogue.ts';
import type { PlanState } from './life.ts';

/** Why a plan makes no progress. */
export const waitingCodes = [
  'approval_missing',
  'start_at',
  'drill',
  'person',
  'window_closed',
  'no_worker',
  'login_refused',
  'cckm_down',
  'queue_down',
  'lane_down',
  'other_plan',
  'retry_later',
  'in_flight_limit',
  'not_released',
] as const;
export type WaitingCode = (typeof waitingCodes)[number];

/** Why a plan makes no progress, for programs and for people. Times in milliseconds since the epoch. */
export interface Waiting {
  readonly code: WaitingCode;
  readonly message: string;
  /** Since when, where that is known. */
  readonly since: number | null;
  /** When it may go on or is tried next, where that is known. */
  readonly until: number | null;
}

/** A circuit that is not closed. Times in milliseconds since the epoch. */
export interface DownCircuit {
  readonly since: number;
  readonly probeAt: number;
  /** An error code. */
  readonly reason: string | null;
}

/** The open part of a plan in one account and Region. Times in milliseconds since the epoch. */
export interface WaitingLane {
  readonly account: string;
  /** The Region whose calls are held back: of a promotion the primary's. */
  readonly calledRegion: string;
  readonly region: string;
  readonly wave: number;
  readonly pending: number;
  /** With a slot, being called, watched or imported. */
  readonly underWay: number;
  readonly lastSlotAt: number | null;
  readonly circuit: DownCircuit | null;
  /** Of the pending rows that are due first, a few. */
  readonly sample: {
    readonly rows: number;
    /** Rows whose key another plan has in flight. */
    readonly busy: number;
    readonly busyPlanId: string | null;
    /** When the first of the rows may be called. */
    readonly dueAt: number | null;
    /** What its last attempt failed with. */
    readonly lastError: string | null;
  };
}

/** What is known of a plan and of what it stands on. Times in milliseconds since the epoch. */
export interface WaitingFacts {
  readonly state: PlanState;
  /** Its own: why it is in this state. */
  readonly reason: string | null;
  readonly ofDrill: boolean;
  readonly startAt: number | null;
  readonly startedAt: number | null;
  /** Null: it has none. */
  readonly window: { readonly open: boolean; readonly opensAt: number } | null;
  readonly approvals: {
    readonly required: number;
    readonly approvers: readonly string[];
    /** None of these may approve. */
    readonly proposedBy: readonly string[];
  };
  readonly workersAlive: number;
  readonly cckm: DownCircuit | null;
  readonly queue: DownCircuit | null;
  readonly maxInFlight: number;
  readonly sequential: boolean;
  /** Of `running` plans; empty for others. */
  readonly lanes: readonly WaitingLane[];
}

/** A due row that nothing holds back gets its slot within this time: later, the plan counts as standing still. */
const releasedWithinMs = 30_000;
/** So long after its start or its last slot a plan without a worker stands still. */
const quietMs = 10_000;
/** A next attempt that is nearer is no standstill. */
const soonMs = 5_000;
const named = 3;

/**
 * Why a plan makes no progress; null: it makes progress, is a preview, or has ended. A running plan makes progress while a
 * replica of it is under way, or about to get its slot, in a lane that is not down. What holds back all of the plan comes
 * before what holds back its lanes.
 */
export function whyWaiting(facts: WaitingFacts, now: number): Waiting | null {
  switch (facts.state) {
    case 'resolving':
      return noWorker(facts) ?? cckmDown(facts) ?? queueDown(facts);
    case 'awaiting_approval':
      return approvalMissing(facts);
    case 'scheduled':
      return notStarted(facts, now) ?? noWorker(facts);
    case 'paused':
    case 'halted':
      return waiting('person', facts.reason ?? 'Waiting for an operator to resume or cancel it.');
    case 'running':
      return facts.lanes.length === 0 ? null : standstill(facts, now);
    default:
      return null;
  }
}

function standstill(facts: WaitingFacts, now: number): Waiting | null {
  const { window, lanes } = facts;
  if (window?.open === false && lanes.some(({ pending }) => pending > 0)) {
    return waiting(
      'window_closed',
      `Outside its maintenance windows until ${time(window.opensAt)}; replicas in flight finish.`,
      { until: window.opensAt },
    );
  }
  // A worker may be just starting: a plan that has begun or got a slot a moment ago does not stand still yet.
  const quiet = now - lastSlot(lanes, facts.startedAt) >= quietMs;
  return (quiet ? noWorker(facts) : null) ?? cckmDown(facts) ?? queueDown(facts) ?? lanesHeldBack(facts, now);
}

function approvalMissing({ approvals: { required, approvers, proposedBy } }: WaitingFacts): Waiting {
  const given = `Waiting for approval by others than its submitter: ${approvers.length} of ${required} given.`;
  const barred = [
    ...(proposedBy.length === 0 ? [] : [`${proposedBy.join(', ')} proposed it`]),
    ...(approvers.length === 0 ? [] : [`${approvers.join(', ')} approved it already`]),
  ];
  return waiting('approval_missing', barred.length === 0 ? given : `${given} Cannot approve: ${barred.join('; ')}.`);
}

function notStarted({ startAt, ofDrill }: WaitingFacts, now: number): Waiting | null {
  if (startAt !== null && startAt > now) return waiting('start_at', `Starts at ${time(startAt)}.`, { until: startAt });
  return ofDrill ? waiting('drill', 'Waiting for its drill to start it.') : null;
}

function noWorker({ workersAlive }: WaitingFacts): Waiting | null {
  return workersAlive > 0 ? null : waiting('no_worker', 'No worker is alive. Start one: npm run worker.');
}

function cckmDown({ cckm }: WaitingFacts): Waiting | null {
  if (cckm === null) return null;
  const rule = ruleOf(cckm.reason);
  const why = rule ? `${rule.title} ${rule.operatorAdvice}` : 'See the log of failed calls.';
  return waiting(
    cckm.reason === 'cckm_login_refused' ? 'login_refused' : 'cckm_down',
    `Waiting for CCKM: ${why} Down since ${time(cckm.since)}; next probe at ${time(cckm.probeAt)}.`,
    { since: cckm.since, until: cckm.probeAt },
  );
}

function queueDown({ queue }: WaitingFacts): Waiting | null {
  if (queue === null) return null;
  return waiting(
    'queue_down',
    `The queue has accepted no jobs since ${time(queue.since)}. Check that Redis answers, is writable and has memory; work then resumes automatically.`,
    { since: queue.since },
  );
}

function lanesHeldBack(facts: WaitingFacts, now: number): Waiting | null {
  const { lanes } = facts;
  const firstWave = Math.min(...lanes.map(({ wave }) => wave));
  const ofLaterWave = (lane: WaitingLane) => facts.sequential && lane.wave > firstWave;
  const current = lanes.filter((lane) => !ofLaterWave(lane));
  const later = lanes.filter(ofLaterWave).reduce((sum, { pending }) => sum + pending, 0);
  const behind = later === 0 ? '' : ` ${replicas(later)} of later Regions wait for it.`;

  const down = current.filter(({ circuit }) => circuit !== null);
  const up = current.filter(({ circuit }) => circuit === null);
  if (up.some(({ underWay }) => underWay > 0)) return overLimit(facts, now);
  const free = up.filter((lane) => lane.sample.busy < lane.sample.rows && (lane.sample.dueAt ?? now) <= now + soonMs);
  if (free.length > 0) return notReleased(facts, free, now);

  const [worst] = down.toSorted((a, b) => b.pending + b.underWay - a.pending - a.underWay);
  if (worst?.circuit) return laneDown(down, worst, worst.circuit, behind);
  const busy = up.find(({ sample }) => sample.busy > 0);
  if (busy) {
    return waiting(
      'other_plan',
      `Plan ${busy.sample.busyPlanId} has the same keys in flight. Waiting until it finishes them.${behind}`,
    );
  }
  return retryLater(up, behind);
}

function laneDown(down: readonly WaitingLane[], worst: WaitingLane, circuit: DownCircuit, behind: string): Waiting {
  const places = [...new Set(down.map(({ calledRegion, account }) => `${calledRegion} of account ${account}`))];
  const more = places.length > named ? ` and ${places.length - named} more` : '';
  const rule = ruleOf(circuit.reason);
  const count = down.reduce((sum, { pending, underWay }) => sum + pending + underWay, 0);
  return waiting(
    'lane_down',
    `${places.slice(0, named).join(', ')}${more} ${places.length === 1 ? 'is' : 'are'} down since ${time(circuit.since)}: ` +
      `${replicas(count)} wait. ${rule ? `${rule.title} ${rule.operatorAdvice} ` : ''}Next probe of ${worst.calledRegion} at ${time(circuit.probeAt)}.${behind}`,
    { since: circuit.since, until: circuit.probeAt },
  );
}

function retryLater(lanes: readonly WaitingLane[], behind: string): Waiting | null {
  const [next] = lanes
    .filter(({ sample }) => sample.rows > 0)
    .toSorted((a, b) => (a.sample.dueAt ?? 0) - (b.sample.dueAt ?? 0));
  if (next === undefined) return null;
  const { dueAt, lastError } = next.sample;
  const rule = ruleOf(lastError);
  const why = rule ? ` The last attempt failed: ${rule.title} ${rule.operatorAdvice}` : '';
  return waiting('retry_later', `The next attempt is due at ${time(dueAt ?? 0)}.${why}${behind}`, { until: dueAt });
}

/** Something is under way: it stands still only where calls that hang hold all of its places. */
function overLimit({ lanes, maxInFlight, startedAt }: WaitingFacts, now: number): Waiting | null {
  const underWay = lanes.reduce((sum, lane) => sum + lane.underWay, 0);
  const pending = lanes.reduce((sum, lane) => sum + lane.pending, 0);
  const since = lastSlot(lanes, startedAt);
  if (pending === 0 || underWay < maxInFlight || now - since < releasedWithinMs) return null;
  return waiting(
    'in_flight_limit',
    `${underWay} replicas are in flight, the limit max_in_flight is ${maxInFlight}: ${replicas(pending)} wait. Raise max_in_flight to continue.`,
    { since },
  );
}

function notReleased({ lanes, startedAt }: WaitingFacts, free: readonly WaitingLane[], now: number): Waiting | null {
  const since = lastSlot(lanes, startedAt);
  if (now - since < releasedWithinMs) return null;
  const due = free.reduce((sum, { pending }) => sum + pending, 0);
  return waiting(
    'not_released',
    `No call was released since ${time(since)}, though ${replicas(due)} are due. Check the quotas of its lanes (GET /v1/lanes) and the logs of the workers.`,
    { since },
  );
}

function lastSlot(lanes: readonly WaitingLane[], startedAt: number | null): number {
  return Math.max(startedAt ?? 0, ...lanes.map(({ lastSlotAt }) => lastSlotAt ?? 0));
}

function waiting(code: WaitingCode, message: string, at: Partial<Pick<Waiting, 'since' | 'until'>> = {}): Waiting {
  return { code, message, since: at.since ?? null, until: at.until ?? null };
}

function ruleOf(code: string | null) {
  return code === null ? undefined : errorRule(code as ErrorCode);
}

function replicas(count: number): string {
  return count === 1 ? '1 replica' : `${count.toLocaleString('en')} replicas`;
}

function time(at: number): string {
  return new Date(at).toISOString();
}
