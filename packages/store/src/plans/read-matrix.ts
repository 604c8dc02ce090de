import type { ReplicaState } from '@keyferry/core';
import { archivedTables, readRowsOf } from '../archive/rows-of-plan.ts';
import { Prisma, type Store } from '../store.ts';

/** A key of a plan with the states of its replicas by Region. */
export interface MatrixRow {
  readonly position: number;
  readonly key_id: string;
  readonly alias: string | null;
  /** Empty while the key is unknown. */
  readonly account: string;
  readonly primary_region: string;
  readonly states: { readonly [region: string]: ReplicaState };
}

/** Which keys: those that have such a replica, and that the text is part of. */
export interface MatrixFilter {
  readonly state?: ReplicaState | undefined;
  readonly region?: string | undefined;
  /** Part of an alias, a key id or an account, in any case. */
  readonly text?: string | undefined;
}

/** The Regions of a plan in its order. */
export async function readPlanRegions({ prisma }: Store, planId: string): Promise<string[]> {
  const rows = await readRowsOf(
    prisma,
    planId,
    ({ planLanes }) => prisma.$queryRaw<{ region: string }[]>`
    SELECT region FROM ${planLanes} l WHERE plan_id = ${planId}::uuid GROUP BY region ORDER BY min(wave), region`,
  );
  return rows.map(({ region }) => region);
}

/** How many keys a plan has. */
export async function countPlanKeys({ prisma }: Store, planId: string): Promise<number> {
  // Places are given without a gap, so the last one tells.
  const [last] = await readRowsOf(
    prisma,
    planId,
    ({ planKeys }) => prisma.$queryRaw<{ position: number }[]>`
    SELECT position FROM ${planKeys} k WHERE plan_id = ${planId}::uuid ORDER BY position DESC LIMIT 1`,
  );
  return last === undefined ? 0 : last.position + 1;
}

/** The places of all keys that a filter lets through, in their order. */
export async function findPlanKeys({ prisma }: Store, planId: string, filter: MatrixFilter): Promise<Int32Array> {
  const { state, region, text } = filter;
  const replica = (replicas: Prisma.Sql) => Prisma.sql`EXISTS (
    SELECT 1 FROM ${replicas} r WHERE r.plan_id = ${planId}::uuid AND r.key_id = k.key_id
      AND ${state === undefined ? Prisma.sql`true` : Prisma.sql`r.state = ${state}::replica_state`}
      AND ${region === undefined ? Prisma.sql`true` : Prisma.sql`r.region = ${region}`})`;
  const named = Prisma.sql`
    position(lower(${text ?? ''}) IN lower(concat_ws(' ', k.alias, k.key_id, k.account))) > 0`;
  const [found] = await readRowsOf(
    prisma,
    planId,
    ({ planKeys, replicas }) => prisma.$queryRaw<{ positions: number[] | null }[]>`
    SELECT array_agg(k.position ORDER BY k.position) AS positions FROM ${planKeys} k
    WHERE k.plan_id = ${planId}::uuid
      AND ${state === undefined && region === undefined ? Prisma.sql`true` : replica(replicas)}
      AND ${text === undefined ? Prisma.sql`true` : named}`,
  );
  return Int32Array.from(found?.positions ?? []);
}

/**
 * The keys at these places, each with its replicas: the time for it grows with the places, not with the plan. Key by key,
 * since the first places are those of every plan, of which Postgres expects more keys than there are; and of any plan, not
 * this one: of a plan that is newer than its statistics it expects one row, for which it looks at all.
 */
export function readMatrix({ prisma }: Store, planId: string, positions: readonly number[]): Promise<MatrixRow[]> {
  const archived = archivedTables(planId);
  return readRowsOf(
    prisma,
    planId,
    () => prisma.$queryRaw<MatrixRow[]>`
    SELECT k.position, k.key_id, k.alias, k.account, k.primary_region, r.states
    FROM plan_keys k CROSS JOIN LATERAL (
      SELECT json_object_agg(r.region, r.state) AS states FROM replicas r
      WHERE r.plan_id = k.plan_id AND r.key_id = k.key_id
    ) r
    WHERE k.plan_id = ${planId}::uuid AND k.position = ANY(${[...positions]}::int[]) AND r.states IS NOT NULL
    ORDER BY 1`,
    () => prisma.$queryRaw<MatrixRow[]>`
    WITH page AS MATERIALIZED (
      SELECT * FROM ${archived.planKeys} k WHERE plan_id = ${planId}::uuid AND position = ANY(${[...positions]}::int[])
    )
    SELECT p.position, p.key_id, p.alias, p.account, p.primary_region,
      json_object_agg(r.region, r.state) AS states
    FROM page p JOIN ${archived.replicas} r ON r.plan_id = ${planId}::uuid AND r.key_id = p.key_id
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1`,
  );
}
