import type { PlanView } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../api/client.ts';

/** How often what depends on a plan's replicas is asked for: while it moves, every five seconds. */
export function whileItMoves({ state, finished_at }: PlanView): number | false {
  return finished_at === null && state !== 'previewed' && state !== 'awaiting_approval' ? 5_000 : false;
}

/**
 * A plan as it was when a dialog opened, its limits too, which the event stream does not tell; it stays so until `refetch`,
 * so that nothing changes under the eyes of whoever is about to agree to it.
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

/** What the plan would do, or was to do; there is nothing to tell while it is being resolved. */
export function usePreview({ id, state, resolved_sha256 }: PlanView) {
  return useQuery({
    queryKey: ['plan', id, 'preview', resolved_sha256],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/preview', { id }),
    enabled: state !== 'resolving' && resolved_sha256 !== null,
    staleTime: 60_000,
  });
}

/** What failed in the plan, by code and Region. */
export function useFailures(plan: PlanView) {
  return useQuery({
    queryKey: ['plan', plan.id, 'failures'],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/failures', { id: plan.id }),
    enabled: plan.counts.failed + plan.counts.blocked > 0,
    refetchInterval: whileItMoves(plan),
  });
}

/** How fast the plan went so far, and how fast it may go; while it moves, read again every `everyMs`. */
export function useThroughput(plan: PlanView, everyMs = 0) {
  const movesMs = whileItMoves(plan);
  return useQuery({
    queryKey: ['plan', plan.id, 'throughput'],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/throughput', { id: plan.id, query: { points: 60 } }),
    enabled: plan.started_at !== null,
    refetchInterval: movesMs && Math.max(movesMs, everyMs),
  });
}
