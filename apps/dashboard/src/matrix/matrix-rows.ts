import { useDebouncedValue } from '@mantine/hooks';
import { useQueries, useQueryClient } from '@tanstack/react-query';
import type { MatrixKey, MatrixPage } from './matrix-subject.ts';

/** Keys a page. */
export const pageSize = 100;
/** A page is asked for once it has been in view for so long: scrolling past is no reason. */
const restMs = 60;

/** The rows from `first` to `last` as far as they are there; what is missing comes. */
export function useMatrixRows(
  pageOf: (page: number) => MatrixPage,
  first: number,
  last: number,
): { readonly rowAt: (index: number) => MatrixKey | undefined; readonly error: Error | null } {
  const store = useQueryClient();
  const [from] = useDebouncedValue(Math.floor(first / pageSize), restMs);
  const [to] = useDebouncedValue(Math.floor(last / pageSize), restMs);
  const pages = Array.from({ length: Math.max(0, Math.min(to - from + 1, 4)) }, (_, i) => from + i);
  const reads = useQueries({ queries: pages.map(pageOf) });
  const read = new Map<number, readonly MatrixKey[] | undefined>();
  const rowsOf = (page: number) => {
    if (!read.has(page)) {
      read.set(page, store.getQueryData<{ items: readonly MatrixKey[] }>(pageOf(page).queryKey)?.items);
    }
    return read.get(page);
  };
  const rowAt = (index: number) => rowsOf(Math.floor(index / pageSize))?.[index % pageSize];
  return { rowAt, error: reads.find(({ error, data }) => error !== null && data === undefined)?.error ?? null };
}
