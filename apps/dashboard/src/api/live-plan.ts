import { ProblemError } from '@keyferry/client';
import type { PlanView, ReplicaView } from '@keyferry/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { keyferry } from './client.ts';
import { noteAnswer, noteSilence } from './connection.ts';

/** While the stream is away the plan is asked for this often. */
const pollMs = 5_000;
/** In any case this often: the stream does not tell of changed limits, and a plan that has ended may be run again. */
const slowPollMs = 60_000;

/**
 * A plan as it is now: read once, then kept by its event stream, and by polling while there is none. What depends on the
 * plan's replicas hears of their changes by `onReplicas`.
 */
export function useLivePlan(id: string, onReplicas?: (changed: ChangedReplicas) => void) {
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
    const follow = async () => {
      for await (const event of keyferry.events(id, { signal: leave.signal })) {
        if (event.type === 'lost') {
          setLive(false);
          noteSilence();
          continue;
        }
        setLive(true);
        noteAnswer();
        if (event.type === 'plan') {
          store.setQueryData<PlanView>(['plan', id], (old) => old && { ...old, ...event.plan });
        } else if (event.type === 'replicas') onReplicas?.(event);
      }
    };
    follow().catch((error: unknown) => {
      if (!(error instanceof ProblemError)) noteSilence();
    });
    return () => {
      leave.abort();
      setLive(false);
    };
  }, [id, known, finished, store]);

  return { ...query, live };
}

export interface ChangedReplicas {
  readonly replicas: readonly ReplicaView[];
  /** More have changed than are named. */
  readonly truncated: boolean;
}
