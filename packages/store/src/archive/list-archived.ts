import { isDiffering, type ReplicaFilter } from '../replicas/page-of-replicas.ts';
import { type ReplicaRow, replicaColumns } from '../replicas/replica-row.ts';
import { Prisma, type Store } from '../store.ts';
import { findParts } from './find-parts.ts';
import { archivedTables, type PlanTables } from './rows-of-plan.ts';

/** A page of the replicas of an archived plan: part by part, until the page is full. */
export async function listArchived(
  store: Store,
  planId: string,
  filter: ReplicaFilter,
  { limit, after }: { limit: number; after: string | null },
): Promise<ReplicaRow[]> {
  const condition = await conditionOf(store, planId, archivedTables(planId), filter);
  const found: ReplicaRow[] = [];
  for await (const parts of findParts(store.prisma, planId, after)) {
    const page = { filter: condition, limit: limit - found.length, after };
    found.push(...(await selectReplicas(store, planId, archivedTables(planId, parts), page)));
    if (found.length >= limit) break;
  }
  return found;
}

function selectReplicas(
  { prisma }: Store,
  planId: string,
  { replicas }: PlanTables,
  { filter, limit, after }: { filter: Prisma.Sql; limit: number; after: string | null },
): Promise<ReplicaRow[]> {
  const from = after === null ? Prisma.sql`true` : Prisma.sql`r.id > ${after}::uuid`;
  return prisma.$queryRaw<ReplicaRow[]>`
    SELECT ${replicaColumns} FROM ${replicas} r
    WHERE r.plan_id = ${planId}::uuid AND ${from} AND ${filter} ORDER BY r.id LIMIT ${limit}`;
}

/** A condition on `replicas r`. */
async function conditionOf(
  store: Store,
  planId: string,
  tables: PlanTables,
  filter: ReplicaFilter,
): Promise<Prisma.Sql> {
  const conditions = [
    ...(filter.state === undefined ? [] : [Prisma.sql`r.state = ${filter.state}::replica_state`]),
    ...(filter.region === undefined ? [] : [Prisma.sql`r.region = ${filter.region}`]),
    ...(filter.errorCode === undefined ? [] : [Prisma.sql`r.error->>'code' = ${filter.errorCode}`]),
    ...(filter.differs === undefined ? [] : [filter.differs ? isDiffering : Prisma.sql`(${isDiffering}) IS NOT TRUE`]),
    ...(filter.key === undefined ? [] : [await isOfKey(store, planId, tables, filter.key)]),
  ];
  return conditions.length === 0 ? Prisma.sql`true` : Prisma.join(conditions, ' AND ');
}

/** A condition on `replicas r`. The id by which a plan knows a key is found by its index; other names by a look at every row. */
async function isOfKey(store: Store, planId: string, { replicas }: PlanTables, key: string): Promise<Prisma.Sql> {
  const [known] = await store.prisma.$queryRaw<unknown[]>`
    SELECT 1 FROM ${replicas} r WHERE r.plan_id = ${planId}::uuid AND r.key_id = ${key} LIMIT 1`;
  if (known !== undefined) return Prisma.sql`r.key_id = ${key}`;
  return Prisma.sql`(${key} IN (r.mrk, r.key_arn, r.replica_key_id, r.replica_arn) OR ${key} = ANY(r.aliases || r.alias))`;
}
