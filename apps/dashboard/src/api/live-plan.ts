import type { PlanView } from '@keyferry/core';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useState } from 'react';
import { keyferry } from './client.ts';
import { noteCells } from './live-cells.ts';
import { pollMs, slowPollMs, useLive } from './use-live.ts';

/** What the event stream of the opened plan is good for. */
interface PlanStream {
  /** It is there, and tells the state of every replica that changes. */
  readonly live: boolean;
  /** How often more changed than it told. */
  readonly untold: number;
}

export const PlanStreamContext = createContext<PlanStream>({ live: false, untold: 0 });

/** A plan as it is now. */
export function useLivePlan(id: string) {
  const store = useQueryClient();
  const [untold, setUntold] = useState(0);
  const query = useLive({
    queryKey: ['plan', id],
    read: () => keyferry.request('GET /v1/plans/{id}', { id }),
    everyMs: (plan, live) => (live || plan?.finished_at ? slowPollMs : pollMs),
    stream: (signal) => keyferry.events(id, { signal, fields: 'matrix' }),
    isOver: ({ finished_at }) => finished_at !== null,
    onGap: () => setUntold((times) => times + 1),
    onEvent: (event) => {
      if (event.type === 'plan') {
        store.setQueryData<PlanView>(['plan', id], (old) => old && { ...old, ...event.plan });
      }
      if (event.type !== 'replicas') return;
      noteCells(store, id, event.replicas);
      if (event.truncated) setUntold((times) => times + 1);
    },
  });
  return { ...query, untold };
}
