import type { ThroughputView } from '@keyferry/core';

/** What happened a second in a slice of time. */
export interface Rates {
  /** Where the slice begins. */
  readonly at: Date;
  readonly accepted: number;
  readonly usable: number;
  readonly failed: number;
}

/**
 * Counts a slice as rates. The last slice has begun only: it is taken by its own length, and left out while that is too
 * short to say anything.
 */
export function ratesOf({
  started_at,
  until,
  slice_seconds: length,
  accepted,
  usable,
  failed,
}: ThroughputView): Rates[] {
  if (started_at === null || until === null) return [];
  const from = Date.parse(started_at);
  const span = (Date.parse(until) - from) / 1_000;
  return accepted.flatMap((_, i) => {
    const seconds = Math.min(length, span - i * length);
    if (i > 0 && seconds < length / 2) return [];
    const rate = (count = 0) => count / Math.max(1, seconds);
    return [
      {
        at: new Date(from + i * length * 1_000),
        accepted: rate(accepted[i]),
        usable: rate(usable[i]),
        failed: rate(failed[i]),
      },
    ];
  });
}

/** The marks of an axis from 0 to beyond `most`: four or five even steps that a person can read. */
export function scaleOf(most: number): number[] {
  const least = Math.max(most * 1.1, 0.1) / 5;
  const size = 10 ** Math.floor(Math.log10(least));
  const step = size * ([1, 2, 2.5, 5, 10].find((times) => times * size >= least) ?? 10);
  const steps = Math.ceil((most * 1.1) / step) || 1;
  return Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
