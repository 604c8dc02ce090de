import { useSyncExternalStore } from 'react';

/** Whether the API answers: `lost` from the first call or stream that does not get through to the next that does. */
type Connection = 'connected' | 'lost';

let connection: Connection = 'connected';
let since = new Date();
const listeners = new Set<() => void>();

export function noteAnswer(): void {
  become('connected');
}

export function noteSilence(): void {
  become('lost');
}

export function useConnection(): Connection {
  return useSyncExternalStore(listen, () => connection);
}

/** Since when the connection is what it is. */
export function connectionSince(): Date {
  return since;
}

function become(next: Connection): void {
  if (next === connection) return;
  connection = next;
  since = new Date();
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
