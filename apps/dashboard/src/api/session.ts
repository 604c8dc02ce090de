import { createKeyferryClient } from '@keyferry/client';
import { keyferry } from './client.ts';
import { queries } from './queries.ts';

/** Exchanges a token for a session, which the browser keeps in a cookie that no script can read. */
export async function signIn(token: string): Promise<void> {
  const caller = await createKeyferryClient({ url: window.location.origin, token }).openSession();
  queries.setQueryData(['me'], caller);
}

/** Ends the session and forgets all that was read in it. */
export async function signOut(): Promise<void> {
  await keyferry.closeSession();
  queries.clear();
  window.location.assign('/');
}
