import type { ReplicaState } from '@keyferry/core';
import type { Store } from '../store.ts';

/** The state of one replica, by its place in the matrix. */
export interface ReplicaCell {
  readonly id: string;
  readonly keyId: string;
  readonly region: string;
  readonly state: ReplicaState;
}

/** What has changed on a plan since a revision. */
export interface PlanChanges {
  /** The newest revision. */
  readonly revision: number;
  /** The replicas that changed, as they are now. */
  readonly replicas: readonly ReplicaCell[];
  /** More replicas changed than are named. */
  readonly truncated: boolean;
}

/** Revisions that are read at once; a plan that has changed more often is to be read anew. */
const mostRevisions = 1_000;

/** The newest revision of a plan; 0: there is no such plan. */
export async function readRevision(store: Store, planId: string): Promise<number> {
  const row = await store.prisma.planRevision.findUnique({ where: { planId } });
  return Number(row?.revision ?? 0);
}

/**
 * Everything that changed on a plan after `since`, folded into one, of at most so many replicas; null when nothing did. `upTo`:
 * what changed after that revision is left out. One query.
 */
export async function readChanges(
  store: Store,
  planId: string,
  since: number,
  { most, upTo }: { most: number; upTo?: number },
): Promise<PlanChanges | null> {
  const [row] = await store.prisma.$queryRaw<
    { revision: number; read: number; truncated: boolean; replicas: ReplicaCell[] }[]
  >`
    WITH newest AS (
      SELECT least(revision, ${upTo ?? null}::bigint) AS revision FROM plan_revisions WHERE plan_id = ${planId}::uuid
    ), changes AS MATERIALIZED (
      SELECT c.replica_ids, c.truncated FROM plan_changes c
      WHERE c.plan_id = ${planId}::uuid AND c.revision > ${since} AND c.revision <= (SELECT revision FROM newest)
      ORDER BY c.revision DESC LIMIT ${mostRevisions}
    )
    SELECT n.revision::float8 AS revision, (SELECT count(*)::int FROM changes) AS read,
      (SELECT coalesce(bool_or(truncated), false) FROM changes) AS truncated,
      (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'id', r.id, 'keyId', r.key_id, 'region', r.region, 'state', r.state)), '[]')
        FROM replicas r WHERE r.id = ANY(ARRAY(
          SELECT DISTINCT unnest(replica_ids) FROM changes LIMIT ${most + 1}))) AS replicas
    FROM newest n WHERE n.revision > ${since}`;
  if (row === undefined) return null;
  const { revision, read, replicas } = row;
  const isWhole = read === revision - since && replicas.length <= most;
  return { revision, replicas: replicas.slice(0, most), truncated: row.truncated || !isWhole };
}

/** How long a change is kept for streams that go on from it: what was missed for longer is read anew. */
const keptMinutes = 15;

const droppedAtOnce = 5_000;

/** Takes away changes that no stream is to go on from any more. */
export async function dropOldChanges({ prisma }: Store): Promise<void> {
  for (;;) {
    const dropped = await prisma.$executeRaw`
      DELETE FROM plan_changes WHERE (plan_id, revision) IN (
        SELECT plan_id, revision FROM plan_changes
        WHERE changed_at < now() - make_interval(mins => ${keptMinutes}::int) ORDER BY changed_at LIMIT ${droppedAtOnce}
        FOR UPDATE SKIP LOCKED)`;
    if (dropped < droppedAtOnce) return;
  }
}
