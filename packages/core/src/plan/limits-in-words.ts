import type { Limits } from './limits.ts';

/** What happens when replicas fail. */
export function toleranceInWords({ failure_tolerance: tolerance }: Pick<Limits, 'failure_tolerance'>): string {
  if (tolerance === null) return 'Never halts on failures';
  return `Halts when more than ${'count' in tolerance ? tolerance.count.toLocaleString('en') : `${tolerance.percent} %`} fail`;
}

/** One line a window: `fri, sat 22:00–06:00 Europe/Berlin`. */
export function windowsInWords({ windows }: Pick<Limits, 'windows'>): string[] {
  return windows.map(({ days, from, to, time_zone: zone }) => `${days.join(', ')} ${from}–${to} ${zone}`);
}
