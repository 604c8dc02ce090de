import type { Connection } from '../store.ts';
import type { PartRange } from './rows-of-plan.ts';

/** A search with a filter may have to go through all parts: it takes more at once the longer it lasts, up to so many. */
const mostPartsAtOnce = 32;

/** The parts of an archive that hold replicas after `after`, in their order: few at first, as one or two fill a page. */
export async function* findParts(db: Connection, planId: string, after: string | null): AsyncGenerator<PartRange> {
  const [range] = await db.$queryRaw<{ first: number | null; last: number | null }[]>`
    SELECT min(n) AS first, max(n) AS last FROM plan_archive_parts
    WHERE plan_id = ${planId}::uuid AND of = 'replicas' AND (${after}::uuid IS NULL OR last_id > ${after}::uuid)`;
  const { first = null, last = null } = range ?? {};
  if (first === null || last === null) return;
  for (let from = first, size = 1; from <= last; from += size, size = Math.min(mostPartsAtOnce, size * 2)) {
    yield { from, to: Math.min(last, from + size - 1) };
  }
}

/** The part that a replica is in, if the archive has it. */
export async function findPart(db: Connection, planId: string, id: string): Promise<PartRange | null> {
  const [part] = await db.$queryRaw<{ n: number }[]>`
    SELECT n FROM plan_archive_parts
    WHERE plan_id = ${planId}::uuid AND of = 'replicas' AND ${id}::uuid BETWEEN first_id AND last_id`;
  return part === undefined ? null : { from: part.n, to: part.n };
}
