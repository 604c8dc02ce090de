import type { PlanView } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';
import { whileItMoves } from '../while-it-moves.ts';

/** How fast the plan went so far, and how fast it may go; while it moves, read again every `everyMs`. */
export function useThroughput(plan: PlanView, everyMs = 0) {
  const movesMs = whileItMoves(plan);
  return useQuery({
    queryKey: ['plan', plan.id, 'throughput'],
    queryFn: () => keyferry.getThroughput(plan.id, 60),
    enabled: plan.started_at !== null,
    refetchInterval: movesMs && Math.max(movesMs, everyMs),
  });
}
