import type { DrillView, PlanView } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../api/client.ts';

/** The plan of the step under way, as long as it is not at its end; null: there is none, or it is not known yet. */
export function useStepPlan(drill: DrillView): PlanView | null {
  const id = drill.steps.find((step) => step.id === drill.current_step)?.plan_id ?? null;
  const { data } = useQuery({
    queryKey: ['plan', id],
    queryFn: () => keyferry.getPlan(id ?? ''),
    enabled: id !== null,
    refetchInterval: 2_000,
  });
  return data && data.finished_at === null ? data : null;
}
