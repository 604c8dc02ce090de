import type { PlanView } from '@keyferry/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, queryOptions, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';
import type { MatrixKey } from './cells.ts';
import type { MatrixFilter } from './matrix-filter.ts';
import { useRereads } from './rereads.ts';

/** Keys a request. */
const pageSize = 100;
/** A page is asked for once it has been in view for so long: scrolling past is no reason. */
const restMs = 60;
const rereadMs = 1_000;

/** One page of rows; aborted when it is scrolled out of view before it has come. */
function pageQuery(planId: string, { q, state, region }: MatrixFilter, page: number) {
  return queryOptions({
    queryKey: ['plan', planId, 'matrix', q, state, region, page],
    queryFn: ({ signal }) =>
      keyferry.getMatrix(
        planId,
        { q: q || undefined, state: state ?? undefined, region: region ?? undefined },
        { limit: pageSize, offset: page * pageSize, signal },
      ),
  });
}

/** How many keys the filter lets through, and to which Regions; with the first page. */
export function useMatrixHead(plan: PlanView, filter: MatrixFilter) {
  useRereads(plan, 'matrix', rereadMs);
  return useQuery({
    ...pageQuery(plan.id, filter, 0),
    placeholderData: keepPreviousData,
    // Its keys are not known before.
    enabled: plan.state !== 'resolving',
  });
}

/** The rows from `first` to `last` as far as they are there; what is missing comes. */
export function useMatrixRows(
  plan: PlanView,
  filter: MatrixFilter,
  first: number,
  last: number,
): { readonly rowAt: (index: number) => MatrixKey | undefined; readonly error: Error | null } {
  const store = useQueryClient();
  const [from] = useDebouncedValue(Math.floor(first / pageSize), restMs);
  const [to] = useDebouncedValue(Math.floor(last / pageSize), restMs);
  const pages = Array.from({ length: Math.max(0, Math.min(to - from + 1, 4)) }, (_, i) => from + i);
  const reads = useQueries({ queries: pages.map((page) => pageQuery(plan.id, filter, page)) });
  const read = new Map<number, readonly MatrixKey[] | undefined>();
  const rowsOf = (page: number) => {
    if (!read.has(page)) read.set(page, store.getQueryData(pageQuery(plan.id, filter, page).queryKey)?.items);
    return read.get(page);
  };
  const rowAt = (index: number) => rowsOf(Math.floor(index / pageSize))?.[index % pageSize];
  return { rowAt, error: reads.find(({ error, data }) => error !== null && data === undefined)?.error ?? null };
}
