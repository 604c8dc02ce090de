import type { PlanView } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';
import { whileItMoves } from '../while-it-moves.ts';

/** What failed in the plan, by code and Region. */
export function useFailures(plan: PlanView) {
  return useQuery({
    queryKey: ['plan', plan.id, 'failures'],
    queryFn: () => keyferry.getFailures(plan.id),
    enabled: plan.counts.failed + plan.counts.blocked > 0,
    refetchInterval: whileItMoves(plan),
  });
}
