import type { Counts } from '@keyferry/core';
import { barParts, inWords } from '../states/replica-states.ts';
import { StatesBar } from './states-bar.tsx';

/** A plan's replicas by state, as one bar. */
export function CountsBar({ counts, size = 10 }: { counts: Counts; size?: number }) {
  return <StatesBar parts={barParts(counts)} words={inWords(counts) || 'No replicas yet'} size={size} />;
}
