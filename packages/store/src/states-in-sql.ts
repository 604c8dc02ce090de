import type { PlanState, ReplicaState } from '@keyferry/core';
import { Prisma } from './store.ts';

/*
 * Groups of states as SQL has them: written out, since Postgres uses a partial index only where the statement itself says
 * what is in it.
 */

/** For `IN`. */
export function statesIn(states: readonly (PlanState | ReplicaState)[]): Prisma.Sql {
  return Prisma.raw(`('${states.join("', '")}')`);
}

/** How many rows of a lane are in one of these states, by its counters; `lane` is what the statement calls it. */
export function rowsOfLane(lane: string, states: readonly ReplicaState[]): Prisma.Sql {
  return Prisma.raw(`(${states.map((state) => `${lane}.${state}`).join(' + ')})`);
}
