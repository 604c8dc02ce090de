import { isPermanentFailure } from './is-permanent.ts';

/**
 * Writes rows at once; where Postgres refuses one of them for good, splits them in half until that row stands alone, and
 * hands it to `refused`. The others are written. Throws what may pass: the rows of a part that was written before stay.
 */
export async function writeInParts<Row, Written>(
  rows: readonly Row[],
  write: (part: readonly Row[]) => Promise<readonly Written[]>,
  refused: (row: Row, error: unknown) => Promise<readonly Written[]>,
): Promise<Written[]> {
  try {
    return [...(await write(rows))];
  } catch (error) {
    if (!isPermanentFailure(error)) throw error;
    const [only] = rows;
    if (only === undefined) throw error;
    if (rows.length === 1) return [...(await refused(only, error))];
  }
  const half = Math.ceil(rows.length / 2);
  return [
    ...(await writeInParts(rows.slice(0, half), write, refused)),
    ...(await writeInParts(rows.slice(half), write, refused)),
  ];
}
