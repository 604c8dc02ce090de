import type { ReplicaState } from '@keyferry/core';
import { openDiff } from '../seal/policies.ts';
import { Prisma, type Store } from '../store.ts';
import type { AttemptRecord } from './record-outcomes.ts';
import { type ReplicaRow, replicaColumns } from './replica-row.ts';

export interface ReplicaFilter {
  readonly state?: ReplicaState | undefined;
  readonly region?: string | undefined;
  /** A CCKM id, `mrk-` id, ARN or alias. */
  readonly key?: string | undefined;
  readonly errorCode?: string | undefined;
}

/** A page of a plan's replicas in the order of their ids; `after` is the id of the last one seen. */
export async function listReplicas(
  store: Store,
  planId: string,
  filter: ReplicaFilter,
  options: { limit: number; after: string | null },
): Promise<ReplicaRow[]> {
  const conditions = [
    Prisma.sql`r.plan_id = ${planId}::uuid`,
    ...(options.after === null ? [] : [Prisma.sql`r.id > ${options.after}::uuid`]),
    ...(filter.state === undefined ? [] : [Prisma.sql`r.state = ${filter.state}::replica_state`]),
    ...(filter.region === undefined ? [] : [Prisma.sql`r.region = ${filter.region}`]),
    ...(filter.errorCode === undefined ? [] : [Prisma.sql`r.error->>'code' = ${filter.errorCode}`]),
    ...(filter.key === undefined ? [] : [await isOfKey(store, planId, filter.key)]),
  ];
  const rows = await store.prisma.$queryRaw<ReplicaRow[]>`
    SELECT ${replicaColumns} FROM replicas r
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY r.id LIMIT ${options.limit}`;
  return rows.map((row) => openDiff(store.seal, row));
}

/** A condition on `replicas r`. The id by which a plan knows a key is found by its index; other names by a look at every row. */
async function isOfKey(store: Store, planId: string, key: string): Promise<Prisma.Sql> {
  const [known] = await store.prisma.$queryRaw<unknown[]>`
    SELECT 1 FROM replicas WHERE plan_id = ${planId}::uuid AND key_id = ${key} LIMIT 1`;
  if (known !== undefined) return Prisma.sql`r.key_id = ${key}`;
  return Prisma.sql`(${key} IN (r.mrk, r.key_arn, r.replica_key_id, r.replica_arn) OR ${key} = ANY(r.aliases || r.alias))`;
}

/** Replicas by id, in no order. */
export async function readReplicas(store: Store, ids: readonly string[]): Promise<ReplicaRow[]> {
  const rows = await store.prisma.$queryRaw<ReplicaRow[]>`
    SELECT ${replicaColumns} FROM replicas r WHERE r.id = ANY(${[...ids]}::uuid[])`;
  return rows.map((row) => openDiff(store.seal, row));
}

/** All replicas of a plan, a thousand at a time, each as it is when its page is read. */
export async function* eachReplicaPage(store: Store, planId: string): AsyncGenerator<ReplicaRow[]> {
  let after: string | null = null;
  for (;;) {
    const page: ReplicaRow[] = await listReplicas(store, planId, {}, { limit: 1000, after });
    if (page.length > 0) yield page;
    after = page.at(-1)?.id ?? null;
    if (page.length < 1000) return;
  }
}

/** The calls made for a replica, in the order in which they were started. */
export function readAttempts(store: Store, replicaId: string): Promise<AttemptRecord[]> {
  return store.prisma.$queryRaw<AttemptRecord[]>`
    SELECT operation::text AS operation, started_at AS "startedAt", finished_at AS "finishedAt",
      http_status AS "httpStatus", error, request_id AS "requestId", note
    FROM attempts WHERE replica_id = ${replicaId}::uuid ORDER BY started_at, id`;
}
