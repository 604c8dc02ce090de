import type { MatrixView } from '@keyferry/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, type QueryKey, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { MatrixFilter } from './matrix-filter.tsx';
import type { MatrixCells, MatrixKey, MatrixPage, MatrixSubject } from './matrix-subject.ts';

/** Keys a page. */
const pageSize = 100;
/** A page is asked for once it has been in view for so long: scrolling past is no reason. */
const restMs = 60;

/** From where a matrix is read. */
export interface MatrixSource<State extends string> {
  /** Of all its pages. */
  readonly queryKey: QueryKey;
  readonly read: (
    filter: { readonly [Name in keyof MatrixFilter<State>]: NonNullable<MatrixFilter<State>[Name]> | undefined },
    page: { readonly limit: number; readonly offset: number; readonly signal: AbortSignal },
  ) => Promise<Pick<MatrixView, 'keys' | 'regions' | 'items'>>;
  readonly staleTime?: number;
}

/**
 * The keys that the filter lets through; null until the first page is there. The same object as long as neither they nor the
 * Regions are others: each row depends on it. A page is aborted when it is scrolled out of view before it has come.
 */
export function useMatrixSubject<State extends string>(
  cells: MatrixCells<State>,
  { queryKey, read, ...options }: MatrixSource<State>,
  filter: MatrixFilter<State>,
) {
  const { q, state, region } = filter;
  const pageOf = (page: number): MatrixPage => ({
    queryKey: [...queryKey, q, state, region, page],
    queryFn: ({ signal }) =>
      read(
        { q: q || undefined, state: state ?? undefined, region: region ?? undefined },
        { limit: pageSize, offset: page * pageSize, signal },
      ),
    ...options,
  });
  const head = useQuery({ ...pageOf(0), placeholderData: keepPreviousData });
  const { keys, regions } = head.data ?? {};
  const list = JSON.stringify([queryKey, filter]);
  const subject = useMemo((): MatrixSubject | null => {
    if (keys === undefined || regions === undefined) return null;
    const states = new Map(cells.states.map((one) => [cells.letters[one], one]));
    return {
      ...{ list, keys, regions, pageOf, nothing: cells.nothing },
      lookOf: (key, place) => {
        const found = states.get(key.cells[place] ?? '');
        if (found === undefined) return null;
        return (key.primary_region === regions[place] && cells.looksAtHome?.[found]) || cells.looks[found];
      },
      chosen: { look: state && cells.looks[state], region },
    };
  }, [cells, list, keys, regions]);
  return { head, subject };
}

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
