import type { Transaction } from '../store.ts';

/** So many of the EXTERNAL replicas that were made last are looked at. */
const newest = 20;

/**
 * Whether this CCKM imports key material into new replicas by itself, as newer versions do: one of the last that were made
 * became usable without an import of ours. One is enough, since such an import is throttled where its quota is used up.
 * True while none was made: a call too few costs time, a call too many is throttled.
 */
export async function cckmImportsByItself(tx: Transaction): Promise<boolean> {
  const [seen] = await tx.$queryRaw<{ by_itself: boolean | null }[]>`
    SELECT bool_or(n.import_called_at IS NULL) AS by_itself FROM (
      SELECT r.import_called_at FROM replicas r
      WHERE r.origin = 'EXTERNAL' AND r.operation = 'replicate' AND r.state = 'succeeded'
        AND r.outcome IN ('created', 'adopted') AND r.usable_at IS NOT NULL
      ORDER BY r.usable_at DESC LIMIT ${newest}) n`;
  return seen?.by_itself ?? true;
}
