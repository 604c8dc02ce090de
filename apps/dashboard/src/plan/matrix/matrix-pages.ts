import type { PlanView, ReplicaState } from '@keyferry/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';
import type { MatrixFilter } from '../../matrix/matrix-filter.ts';
import { pageSize } from '../../matrix/matrix-rows.ts';
import { useRereads } from './rereads.ts';

const rereadMs = 1_000;

/** One page of rows; aborted when it is scrolled out of view before it has come. */
export function matrixPage(planId: string, { q, state, region }: MatrixFilter<ReplicaState>, page: number) {
  return {
    queryKey: ['plan', planId, 'matrix', q, state, region, page],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      keyferry.getMatrix(
        planId,
        { q: q || undefined, state: state ?? undefined, region: region ?? undefined },
        { limit: pageSize, offset: page * pageSize, signal },
      ),
  };
}

/** How many keys the filter lets through, and to which Regions; with the first page. */
export function useMatrixHead(plan: PlanView, filter: MatrixFilter<ReplicaState>) {
  useRereads(plan, 'matrix', rereadMs);
  return useQuery({
    ...matrixPage(plan.id, filter, 0),
    placeholderData: keepPreviousData,
    // Its keys are not known before.
    enabled: plan.state !== 'resolving',
  });
}
