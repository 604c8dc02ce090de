import { replicaStates } from '@keyferry/core';
import { Prisma } from '../store.ts';

/** The columns of `plan_lanes` that count, as `plan_archives` has them for lanes that are archived. */
export const laneCounters: readonly string[] = [...replicaStates, 'differing'];

const columns = Prisma.raw(['plan_id', ...laneCounters].join(', '));

/** The counters of all plans, for `FROM`: those of lanes, and of archived lanes one row a plan. */
export const countedLanes = Prisma.sql`(SELECT ${columns} FROM plan_lanes UNION ALL SELECT ${columns} FROM plan_archives)`;
