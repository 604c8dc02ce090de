import type { CoverageCounts } from '../api/coverage-views.ts';
import { coverageStates, usableStates } from './states.ts';

/** Counts of no cells. */
export function noCells(): CoverageCounts {
  return Object.fromEntries(['total', ...coverageStates].map((name) => [name, 0])) as CoverageCounts;
}

/** The share that is covered, rounded down to two decimals, so that 100 means all; null of no cells. */
export function coveredPercent({ covered, total }: Pick<CoverageCounts, 'covered' | 'total'>): number | null {
  return total === 0 ? null : Math.floor((covered * 10_000) / total) / 100;
}

/** How many keys × Regions work, though some may be other than intended or have material that expires soon. */
export function usableCells(counts: CoverageCounts): number {
  return usableStates.reduce((sum, state) => sum + counts[state], 0);
}
