import type { DrillView } from '@keyferry/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { keyferry } from './client.ts';
import { followStream } from './follow-stream.ts';

/** While the stream is away the drill is asked for this often. */
const pollMs = 5_000;
/** In any case this often. */
const slowPollMs = 60_000;

/** A drill as it is now: read once, then kept by its event stream, and by polling while there is none. */
export function useLiveDrill(id: string) {
  const store = useQueryClient();
  const [live, setLive] = useState(false);
  const query = useQuery({
    queryKey: ['drill', id],
    queryFn: () => keyferry.getDrill(id),
    refetchInterval: ({ state }) => (live || state.data?.finished_at ? slowPollMs : pollMs),
  });
  const finished = query.data?.finished_at != null;
  const known = query.data !== undefined;

  useEffect(() => {
    if (!known || finished) return;
    const leave = new AbortController();
    void followStream(keyferry.drillEvents(id, { signal: leave.signal }), {
      onLive: setLive,
      onEvent: (event) => {
        if (event.type !== 'drill') return;
        store.setQueryData<DrillView>(['drill', id], (old) => old && { ...old, ...event.drill });
        // What is listed beside it has changed too.
        void store.invalidateQueries({ queryKey: ['drill', id, 'part'] });
      },
    });
    return () => {
      leave.abort();
      setLive(false);
    };
  }, [id, known, finished, store]);

  return { ...query, live };
}
