import { ProblemError } from '@keyferry/client';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { noteAnswer, noteSilence } from './connection.ts';

/** What was read from the API and how old it is: the one store of the dashboard. */
export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onSuccess: noteAnswer, onError: note }),
  mutationCache: new MutationCache({ onSuccess: noteAnswer, onError: note }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // What the API refuses stays refused; what did not arrive is asked for again by the next poll.
      retry: (failures, error) => !(error instanceof ProblemError) && failures < 2,
      // Also while the browser believes to be offline: the API may well stand on this side of the break.
      networkMode: 'always',
      refetchOnReconnect: true,
    },
    mutations: { networkMode: 'always' },
  },
});

function note(error: Error): void {
  if (!(error instanceof ProblemError)) {
    noteSilence();
    return;
  }
  noteAnswer();
  // The session has ended: the page shows the sign-in.
  if (error.status === 401) queries.setQueryData(['me'], null);
}
