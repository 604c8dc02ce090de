import { type DrillView, durationSeconds, type Runbook } from '@keyferry/core';

/** How long a drill has gone on against what its runbook allows, in seconds. */
interface DrillClock {
  readonly elapsed: number;
  /** Null: no target. */
  readonly target: number | null;
}

export function drillClock(
  { declared_at, finished_at, spec }: Pick<DrillView, 'declared_at' | 'finished_at' | 'spec'>,
  now: Date,
): DrillClock {
  const until = finished_at === null ? now.getTime() : Date.parse(finished_at);
  const rto = (spec as Runbook).targets.rto;
  return {
    elapsed: Math.max(0, (until - Date.parse(declared_at)) / 1_000),
    target: rto === null ? null : durationSeconds(rto),
  };
}
