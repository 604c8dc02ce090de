import type { Counts, ReplicaState } from '@keyferry/core';
import { StateGlyph } from '../../display/state-glyph.tsx';
import { barOrder, settled, stateColour } from '../../states/replica-states.ts';
import classes from './matrix-grid.module.css';

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** What has become of the replicas in one Region: as a bar, and what failed, is in flight and done in numbers. */
export function RegionSum({ counts, wide }: { counts: Counts; wide: boolean }) {
  const done = counts.succeeded + counts.already_present;
  const flying = counts.queued + counts.replicating + counts.creating + counts.importing;
  const worst = counts.failed > 0 ? 'failed' : counts.blocked > 0 ? 'blocked' : null;
  return (
    <span aria-hidden className={classes.numbers}>
      <span className={classes.bar}>
        {barOrder
          .filter((state) => counts[state] > 0)
          .map((state) => (
            <span key={state} style={{ flexGrow: counts[state], background: stateColour(state) }} />
          ))}
      </span>
      {wide ? (
        <>
          <span>{done.toLocaleString()} done</span>
          <span className={classes.notDone}>
            {flying > 0 && <Some state="creating" count={flying} />}
            {counts.failed > 0 && <Some state="failed" count={counts.failed} />}
            {counts.blocked > 0 && <Some state="blocked" count={counts.blocked} />}
          </span>
        </>
      ) : worst ? (
        <b style={{ color: stateColour(worst) }}>{compact.format(counts.failed + counts.blocked)}</b>
      ) : (
        <span>{counts.total > 0 ? `${Math.floor((100 * settled(counts)) / counts.total)}%` : ''}</span>
      )}
    </span>
  );
}

function Some({ state, count }: { state: ReplicaState; count: number }) {
  return (
    <span>
      <StateGlyph state={state} /> {compact.format(count)}
    </span>
  );
}
