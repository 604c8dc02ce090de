import type { PlanView } from '@keyferry/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useEffect, useState } from 'react';
import { keyferry } from './client.ts';
import { followStream } from './follow-stream.ts';
import { noteCells } from './live-cells.ts';

/** While the stream is away the plan is asked for this often. */
const pollMs = 5_000;
/** In any case this often: the stream does not tell of changed limits, and a plan that has ended may be run again. */
const slowPollMs = 60_000;

/** What the event stream of the opened plan is good for. */
export interface PlanStream {
  /** It is there, and tells the state of every replica that changes. */
  readonly live: boolean;
  /** How often more changed than it told. */
  readonly untold: number;
}

export const PlanStreamContext = createContext<PlanStream>({ live: false, untold: 0 });

/** A plan as it is now: read once, then kept by its event stream, and by polling while there is none. */
export function useLivePlan(id: string) {
  const store = useQueryClient();
  const [live, setLive] = useState(false);
  const [untold, setUntold] = useState(0);
  const query = useQuery({
    queryKey: ['plan', id],
    queryFn: () => keyferry.getPlan(id),
    refetchInterval: ({ state }) => (live || state.data?.finished_at ? slowPollMs : pollMs),
  });
  const finished = query.data?.finished_at != null;
  const known = query.data !== undefined;

  useEffect(() => {
    if (!known || finished) return;
    const leave = new AbortController();
    void followStream(keyferry.events(id, { signal: leave.signal, fields: 'matrix' }), {
      onLive: setLive,
      onEvent: (event) => {
        if (event.type === 'plan') {
          store.setQueryData<PlanView>(['plan', id], (old) => old && { ...old, ...event.plan });
        }
        if (event.type !== 'replicas') return;
        noteCells(store, id, event.replicas);
        if (event.truncated) setUntold((times) => times + 1);
      },
    });
    return () => {
      leave.abort();
      setLive(false);
    };
  }, [id, known, finished, store]);

  return { ...query, live, untold };
}
