import { type DrillItem, type LostTime, type ReachedBy, reachedBy } from './drill-item.ts';

/** What a drill took, from the times of its items. Pure: milliseconds in, milliseconds out. */

/** From one time to another, in milliseconds of the same clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A call that was made for one key × Region, in the order of the calls. */
export interface TimedCall {
  readonly startedAt: number;
  /** An error code; null: it went well, or is not answered. */
  readonly error: string | null;
}

/** What held up every key of a drill at once. */
export interface DrillPauses {
  readonly declaredAt: number;
  /** While it waited for a person to approve: before its start, and in its `approve` steps. */
  readonly approvals: readonly Span[];
  readonly pauses: readonly Span[];
}

/**
 * What a key × Region lost until it was done. No moment counts twice: what falls into a pause is not told as waiting for
 * approval, nor that as throttling, nor that as retrying. A throttled or failed call costs from its start to the next call.
 */
export function lostTime(
  { declaredAt, approvals, pauses }: DrillPauses,
  calls: readonly TimedCall[],
  until: number,
): LostTime {
  const after = (throttled: boolean): Span[] =>
    calls.flatMap(({ startedAt, error }, at) => {
      const next = calls[at + 1];
      if (error === null || next === undefined || (error === 'throttled') !== throttled) return [];
      return [{ from: startedAt, to: next.startedAt }];
    });
  const told: Span[] = [];
  const add = (spans: readonly Span[]): number => {
    const before = covered(told);
    told.push(...spans.map(({ from, to }) => ({ from: Math.max(from, declaredAt), to: Math.min(to, until) })));
    return covered(told) - before;
  };
  return {
    paused_ms: add(pauses),
    approval_ms: add(approvals),
    throttled_ms: add(after(true)),
    retries_ms: add(after(false)),
  };
}

/** How long at least one of these goes on. */
function covered(spans: readonly Span[]): number {
  let [total, end] = [0, Number.NEGATIVE_INFINITY];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    if (to <= Math.max(from, end)) continue;
    total += to - Math.max(from, end);
    end = Math.max(from, to);
  }
  return total;
}

/**
 * The nearest-rank percentile of times of which some may not be known: the smallest that at least `percent` of all lie at or
 * below. One that is not known is longer than any other, so null means that too many are not known to tell.
 */
export function nearestRank(known: readonly number[], all: number, percent: number): number | null {
  const sorted = known.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((percent / 100) * all)) - 1] ?? null;
}

/** How the times of some key × Region stand against a target. */
export interface ReachedTimes {
  /** All that the drill had to reach. */
  readonly cells: number;
  /** Those of which a time is known. */
  readonly reached: number;
  readonly within_target: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly max_ms: number | null;
  /** True only when every one is known and within the target; null: there is no target. */
  readonly met: boolean | null;
}

function reachedTimes(known: readonly number[], cells: number, target: number | null): ReachedTimes {
  const within = target === null ? null : known.filter((ms) => ms <= target).length;
  return {
    cells,
    reached: known.length,
    within_target: within,
    p50_ms: nearestRank(known, cells, 50),
    p95_ms: nearestRank(known, cells, 95),
    max_ms: nearestRank(known, cells, 100),
    met: within === null ? null : cells > 0 && within === cells,
  };
}

/** How the key material of some key × Region compares with that of the primaries. */
export interface MaterialAgreement {
  readonly cells: number;
  readonly compared: number;
  readonly equal: number;
  /** Of these, the ones whose material was compared by its own ids. */
  readonly by_material: number;
  /** Of these, the ones that are known to be by their key id alone. */
  readonly by_key_id: number;
  /** The nearest end of imported material. */
  readonly nearest_valid_to: string | null;
  /** True only when all were compared and are equal: a gap of 0. Another gap cannot be measured. Null: there is no target. */
  readonly met: boolean | null;
}

export interface DrillTargets {
  readonly rtoMs: number | null;
  readonly rpoMs: number | null;
}

/** What the items of a drill say of it as a whole. */
export interface DrillTimes {
  readonly rto: {
    readonly target_ms: number | null;
    /** All times go from the declaration to this, so many each. */
    readonly measured_to: Readonly<Record<ReachedBy, number>>;
    readonly total: ReachedTimes;
    readonly by_region: readonly ({ region: string } & ReachedTimes)[];
  };
  readonly rpo: {
    readonly target_ms: number | null;
    readonly total: MaterialAgreement;
    readonly by_region: readonly ({ region: string } & MaterialAgreement)[];
  };
  /** The first of all calls, and when the last key × Region was accepted, usable and proven; null: not all of them were. */
  readonly first_call_at: string | null;
  readonly accepted_at: string | null;
  readonly usable_at: string | null;
  /** When the last promotion was confirmed; null: none was made. */
  readonly promoted_at: string | null;
  readonly proven_at: string | null;
  /** Summed over all key × Region. */
  readonly lost: LostTime;
  /** The most that one of them lost, each by itself. */
  readonly worst: LostTime;
  /** Items by what the last check found: they sum to `rto.total.cells`. */
  readonly by_state: Readonly<Record<string, number>>;
}

