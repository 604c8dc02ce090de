import { inFlightReplicaStates, type ReplicaState, replicaStates } from '@keyferry/core';
import { statesIn } from '../states-in-sql.ts';
import { Prisma, type Store } from '../store.ts';

export interface ReplicaFilter {
  readonly state?: ReplicaState | undefined;
  readonly region?: string | undefined;
  /** A CCKM id, `mrk-` id, ARN or alias. */
  readonly key?: string | undefined;
  readonly errorCode?: string | undefined;
  /** Those that differ from the request, or those that do not. */
  readonly differs?: boolean | undefined;
}

const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** As the index `replicas_differing` has it. */
export const isDiffering = Prisma.sql`r.diff <> '[]'::jsonb`;

/**
 * Ids of a page of a plan's replicas, as a query of its own. The order says NULLS FIRST, as the indexes by which it is read
 * do, and only they: else Postgres may read the replicas of all plans by their primary key until it has found enough. What no
 * index orders, such as a Region, is asked of the rows as they come in that order, OFFSET keeps it apart: else Postgres may look
 * for all rows of a Region by the index of keys, from the first to the last key, and sort them.
 */
export function pageOfReplicas(
  planId: string,
  { ids, state, region, errorCode, differs }: Omit<ReplicaFilter, 'key'> & { ids?: readonly string[] | null },
  { limit, after }: { limit: number; after: string | null },
): Prisma.Sql {
  const filters = [
    ...(ids ? [Prisma.sql`r.id = ANY(${[...ids]}::uuid[])`] : []),
    ...(region === undefined ? [] : [Prisma.sql`r.region = ${region}`]),
    ...(errorCode === undefined ? [] : [Prisma.sql`r.error IS NOT NULL AND r.error ->> 'code' = ${errorCode}`]),
    ...(differs === undefined ? [] : [differs ? isDiffering : Prisma.sql`(${isDiffering}) IS NOT TRUE`]),
  ];
  if (ids || errorCode !== undefined || differs === true) {
    const asked = [listed(planId, state, after), ...filters, ...anyAt(planId, region, state)];
    return Prisma.sql`SELECT r.id FROM replicas r WHERE ${Prisma.join(asked, ' AND ')} ORDER BY r.id NULLS FIRST LIMIT ${limit}`;
  }
  // The index begins with the state: one list for each, merged as far as the page goes. One question for each state is planned
  // once for all: planning ten took longer than to read what they find.
  const list = Prisma.sql`FROM replicas r WHERE ${listedByState(planId, Prisma.sql`of.state`, after)}
    ORDER BY r.plan_id, r.state, r.id NULLS FIRST`;
  const found =
    filters.length === 0
      ? Prisma.sql`SELECT r.id ${list} LIMIT ${limit}`
      : Prisma.sql`SELECT r.id FROM (SELECT r.id, r.region, r.diff ${list} OFFSET 0) r
          WHERE ${Prisma.join(filters, ' AND ')} LIMIT ${limit}`;
  return Prisma.sql`SELECT page.id FROM (${statesAt(planId, region, state)}) of CROSS JOIN LATERAL (${found}) page
    ORDER BY page.id NULLS FIRST LIMIT ${limit}`;
}

/** The states to look through: of a Region, those in which the plan has replicas there, by its counters. */
function statesAt(planId: string, region: string | undefined, state: ReplicaState | undefined): Prisma.Sql {
  const states = state === undefined ? replicaStates : [state];
  if (region === undefined) return Prisma.sql`SELECT unnest(${[...states]}::replica_state[]) AS state`;
  const counts = states.map((one) => Prisma.sql`(${one}::replica_state, l.${Prisma.raw(one)})`);
  return Prisma.sql`SELECT DISTINCT n.state FROM plan_lanes l
    CROSS JOIN LATERAL (VALUES ${Prisma.join(counts)}) AS n(state, replicas)
    WHERE l.plan_id = ${planId}::uuid AND l.region = ${region} AND n.replicas > 0`;
}

/** Those of a plan, in a state or in any, behind a place. */
function listed(planId: string, state: ReplicaState | undefined, after: string | null): Prisma.Sql {
  const inState = state === undefined ? Prisma.empty : Prisma.sql`AND r.state = ${state}::replica_state`;
  const behind = after === null ? Prisma.empty : Prisma.sql`AND r.id > ${after}::uuid`;
  return Prisma.sql`r.plan_id = ${planId}::uuid ${inState} ${behind}`;
}

/**
 * The same in the order of the index of plan, state and id. Postgres begins at the place only where it is given in all three
 * columns with nothing beside it: of the id alone it may think that few rows of all plans are behind it, and with a plan and
 * a state it reads these from their beginning.
 */
function listedByState(planId: string, state: Prisma.Sql, after: string | null): Prisma.Sql {
  if (after === null) return Prisma.sql`r.plan_id = ${planId}::uuid AND r.state = ${state}`;
  const place = (id: string) => Prisma.sql`(${planId}::uuid, ${state}, ${id}::uuid)`;
  return Prisma.sql`(r.plan_id, r.state, r.id) > ${place(after)} AND (r.plan_id, r.state, r.id) <= ${place(lastId)}`;
}

/** That a plan has such replicas in a Region at all, by its counters: else all of its rows would be looked through for them. */
function anyAt(planId: string, region: string | undefined, state?: ReplicaState): Prisma.Sql[] {
  if (region === undefined) return [];
  const some = state === undefined ? Prisma.sql`true` : Prisma.sql`l.${Prisma.raw(state)} > 0`;
  return [
    Prisma.sql`EXISTS (SELECT 1 FROM plan_lanes l WHERE l.plan_id = ${planId}::uuid AND l.region = ${region} AND ${some})`,
  ];
}

/** What has settled: `replicas_made` has these states. */
const notInFlight = statesIn(replicaStates.filter((state) => !inFlightReplicaStates.includes(state)));

/** Ids of a plan's replicas of a key, by any of its names, each found by an index; by an alias once its keys are listed. */
export async function findReplicasOfKey(store: Store, planId: string, key: string): Promise<string[]> {
  const inPlan = Prisma.sql`r.plan_id = ${planId}::uuid`;
  const known = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT r.id FROM replicas r WHERE ${inPlan} AND r.key_id = ${key}`;
  if (known.length > 0) return known.map(({ id }) => id);
  // An ARN ends with the id that AWS knows the key by.
  const mrk = key.slice(key.lastIndexOf('/') + 1);
  const resolved = Prisma.sql`SELECT 1 FROM plans p WHERE p.id = ${planId}::uuid AND p.resolved_at IS NOT NULL`;
  const found = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT r.id FROM replicas r WHERE ${inPlan} AND r.mrk = ${mrk} AND ${key} IN (r.mrk, r.key_arn, r.replica_arn)
    UNION SELECT r.id FROM replicas r WHERE ${inPlan} AND r.replica_key_id = ${key} AND r.state IN ${notInFlight}
    UNION SELECT r.id FROM replicas r WHERE ${inPlan} AND r.replica_key_id = ${key}
      AND r.state IN ${statesIn(inFlightReplicaStates)}
    UNION SELECT r.id FROM plan_keys k JOIN replicas r ON ${inPlan} AND r.key_id = k.key_id
      WHERE k.plan_id = ${planId}::uuid AND k.aliases @> ARRAY[${key}]
    UNION SELECT r.id FROM replicas r
      WHERE ${inPlan} AND ${key} = ANY(r.aliases || r.alias) AND NOT EXISTS (${resolved})`;
  return found.map(({ id }) => id);
}
