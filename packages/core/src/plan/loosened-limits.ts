import type { Limits } from './limits.ts';

/**
 * The limits that a change loosens, by name. Those of a plan that runs under approvals may be tightened at any time, and
 * loosened only with new approvals. Another kind of tolerance, or another window, cannot be compared: that loosens.
 */
export function loosenedLimits(before: Limits, after: Limits): (keyof Limits)[] {
  const loosened: readonly [keyof Limits, boolean][] = [
    ['priority', after.priority > before.priority],
    ['max_in_flight', after.max_in_flight > before.max_in_flight],
    ['failure_tolerance', toleratesMore(before.failure_tolerance, after.failure_tolerance)],
    ['windows', openMore(before.windows, after.windows)],
  ];
  return loosened.filter(([, is]) => is).map(([name]) => name);
}

/** Without a tolerance a plan never halts. */
function toleratesMore(before: Limits['failure_tolerance'], after: Limits['failure_tolerance']): boolean {
  if (before === null) return false;
  if (after === null) return true;
  if ('count' in before && 'count' in after) return after.count > before.count;
  if ('percent' in before && 'percent' in after) return after.percent > before.percent;
  return true;
}

/** At any time is more than in some windows; others of those that there are is less. */
function openMore(before: Limits['windows'], after: Limits['windows']): boolean {
  if (before.length === 0) return false;
  const had = new Set(before.map(asText));
  return after.length === 0 || after.some((window) => !had.has(asText(window)));
}

const asText = ({ days, from, to, time_zone }: Limits['windows'][number]): string =>
  JSON.stringify([[...days].sort(), from, to, time_zone]);
