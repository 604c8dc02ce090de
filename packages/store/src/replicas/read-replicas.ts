import type { PrimarySettings } from '@keyferry/core';
import { findPart } from '../archive/find-parts.ts';
import { listArchived } from '../archive/list-archived.ts';
import { archivedTables, type PlanTables, readRowsOf } from '../archive/rows-of-plan.ts';
import { showDiff, showDiffs, showFromPrimary } from '../seal/policies.ts';
import type { Store } from '../store.ts';
import { findReplicasOfKey, pageOfReplicas, type ReplicaFilter } from './page-of-replicas.ts';
import type { AttemptRecord } from './record-outcomes.ts';
import { type ReplicaRow, replicaColumns } from './replica-row.ts';

/** A page of a plan's replicas in the order of their ids; `after` is the id of the last one seen. */
export async function listReplicas(
  store: Store,
  planId: string,
  filter: ReplicaFilter,
  page: { limit: number; after: string | null },
): Promise<ReplicaRow[]> {
  const rows = await readRowsOf(
    store.prisma,
    planId,
    async () => {
      const ids = filter.key === undefined ? null : await findReplicasOfKey(store, planId, filter.key);
      // Row by row: a join may be made by reading the primary key from its beginning.
      return store.prisma.$queryRaw<ReplicaRow[]>`
        SELECT r.* FROM (${pageOfReplicas(planId, { ...filter, ids }, page)}) page
        CROSS JOIN LATERAL (SELECT ${replicaColumns} FROM replicas r WHERE r.id = page.id LIMIT 1) r ORDER BY page.id`;
    },
    () => listArchived(store, planId, filter, page),
  );
  return showDiffs(store.seal, rows);
}

/** Replicas by id, in no order. */
export async function readReplicas(store: Store, ids: readonly string[]): Promise<ReplicaRow[]> {
  const rows = await store.prisma.$queryRaw<ReplicaRow[]>`
    SELECT ${replicaColumns} FROM replicas r WHERE r.id = ANY(${[...ids]}::uuid[])`;
  return showDiffs(store.seal, rows);
}

/** Few enough to be read and written between two turns of others, and many enough that a query is little of it. */
const rowsAtOnce = 250;

/** All replicas of a plan in the order of their ids, in pages, each replica as it is when its page is read. */
export async function* eachReplicaPage(store: Store, planId: string): AsyncGenerator<ReplicaRow[]> {
  let after: string | null = null;
  for (;;) {
    const page: ReplicaRow[] = await listReplicas(store, planId, {}, { limit: rowsAtOnce, after });
    if (page.length > 0) yield page;
    after = page.at(-1)?.id ?? null;
    if (page.length < rowsAtOnce) return;
  }
}

/** A replica with all that is known of it. */
export interface ReplicaInFull {
  readonly replica: ReplicaRow;
  /** The calls made for it, in the order in which they were started. */
  readonly attempts: readonly AttemptRecord[];
  /** What it gets from its primary, as that was when the plan was resolved; null: nothing. */
  readonly from_primary: PrimarySettings | null;
}

/** A replica of a plan; null: it has none of this id. */
export async function readReplicaInFull(store: Store, planId: string, id: string): Promise<ReplicaInFull | null> {
  const found = await readRowsOf(
    store.prisma,
    planId,
    (tables) => selectInFull(store, planId, id, tables),
    async () => {
      const part = await findPart(store.prisma, planId, id);
      return part === null ? null : selectInFull(store, planId, id, archivedTables(planId, part));
    },
  );
  if (found === null) return null;
  const { seal } = store;
  const diff = showDiff(seal, found.replica.diff, { table: 'replicas', id });
  return { ...found, replica: { ...found.replica, diff }, from_primary: showFromPrimary(seal, found.from_primary, id) };
}

async function selectInFull(
  { prisma }: Store,
  planId: string,
  id: string,
  { replicas, attempts }: PlanTables,
): Promise<ReplicaInFull | null> {
  const [row] = await prisma.$queryRaw<(ReplicaRow & Pick<ReplicaInFull, 'from_primary'>)[]>`
    SELECT ${replicaColumns}, r.from_primary FROM ${replicas} r
    WHERE r.id = ${id}::uuid AND r.plan_id = ${planId}::uuid`;
  if (row === undefined) return null;
  const { from_primary: fromPrimary, ...replica } = row;
  const made = await prisma.$queryRaw<AttemptRecord[]>`
    SELECT t.operation::text AS operation, t.started_at, t.finished_at,
      t.http_status, t.error, t.request_id, t.note
    FROM ${attempts} t WHERE t.replica_id = ${id}::uuid ORDER BY t.started_at, t.id`;
  return { replica, attempts: made, from_primary: fromPrimary };
}
