import type { PlanView } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';
import { useRereads } from './rereads.ts';

/** Slices of the whole plan. */
const slices = 200;
/** The API looks at every replica for it. */
const rereadMs = 5_000;

/** A plan's whole matrix from afar. */
export function useMatrixBuckets(plan: PlanView) {
  useRereads(plan, 'matrix-buckets', rereadMs);
  return useQuery({
    queryKey: ['plan', plan.id, 'matrix-buckets'],
    queryFn: () => keyferry.getMatrixBuckets(plan.id, slices),
    staleTime: rereadMs,
    enabled: plan.state !== 'resolving',
  });
}
