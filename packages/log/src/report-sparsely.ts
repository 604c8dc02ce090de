import type { Log } from './fields.ts';

/**
 * While a server is away, every connection and every worker meets the same errors several times a second. This logs each
 * error once in `quietMs` as `message`, with the number that was left out.
 */
export function reportSparsely(log: Log, message: string, quietMs = 10_000): (error: unknown) => void {
  const seen = new Map<string, { at: number; left: number }>();
  return (error) => {
    const key = error instanceof Error ? error.message || error.name : String(error);
    const last = seen.get(key);
    const now = Date.now();
    if (last && now - last.at < quietMs) {
      last.left += 1;
      return;
    }
    // Messages may hold a job id, so that they are not few: start over rather than remember them all.
    if (seen.size > 100) seen.clear();
    seen.set(key, { at: now, left: 0 });
    log.warn({ err: error, ...(last?.left ? { repeated: last.left } : {}) }, message);
  };
}
