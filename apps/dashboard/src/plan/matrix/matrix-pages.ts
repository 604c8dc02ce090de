import type { PlanView, ReplicaState } from '@keyferry/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useContext } from 'react';
import { keyferry } from '../../api/client.ts';
import { readWithCells } from '../../api/live-cells.ts';
import { PlanStreamContext } from '../../api/live-plan.ts';
import type { MatrixFilter } from '../../matrix/matrix-filter.ts';
import { pageSize } from '../../matrix/matrix-rows.ts';
import { useRereads } from './rereads.ts';

const rereadMs = 1_000;

/** One page of rows; aborted when it is scrolled out of view before it has come. */
export function matrixPage(planId: string, { q, state, region }: MatrixFilter<ReplicaState>, page: number) {
  return {
    queryKey: ['plan', planId, 'matrix', q, state, region, page],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readWithCells(planId, () =>
        keyferry.getMatrix(
          planId,
          { q: q || undefined, state: state ?? undefined, region: region ?? undefined },
          { limit: pageSize, offset: page * pageSize, signal },
        ),
      ),
  };
}

/** How many keys the filter lets through, and to which Regions; with the first page. */
export function useMatrixHead(plan: PlanView, filter: MatrixFilter<ReplicaState>) {
  const { live, untold } = useContext(PlanStreamContext);
  // The event stream tells the states; it does not tell which keys come into a filter by state, and which leave it.
  const mark = live && filter.state === null ? `live ${untold}` : undefined;
  useRereads(plan, 'matrix', rereadMs, mark);
  return useQuery({
    ...matrixPage(plan.id, filter, 0),
    placeholderData: keepPreviousData,
    // Its keys are not known before.
    enabled: plan.state !== 'resolving',
  });
}
