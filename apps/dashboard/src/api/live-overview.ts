import type { OverviewView } from '@keyferry/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { keyferry } from './client.ts';
import { overviewQuery } from './health.ts';
import { pollMs, useLive } from './use-live.ts';
import { withPlan } from './with-plan.ts';

/** When an event changes more than numbers, the overview is read again, at most this often. */
const rereadMs = 1_000;

/** The whole installation as it is now. Events update its plans; lanes, workers and the verdict change only when it is read. */
export function useLiveOverview() {
  const store = useQueryClient();
  const reread = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(reread.current), []);
  const readSoon = () => {
    reread.current ??= setTimeout(() => {
      reread.current = undefined;
      void store.invalidateQueries(overviewQuery);
    }, rereadMs);
  };
  return useLive({
    queryKey: overviewQuery.queryKey,
    read: overviewQuery.queryFn,
    everyMs: () => pollMs,
    stream: (signal) => keyferry.allEvents({ signal }),
    onEvent: (event) => {
      const old = store.getQueryData<OverviewView>(overviewQuery.queryKey);
      if (event.type !== 'plan' || old === undefined) return;
      const next = withPlan(old, event.plan);
      if (next === null) readSoon();
      else store.setQueryData(overviewQuery.queryKey, next);
    },
  });
}
