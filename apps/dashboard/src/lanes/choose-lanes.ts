import type { LaneView } from '@keyferry/core';
import { laneStandings, standingOf } from '../states/lane-standings.ts';

/** What a reader wants to see of the lanes, as it stands in the address. */
export interface LaneChoice {
  /** In the account, the Region or the operation. */
  readonly text: string;
  readonly operation: string | null;
  readonly show: LaneShow;
  readonly sort: LaneSort;
}

const laneShows = ['all', 'circuits', 'trouble', 'work'] as const;
type LaneShow = (typeof laneShows)[number];

const laneSorts = ['trouble', 'lane', 'rate', 'in_flight', 'pending', 'throttled'] as const;
export type LaneSort = (typeof laneSorts)[number];

export function choiceOf(search: URLSearchParams): LaneChoice {
  return {
    text: search.get('q') ?? '',
    operation: search.get('operation'),
    show: laneShows.find((one) => one === search.get('show')) ?? 'all',
    sort: laneSorts.find((one) => one === search.get('sort')) ?? 'trouble',
  };
}

/** The lanes of a choice, in its order. */
export function chooseLanes(lanes: readonly LaneView[], { text, operation, show, sort }: LaneChoice): LaneView[] {
  const wanted = text.trim().toLowerCase();
  const compare = orders[sort];
  return lanes
    .filter((lane) => lane.id.toLowerCase().includes(wanted) && (operation === null || lane.operation === operation))
    .filter((lane) => shown[show](lane))
    .sort((a, b) => compare(a, b) || byId(a, b));
}

export function hasOpenCircuit({ circuit }: LaneView): boolean {
  return circuit !== 'closed';
}

export function isInTrouble(lane: LaneView): boolean {
  return standingOf(lane) !== 'clear';
}

const shown: Readonly<Record<LaneShow, (lane: LaneView) => boolean>> = {
  all: () => true,
  circuits: hasOpenCircuit,
  trouble: isInTrouble,
  work: ({ in_flight, pending }) => in_flight + pending > 0,
};

type Order = (a: LaneView, b: LaneView) => number;
const byId: Order = (a, b) => (a.id < b.id ? -1 : 1);
const byPending: Order = (a, b) => b.pending - a.pending;
const standing = (lane: LaneView): number => laneStandings.indexOf(standingOf(lane));

const orders: Readonly<Record<LaneSort, Order>> = {
  trouble: (a, b) => standing(a) - standing(b) || a.rate_factor - b.rate_factor || byPending(a, b),
  lane: byId,
  rate: (a, b) => b.effective_per_second - a.effective_per_second,
  in_flight: (a, b) => b.in_flight - a.in_flight,
  pending: byPending,
  throttled: (a, b) => b.throttled_total - a.throttled_total,
};
