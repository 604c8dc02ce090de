import type { LaneView } from '@keyferry/core';

/** How a lane fares, the worst first. */
export const laneStandings = ['down', 'probing', 'throttled', 'clear'] as const;
export type LaneStanding = (typeof laneStandings)[number];

/** How each standing looks: never by its colour alone. */
export const standingLooks: Readonly<Record<LaneStanding, { label: string; colour: string; meaning: string }>> = {
  down: {
    label: 'Circuit open',
    colour: 'red.8',
    meaning: 'Nothing is called here until a probe succeeds',
  },
  probing: {
    label: 'Probing',
    colour: 'orange',
    meaning: 'Its circuit is half open: the next call or probe decides',
  },
  throttled: { label: 'Throttled', colour: 'yellow', meaning: 'AWS throttled calls; the rate comes back by itself' },
  clear: { label: 'Clear', colour: 'teal', meaning: 'As fast as its quota allows' },
};

export function standingOf({ circuit, rate_factor }: Pick<LaneView, 'circuit' | 'rate_factor'>): LaneStanding {
  if (circuit === 'open') return 'down';
  if (circuit === 'half_open') return 'probing';
  return rate_factor < 1 ? 'throttled' : 'clear';
}
