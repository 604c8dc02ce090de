import type { DrillState } from './life.ts';
import type { DrillPauses, Span } from './times.ts';

/** What held up all keys of a drill at once, from its timeline: whoever moves it notes the state there. Times in ms. */
export function drillPauses({
  declaredAt,
  endedAt,
  steps,
  log,
}: {
  readonly declaredAt: number;
  /** When it ended, or now. */
  readonly endedAt: number;
  readonly steps: readonly {
    readonly kind: string;
    readonly startedAt: number | null;
    readonly finishedAt: number | null;
  }[];
  /** `state`: what the entry's detail has by this name. */
  readonly log: readonly { readonly at: number; readonly kind: string; readonly state: unknown }[];
}): DrillPauses {
  const moves = log.filter(({ kind, state }) => kind === 'drill' && typeof state === 'string');
  const within = (state: DrillState): Span[] =>
    moves.flatMap((move, i) => (move.state === state ? [{ from: move.at, to: moves[i + 1]?.at ?? endedAt }] : []));
  const asked = steps.flatMap(({ kind, startedAt, finishedAt }) =>
    kind === 'approve' && startedAt !== null ? [{ from: startedAt, to: finishedAt ?? endedAt }] : [],
  );
  return { declaredAt, approvals: [...within('awaiting_approval'), ...asked], pauses: within('paused') };
}
