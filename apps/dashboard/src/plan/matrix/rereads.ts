import type { PlanView } from '@keyferry/core';
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/**
 * Reads again what is shown of a plan's replicas once they have changed, at most once in `everyMs`: a state cannot change
 * without the counts, which the plan's event stream keeps. `mark`: once that is another, rather than the counts.
 */
export function useRereads(plan: PlanView, what: string, everyMs: number, mark?: string): void {
  const store = useQueryClient();
  const { id } = plan;
  const finished = plan.finished_at !== null;
  const now = mark ?? JSON.stringify([plan.state, plan.counts]);
  const shown = useRef(now);
  const readAt = useRef(0);
  useEffect(() => {
    if (shown.current === now) return;
    const timer = setTimeout(
      () => {
        shown.current = now;
        readAt.current = Date.now();
        const queryKey: QueryKey = ['plan', id, what];
        // A read under way is let finish, so that a slow answer comes at all; but the last word must be heard.
        void store.invalidateQueries({ queryKey }, { cancelRefetch: finished });
      },
      Math.max(0, readAt.current + everyMs - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [store, id, what, everyMs, now, finished]);
}