interface RegionTally {
  cells: number;
  known: number[];
  compared: number;
  equal: number;
  byKeyId: number;
  nearest: string | null;
}

const nothing: LostTime = { approval_ms: 0, paused_ms: 0, throttled_ms: 0, retries_ms: 0 };
const newTally = (): RegionTally => ({ cells: 0, known: [], compared: 0, equal: 0, byKeyId: 0, nearest: null });

/** Adds items up, as many as there are: it keeps a number of each. */
export function tallyTimes({ rtoMs, rpoMs }: DrillTargets): { add(item: DrillItem): void; times(): DrillTimes } {
  const regions = new Map<string, RegionTally>();
  const total = newTally();
  const states = new Map<string, number>();
  const firstCall = extreme(-1);
  const promoted = extreme(1);
  const measured = new Map<ReachedBy, number>(reachedBy.map((by) => [by, 0]));
  const last = { accepted_at: extreme(1), usable_at: extreme(1), proven_at: extreme(1) };
  let [lost, worst] = [nothing, nothing];
  let called = 0;
  const lastOf = (name: keyof typeof last) => {
    const needed = name === 'accepted_at' ? called : total.cells;
    return last[name].count() === needed ? last[name].value() : null;
  };
  return {
    add(item) {
      const tally = regions.get(item.region) ?? newTally();
      regions.set(item.region, tally);
      for (const one of [tally, total]) addTo(one, item);
      states.set(item.state ?? 'unknown', (states.get(item.state ?? 'unknown') ?? 0) + 1);
      if (item.first_call_at !== null) called += 1;
      firstCall.add(item.first_call_at);
      promoted.add(item.promoted_at);
      if (item.reached_by !== null) measured.set(item.reached_by, (measured.get(item.reached_by) ?? 0) + 1);
      for (const name of ['accepted_at', 'usable_at', 'proven_at'] as const) last[name].add(item[name]);
      lost = mapLost((name) => lost[name] + item.lost[name]);
      worst = mapLost((name) => Math.max(worst[name], item.lost[name]));
    },
    times() {
      const sorted = [...regions].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const compared = ({ cells, compared: those, equal, byKeyId, nearest }: RegionTally): MaterialAgreement => ({
        cells,
        compared: those,
        equal,
        by_material: equal - byKeyId,
        by_key_id: byKeyId,
        nearest_valid_to: nearest,
        met: rpoMs === null ? null : cells > 0 && equal === cells,
      });
      const reached = ({ known, cells }: RegionTally) => reachedTimes(known, cells, rtoMs);
      return {
        rto: {
          target_ms: rtoMs,
          measured_to: Object.fromEntries(measured) as Record<ReachedBy, number>,
          total: reached(total),
          by_region: sorted.map(([region, tally]) => ({ region, ...reached(tally) })),
        },
        rpo: {
          target_ms: rpoMs,
          total: compared(total),
          by_region: sorted.map(([region, tally]) => ({ region, ...compared(tally) })),
        },
        first_call_at: firstCall.value(),
        accepted_at: lastOf('accepted_at'),
        usable_at: lastOf('usable_at'),
        promoted_at: promoted.value(),
        proven_at: lastOf('proven_at'),
        lost,
        worst,
        by_state: Object.fromEntries([...states].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      };
    },
  };
}

function addTo(tally: RegionTally, { reached_ms: ms, material }: DrillItem): void {
  tally.cells += 1;
  if (ms !== null) tally.known.push(ms);
  if (material.equal !== null) tally.compared += 1;
  if (material.equal === true) tally.equal += 1;
  if (material.equal === true && material.compared_by === 'key_id') tally.byKeyId += 1;
  if (material.valid_to !== null && (tally.nearest === null || material.valid_to < tally.nearest)) {
    tally.nearest = material.valid_to;
  }
}

/** The first (-1) or last (1) of some times, all written alike, and how many there were. */
function extreme(direction: -1 | 1) {
  let [value, count] = [null as string | null, 0];
  return {
    add(time: string | null) {
      if (time === null) return;
      count += 1;
      if (value === null || (direction === 1 ? time > value : time < value)) value = time;
    },
    value: () => value,
    count: () => count,
  };
}

const mapLost = (of: (name: keyof LostTime) => number): LostTime => ({
  approval_ms: of('approval_ms'),
  paused_ms: of('paused_ms'),
  throttled_ms: of('throttled_ms'),
  retries_ms: of('retries_ms'),
});
