import { createKeyferryClient, type OperationName, ProblemError } from '@keyferry/client';
import type { CallerView } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { keyferry } from './client.ts';
import { queries } from './queries.ts';

/** Who is signed in; null: nobody. */
export function useSession() {
  return useQuery({
    queryKey: ['me'],
    queryFn: async (): Promise<CallerView | null> => {
      try {
        return await keyferry.request('GET /v1/me');
      } catch (error) {
        if (error instanceof ProblemError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
    refetchInterval: 60_000,
  });
}

export const CallerContext = createContext<CallerView | null>(null);

export function useCaller(): CallerView {
  const caller = useContext(CallerContext);
  if (caller === null) throw new Error('useCaller is for what is shown to somebody who has signed in');
  return caller;
}

/** Whether the caller may do an operation, by its name, e.g. `POST /v1/plans/{id}/pause`. */
export function useMay(): (operation: OperationName) => boolean {
  const { may } = useCaller();
  return (operation) => may.includes(operation);
}

/** Exchanges a token for a session, which the browser keeps in a cookie that no script can read. */
export async function signIn(token: string): Promise<void> {
  const caller = await createKeyferryClient({ url: window.location.origin, token }).request('POST /v1/session');
  queries.setQueryData(['me'], caller);
}

/** Ends the session and forgets all that was read and drafted in it. */
export async function signOut(): Promise<void> {
  await keyferry.request('DELETE /v1/session');
  queries.clear();
  sessionStorage.clear();
  window.location.assign('/');
}
