import type { PlanView } from '@keyferry/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { keyferry } from './client.ts';
import { followStream } from './follow-stream.ts';

/** While the stream is away the plan is asked for this often. */
const pollMs = 5_000;
/** In any case this often: the stream does not tell of changed limits, and a plan that has ended may be run again. */
const slowPollMs = 60_000;

/** A plan as it is now: read once, then kept by its event stream, and by polling while there is none. */
export function useLivePlan(id: string) {
  const store = useQueryClient();
  const [live, setLive] = useState(false);
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
    void followStream(keyferry.events(id, { signal: leave.signal }), {
      onLive: setLive,
      onEvent: (event) => {
        if (event.type !== 'plan') return;
        store.setQueryData<PlanView>(['plan', id], (old) => old && { ...old, ...event.plan });
      },
    });
    return () => {
      leave.abort();
      setLive(false);
    };
  }, [id, known, finished, store]);

  return { ...query, live };
}
