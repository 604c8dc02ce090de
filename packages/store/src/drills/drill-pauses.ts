import type { DrillPauses, DrillState, Span } from '@keyferry/core';
import type { DrillLogRow, DrillRow, DrillStepRow } from './drill-row.ts';

/** What held up all keys of a drill at once, from its timeline: whoever moves it notes the state there. */
export function drillPauses(
  { declaredAt, finishedAt }: Pick<DrillRow, 'declaredAt' | 'finishedAt'>,
  steps: readonly Pick<DrillStepRow, 'kind' | 'startedAt' | 'finishedAt'>[],
  log: readonly Pick<DrillLogRow, 'at' | 'kind' | 'detail'>[],
): DrillPauses {
  const end = finishedAt?.getTime() ?? Date.now();
  const moves = log.flatMap(({ at, kind, detail: { state } }) =>
    kind === 'drill' && typeof state === 'string' ? [{ state, at: at.getTime() }] : [],
  );
  const within = (state: DrillState): Span[] =>
    moves.flatMap((move, i) => (move.state === state ? [{ from: move.at, to: moves[i + 1]?.at ?? end }] : []));
  const asked = steps.flatMap(({ kind, startedAt, finishedAt: to }) =>
    kind === 'approve' && startedAt !== null ? [{ from: startedAt.getTime(), to: to?.getTime() ?? end }] : [],
  );
  return {
    declaredAt: declaredAt.getTime(),
    approvals: [...within('awaiting_approval'), ...asked],
    pauses: within('paused'),
  };
}
