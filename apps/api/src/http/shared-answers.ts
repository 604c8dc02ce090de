import { LRUCache } from 'lru-cache';

/** An answer as it is sent, or a list of places that answers are made from. */
type Kept = string | Int32Array;

/** What is kept in all, bytes or so. */
const maxSize = 64 * 1024 * 1024;
/** Nothing is read more often than this, however many ask. */
const leastMs = 1_000;
/** What takes long to read is kept for so many times as long: all who poll together take a fifth of one connection. */
const keptTimes = 4;
const longestMs = 10_000;

/**
 * Answers that take the database some time, read once for all who ask: those who come meanwhile wait for the same reading,
 * and who comes soon after gets what was read. So it does no harm that many look every second. A reading that fails fails
 * for all who wait for it and is not kept. `mostMs`: kept for no longer, where an old answer does harm.
 */
export function shareAnswers({
  mostMs = longestMs,
} = {}): <Answer extends Kept>(name: string, read: () => Promise<Answer>) => Promise<Answer> {
  const kept = new LRUCache<string, Kept, () => Promise<Kept>>({
    maxSize,
    sizeCalculation: (answer) => 1 + (typeof answer === 'string' ? answer.length * 2 : answer.byteLength),
    // Where another one takes its place meanwhile, those who wait for it get it all the same.
    ignoreFetchAbort: true,
    fetchMethod: async (_name, _stale, { context: read, options }) => {
      const began = performance.now();
      const answer = await read();
      const tookMs = performance.now() - began;
      options.ttl = Math.ceil(Math.min(mostMs, Math.max(leastMs, keptTimes * tookMs)));
      return answer;
    },
  });
  return <Answer extends Kept>(name: string, read: () => Promise<Answer>) =>
    kept.forceFetch(name, { context: read }) as Promise<Answer>;
}
