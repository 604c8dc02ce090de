import type { PlanView } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../api/client.ts';

/** How often what depends on a plan's replicas is asked for: while it moves, every five seconds. */
export function whileItMoves({ state, finished_at }: PlanView): number | false {
  return finished_at === null && state !== 'previewed' && state !== 'awaiting_approval' ? 5_000 : false;
}

/**
 * A plan as it was when a dialog opened, with its limits, which the event stream does not contain. It stays so until `refetch`:
 * nothing changes while it is read.
 */
export function useFreshPlan(id: string) {
  return useQuery({
    queryKey: ['plan-as-opened', id],
    queryFn: () => keyferry.request('GET /v1/plans/{id}', { id }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

/** What the plan would do, or would have done; not known while it is being resolved. */
export function usePreview({ id, state, resolved_sha256 }: PlanView) {
  return useQuery({
    queryKey: ['plan', id, 'preview', resolved_sha256],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/preview', { id }),
    enabled: state !== 'resolving' && resolved_sha256 !== null,
    staleTime: 60_000,
  });
}

/** What failed in the plan, by code and Region, and by key where that is the cause. */
export function useFailures(plan: PlanView) {
  return useQuery({
    queryKey: ['plan', plan.id, 'failures'],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/failures', { id: plan.id }),
    enabled: plan.counts.failed + plan.counts.blocked > 0,
    refetchInterval: whileItMoves(plan),
  });
}

/** The plan's throughput so far and what its quotas allow; while it moves, read again every `everyMs`. */
export function useThroughput(plan: PlanView, everyMs = 0) {
  const movesMs = whileItMoves(plan);
  return useQuery({
    queryKey: ['plan', plan.id, 'throughput'],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/throughput', { id: plan.id, query: { points: 60 } }),
    enabled: plan.started_at !== null,
    // What is answered right after the end may have been read before it.
    refetchInterval: ({ state: { data } }) => {
      if (movesMs) return Math.max(movesMs, everyMs);
      return plan.finished_at !== null && data !== undefined && data.until !== plan.finished_at && 5_000;
    },
  });
}
