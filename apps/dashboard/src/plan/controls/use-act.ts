import type { PlanView } from '@keyferry/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';

/** Does something to a plan, and lets everything that shows the plan know. */
export function useAct(id: string, act: () => Promise<PlanView>, onDone: () => void) {
  const store = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async (plan) => {
      store.setQueryData(['plan', id], plan);
      onDone();
      await Promise.all([
        store.invalidateQueries({ queryKey: ['plan', id] }),
        store.invalidateQueries({ queryKey: ['plans'] }),
      ]);
    },
    // Refused, or without an answer: how it stands now is what counts.
    onError: () => store.invalidateQueries({ queryKey: ['plan', id], exact: true }),
  });
}
