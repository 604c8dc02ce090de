import type { OverviewView } from '@keyferry/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { keyferry } from './client.ts';
import { followStream } from './follow-stream.ts';
import { overviewQuery } from './health.ts';
import { withPlan } from './with-plan.ts';

/** It is asked for this often: the stream tells of plans only, and not of lanes, workers and the verdict. */
const pollMs = 5_000;
/** When the stream tells of more than numbers it is read anew, at most this often. */
const rereadMs = 1_000;

/** All of the installation as it is now: read every few seconds, and its plans kept by the stream of all plans. */
export function useLiveOverview() {
  const store = useQueryClient();
  const [live, setLive] = useState(false);
  const query = useQuery({ ...overviewQuery, refetchInterval: pollMs });
  const known = query.data !== undefined;

  useEffect(() => {
    if (!known) return;
    const leave = new AbortController();
    let reread: ReturnType<typeof setTimeout> | undefined;
    const readSoon = () => {
      reread ??= setTimeout(() => {
        reread = undefined;
        void store.invalidateQueries(overviewQuery);
      }, rereadMs);
    };
    void followStream(keyferry.allEvents({ signal: leave.signal }), {
      onLive: setLive,
      onEvent: (event) => {
        const old = store.getQueryData<OverviewView>(overviewQuery.queryKey);
        if (event.type !== 'plan' || old === undefined) return;
        const next = withPlan(old, event.plan);
        if (next === null) readSoon();
        else store.setQueryData(overviewQuery.queryKey, next);
      },
    });
    return () => {
      leave.abort();
      clearTimeout(reread);
      setLive(false);
    };
  }, [known, store]);

  return { ...query, live };
}
