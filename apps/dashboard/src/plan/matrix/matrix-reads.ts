import { type PlanView, replicaStates } from '@keyferry/core';
import { type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query';
import { useContext, useEffect, useRef } from 'react';
import { keyferry } from '../../api/client.ts';
import { PlanStreamContext } from '../../api/live-plan.ts';
import { useMatrixFilter } from '../../matrix/matrix-filter.tsx';

/** Slices of the whole plan. */
const slices = 200;
/** The API looks at every replica for it. */
const bucketsMs = 5_000;
const pagesMs = 1_000;

/** A plan's whole matrix from afar. */
export function useMatrixBuckets(plan: PlanView) {
  useRereads(plan, 'matrix-buckets', bucketsMs);
  return useQuery({
    queryKey: ['plan', plan.id, 'matrix-buckets'],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/matrix', { id: plan.id, query: { buckets: slices } }),
    staleTime: bucketsMs,
    enabled: plan.state !== 'resolving',
  });
}

/** Reads the pages of a plan's matrix again where its event stream does not tell what has changed in them. */
export function useMatrixRereads(plan: PlanView): void {
  const [{ state }] = useMatrixFilter(replicaStates);
  const { live, untold } = useContext(PlanStreamContext);
  // The event stream tells the states; it does not tell which keys come into a filter by state, and which leave it.
  useRereads(plan, 'matrix', pagesMs, live && state === null ? `live ${untold}` : undefined);
}

/**
 * Reads again what is shown of a plan's replicas once they have changed, at most once in `everyMs`: a state cannot change
 * without the counts, which the plan's event stream keeps. `mark`: once that is another, rather than the counts.
 */
function useRereads(plan: PlanView, what: string, everyMs: number, mark?: string): void {
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
