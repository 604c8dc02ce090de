import type { PrimarySettings, ReplicaBlock } from '@keyferry/core';
import { readRowsOf } from '../archive/rows-of-plan.ts';
import { showFromPrimary } from '../seal/policies.ts';
import type { Store } from '../store.ts';

/*
 * What an approver has to see of a plan besides its spec. Each list is of what differs only, and is cut: nobody reads a
 * million rows before saying yes.
 */

/** How many keys of a plan lie in one account and have their primary in one Region; empty where the keys are unknown. */
export interface PlanOrigin {
  readonly account: string;
  readonly primary_region: string;
  readonly keys: number;
}

/** Where the keys of a plan come from, the most keys first. */
export function readPlanOrigins({ prisma }: Store, planId: string): Promise<PlanOrigin[]> {
  return readRowsOf(
    prisma,
    planId,
    ({ planKeys }) => prisma.$queryRaw<PlanOrigin[]>`
    SELECT account, primary_region, count(*)::int AS keys FROM ${planKeys} k
    WHERE plan_id = ${planId}::uuid GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2`,
  );
}

/** What some replicas of a plan get from their primaries: those of which it is the very same. */
export interface SharedSettings {
  readonly sha256: string;
  readonly replicas: number;
  /** One of these. */
  readonly alias: string | null;
  readonly key_id: string;
  readonly region: string;
  readonly from_primary: PrimarySettings;
}

/** The first of a list, and how long it is as a whole. */
export interface FirstOf<T> {
  readonly total: number;
  readonly items: readonly T[];
}

/** What replicas get by `same_as_primary`, that of the most replicas first. */
export async function readSharedSettings(
  { prisma, seal }: Store,
  planId: string,
  limit: number,
): Promise<FirstOf<SharedSettings>> {
  const rows = await readRowsOf(
    prisma,
    planId,
    ({ replicas }) => prisma.$queryRaw<(SharedSettings & { total: number; replica_id: string })[]>`
    SELECT g.sha256, g.replicas, g.total, r.id AS replica_id, r.alias, r.key_id, r.region, r.from_primary FROM (
      SELECT from_primary_sha256 AS sha256, count(*)::int AS replicas, (count(*) OVER ())::int AS total,
        min(id::text)::uuid AS example
      FROM ${replicas} s WHERE plan_id = ${planId}::uuid AND from_primary_sha256 IS NOT NULL
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${limit}
    ) g JOIN ${replicas} r ON r.id = g.example AND r.plan_id = ${planId}::uuid
    ORDER BY g.replicas DESC, g.sha256`,
  );
  return {
    total: rows[0]?.total ?? 0,
    items: rows.map(({ total: _total, replica_id, ...row }) => {
      return { ...row, from_primary: showFromPrimary(seal, row.from_primary, replica_id) as PrimarySettings };
    }),
  };
}

/** What the manifest of a plan sets for one replica alone. */
export interface RowSettings {
  readonly alias: string | null;
  readonly key_id: string;
  readonly region: string;
  /** The line of the manifest. */
  readonly line: number | null;
  readonly settings: ReplicaBlock;
}

/** The replicas for which the manifest sets something, in the order of its lines. */
export async function readRowSettings({ prisma }: Store, planId: string, limit: number): Promise<FirstOf<RowSettings>> {
  const rows = await readRowsOf(
    prisma,
    planId,
    ({ replicas }) => prisma.$queryRaw<(RowSettings & { total: number })[]>`
    SELECT r.alias, r.key_id, r.region, r.manifest_line AS line, r.settings, (count(*) OVER ())::int AS total
    FROM ${replicas} r WHERE r.plan_id = ${planId}::uuid AND r.settings IS NOT NULL
    ORDER BY r.manifest_line, r.key_id, r.region LIMIT ${limit}`,
  );
  return { total: rows[0]?.total ?? 0, items: rows.map(({ total: _total, ...row }) => row) };
}
