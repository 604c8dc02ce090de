import type { CoverageCheckState } from '@keyferry/core';
import type { Store } from '../store.ts';
import { Prisma } from '../store.ts';
import { asCheckRow, type CoverageCheckRow, checkColumns } from './check-row.ts';

export async function readCheck(store: Store, id: string): Promise<CoverageCheckRow | null> {
  const [row] = await store.prisma.$queryRaw<CoverageCheckRow[]>`
    SELECT ${checkColumns} FROM coverage_checks c WHERE c.id = ${id}::uuid`;
  return row ? asCheckRow(store, row) : null;
}

/** A page of a policy's checks, newest first; `before` is the id of the last one seen. */
export async function listChecks(
  store: Store,
  policyName: string,
  { limit, before }: { limit: number; before: string | null },
): Promise<CoverageCheckRow[]> {
  const rows = await store.prisma.$queryRaw<CoverageCheckRow[]>`
    SELECT ${checkColumns} FROM coverage_checks c
    WHERE c.policy_name = ${policyName} AND ${before === null ? Prisma.sql`true` : Prisma.sql`c.id < ${before}::uuid`}
    ORDER BY c.id DESC LIMIT ${limit}`;
  return rows.map((row) => asCheckRow(store, row));
}

/** The newest check that is done of each of these policies. */
export async function readLastChecks(store: Store, policyNames: readonly string[]): Promise<CoverageCheckRow[]> {
  const rows = await store.prisma.$queryRaw<CoverageCheckRow[]>`
    SELECT DISTINCT ON (c.policy_name) ${checkColumns} FROM coverage_checks c
    WHERE c.policy_name = ANY(${[...policyNames]}) AND c.drill_id IS NULL AND c.state = 'done'
    ORDER BY c.policy_name, c.id DESC`;
  return rows.map((row) => asCheckRow(store, row));
}

/** The newest check of each of these policies, whatever has become of it; those of drills aside. */
export function readNewestChecks(
  { prisma }: Store,
  policyNames: readonly string[],
): Promise<{ policy_name: string; id: string; state: CoverageCheckState }[]> {
  return prisma.$queryRaw`
    SELECT DISTINCT ON (c.policy_name) c.policy_name, c.id, c.state FROM coverage_checks c
    WHERE c.policy_name = ANY(${[...policyNames]}) AND c.drill_id IS NULL ORDER BY c.policy_name, c.id DESC`;
}
