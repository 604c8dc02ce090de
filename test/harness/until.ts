import { setTimeout as wait } from 'node:timers/promises';

/**
 * Waits until `read` answers something that `holds`, and answers it. Fails after `withinMs` with what it saw last, so
 * that a test tells more than that time ran out; `tell` picks what of it is worth telling.
 */
export async function until<T>(
  what: string,
  read: () => Promise<T> | T,
  holds: (value: T) => boolean,
  {
    withinMs = 60_000,
    everyMs = 50,
    tell = (value) => value,
  }: { withinMs?: number; everyMs?: number; tell?: (value: T) => unknown } = {},
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > end) {
      throw new Error(
        `Waited ${withinMs} ms until ${what}. Last seen: ${JSON.stringify(tell(value), null, 1)?.slice(0, 2000)}`,
      );
    }
    await wait(everyMs);
  }
}
