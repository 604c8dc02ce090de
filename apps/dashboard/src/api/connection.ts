import { useSyncExternalStore } from 'react';

/** Whether the API answers: `lost` from the first call or stream that does not get through to the next that does. */
type Connection = 'connected' | 'lost';

let connection: Connection = 'connected';
let answeredAt = new Date();
const listeners = new Set<() => void>();

export function noteAnswer(): void {
  answeredAt = new Date();
  become('connected');
}

export function noteSilence(): void {
  become('lost');
}

export function useConnection(): Connection {
  return useSyncExternalStore(listen, () => connection);
}

/** When the API answered last: what is shown is no newer. */
export function lastAnswer(): Date {
  return answeredAt;
}

function become(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
