/**
 * How a lane's rate answers to throttling: it halves at once, at most once in `cutEveryMs` (the calls that were already
 * under way say nothing new), and comes back by a tenth every ten seconds without a throttle.
 */
export const throttling = {
  cut: 0.5,
  cutEveryMs: 1_000,
  leastFactor: 0.05,
  recoverStep: 0.1,
  recoverEveryMs: 10_000,
} as const;

export function cutRate(factor: number, lastThrottledAt: number | null, now: number): number {
  if (lastThrottledAt !== null && now - lastThrottledAt < throttling.cutEveryMs) return factor;
  return Math.max(throttling.leastFactor, factor * throttling.cut);
}

/** The factor as it is now: what was left at `changedAt`, and what has come back since. */
export function recoveredFactor(factor: number, changedAt: number, now: number): number {
  const steps = Math.floor(Math.max(0, now - changedAt) / throttling.recoverEveryMs);
  return Math.min(1, factor + steps * throttling.recoverStep);
}
