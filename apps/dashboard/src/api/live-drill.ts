import type { DrillView } from '@keyferry/core';
import { useQueryClient } from '@tanstack/react-query';
import { keyferry } from './client.ts';
import { pollMs, slowPollMs, useLive } from './use-live.ts';

/** A drill as it is now. */
export function useLiveDrill(id: string) {
  const store = useQueryClient();
  return useLive({
    queryKey: ['drill', id],
    read: () => keyferry.getDrill(id),
    everyMs: (drill, live) => (live || drill?.finished_at ? slowPollMs : pollMs),
    stream: (signal) => keyferry.drillEvents(id, { signal }),
    isOver: ({ finished_at }) => finished_at !== null,
    onEvent: (event) => {
      if (event.type !== 'drill') return;
      store.setQueryData<DrillView>(['drill', id], (old) => old && { ...old, ...event.drill });
      // What is listed beside it has changed too.
      void store.invalidateQueries({ queryKey: ['drill', id, 'part'] });
    },
  });
}
