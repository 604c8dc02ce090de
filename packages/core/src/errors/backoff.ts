/**
 * The pause before try number `attempt` + 1, milliseconds: exponential with full jitter, so that what failed together
 * does not come back together. `random` answers 0..1.
 */
export function backoffDelayMs(
  attempt: number,
  { baseMs, capMs }: { baseMs: number; capMs: number },
  random: () => number,
): number {
  const most = Math.min(capMs, baseMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  return Math.round(most * (0.1 + 0.9 * random()));
}

/** The longest Retry-After that is followed. */
const longestRetryAfterMs = 300_000;

/** A Retry-After header, in seconds or as an HTTP date, in milliseconds from `now`; null when it says nothing usable. */
export function parseRetryAfter(header: string | null | undefined, now: Date): number | null {
  if (header === null || header === undefined || header.trim() === '') return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) ? Math.min(longestRetryAfterMs, Math.max(0, ms)) : null;
}
