import type { Effect } from '../control/faults.ts';
import type { LedgerEntry } from '../control/ledger.ts';
import type { Simulation } from '../simulation.ts';
import type { Route } from './route.ts';

/** The unreachable Region that a call of CCKM needs; null: it needs none of them, or calls no AWS. */
export function unreachedRegion(
  { settings }: Simulation,
  { awsOperation }: Pick<Route, 'awsOperation'>,
  { primaryRegion, region }: Pick<LedgerEntry, 'primaryRegion' | 'region'>,
): string | null {
  if (awsOperation === undefined) return null;
  // ReplicateKey is called in the primary's Region; CCKM then reads the replica, and makes its alias, in the replica's.
  const needed = awsOperation === 'ReplicateKey' ? [primaryRegion, region] : [primaryRegion ?? region];
  return needed.find((name) => name !== null && settings.unreachableRegions.includes(name)) ?? null;
}

/** What such a Region does to a call: as if a fault were set. Null: nothing. */
export function unreachedEffect(simulation: Simulation, route: Route, entry: LedgerEntry): Effect | null {
  if (unreachedRegion(simulation, route, entry) === null) return null;
  const { unreachableAfterWork, unreachableStatus } = simulation.settings;
  const afterWork = simulation.random.next() < unreachableAfterWork;
  return { awsTransport: {}, status: unreachableStatus, ...(afterWork ? { afterWork } : {}) };
}
