import type { ThroughputView } from '@keyferry/core';
import { type PlanStatusRow, type RunRow, readRuns, type Store } from '@keyferry/store';

/** How long a finished plan took from its first call to its last outcome and how fast it was, with later retries apart. */
export async function runsView(
  store: Store,
  { id, finished_at: finishedAt }: PlanStatusRow,
): Promise<Pick<ThroughputView, 'run' | 'retries'>> {
  if (finishedAt === null) return { run: null };
  const { firstCallAt, repeatedCalls, reruns, runs } = await readRuns(store, id);
  const commands = reruns.map(({ at, by, errorCode, region }, i) => ({
    ...{ at: at.toISOString(), by, error_code: errorCode, region },
    ...partView(runs[i + 1], at, reruns[i + 1]?.finishedBefore),
  }));
  const retries = { repeated_calls: repeatedCalls, commands };
  if (firstCallAt === null) return { run: null, retries };
  const first = partView(runs[0], firstCallAt, reruns[0]?.finishedBefore);
  const perSecond = first.seconds === 0 ? 0 : first.accepted / first.seconds;
  return {
    run: { first_call_at: firstCallAt.toISOString(), ...first, per_second: Math.round(perSecond * 100) / 100 },
    retries,
  };
}

/** A plan is seen to have finished within this time after its last outcome. */
const noticedWithinMs = 2_000;

/** `finished`: when the plan had, before it was retried: what was retried no longer has the time of its first outcome. */
function partView(row: RunRow | undefined, from: Date, finished: Date | undefined) {
  const known = row?.last_at ?? null;
  const isWhole = known !== null && (finished === undefined || finished.getTime() - known.getTime() <= noticedWithinMs);
  const last = isWhole ? known : (finished ?? null);
  const seconds = last === null ? 0 : Math.max(0, last.getTime() - from.getTime()) / 1_000;
  return { last_outcome_at: last?.toISOString() ?? null, seconds, accepted: row?.accepted ?? 0 };
}
