import type { DrillPauses, Span } from '@keyferry/core';
import type { DrillLogRow, DrillRow, DrillStepRow } from './drill-row.ts';

/** What held up all keys of a drill at once, from its timeline: each state that it reached stands there. */
export function drillPauses(
  { declaredAt, finishedAt }: Pick<DrillRow, 'declaredAt' | 'finishedAt'>,
  steps: readonly Pick<DrillStepRow, 'kind' | 'startedAt' | 'finishedAt'>[],
  log: readonly Pick<DrillLogRow, 'at' | 'kind' | 'message'>[],
): DrillPauses {
  const end = finishedAt?.getTime() ?? Date.now();
  const moves = log.flatMap(({ at, kind, message }) => {
    const state = kind === 'drill' ? /^It is ([a-z ]+)\./.exec(message)?.[1] : undefined;
    return state === undefined ? [] : [{ state, at: at.getTime() }];
  });
  const within = (state: string): Span[] =>
    moves.flatMap((move, i) => (move.state === state ? [{ from: move.at, to: moves[i + 1]?.at ?? end }] : []));
  const asked = steps.flatMap(({ kind, startedAt, finishedAt: to }) =>
    kind === 'approve' && startedAt !== null ? [{ from: startedAt.getTime(), to: to?.getTime() ?? end }] : [],
  );
  return {
    declaredAt: declaredAt.getTime(),
    approvals: [...within('awaiting approval'), ...asked],
    pauses: within('paused'),
  };
}
