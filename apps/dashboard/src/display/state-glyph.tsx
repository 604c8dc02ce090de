import type { ReplicaState } from '@keyferry/core';
import { replicaLooks, stateColour } from '../states/replica-states.ts';

/** The shape of a replica's state in its colour; the word stands beside it. */
export function StateGlyph({ state }: { state: ReplicaState }) {
  return (
    <span aria-hidden style={{ color: stateColour(state), fontFamily: 'var(--glyphs)' }}>
      {replicaLooks[state].shape}
    </span>
  );
}
