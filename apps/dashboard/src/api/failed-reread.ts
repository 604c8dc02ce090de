import { ProblemError } from '@keyferry/client';
import { useSyncExternalStore } from 'react';
import { queries } from './queries.ts';

interface FailedReread {
  readonly readAt: Date;
  readonly reason: string;
}

/** What is shown on this page and was refused when it was read again: it is older than it seems. Null: there is none. */
export function useFailedReread(): FailedReread | null {
  const state = useSyncExternalStore(listen, failedState);
  return state && { readAt: new Date(state.dataUpdatedAt), reason: state.error?.message ?? '' };
}

const cache = queries.getQueryCache();
const listen = (listener: () => void) => cache.subscribe(listener);

function failedState() {
  const failed = cache.findAll({ type: 'active' }).find(({ queryKey: [about], state: { data, error } }) => {
    // The session and the health have their own notices.
    return about !== 'me' && about !== 'health' && data !== undefined && error instanceof ProblemError;
  });
  return failed?.state ?? null;
}
