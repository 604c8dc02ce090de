import { z } from 'zod';
import { coverageStates, usableStates } from './states.ts';

const count = z.int().min(0);

export const coverageCountsSchema = z
  .object({ total: count, ...(Object.fromEntries(coverageStates.map((s) => [s, count])) as Counts) })
  .meta({ id: 'CoverageCounts', description: 'Cells by state; they always sum to `total`.' });

type Counts = Record<(typeof coverageStates)[number], typeof count>;

export type CoverageCounts = z.infer<typeof coverageCountsSchema>;

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
