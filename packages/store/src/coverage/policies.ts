import { type CoveragePolicy, nextCronTime } from '@keyferry/core';
import { databaseNow } from '../database-now.ts';
import { canonicalSha256 } from '../plans/canonical-sha256.ts';
import { closeSpec, openSpec } from '../seal/policies.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';

/** A policy as it is stored. */
export interface CoveragePolicyRow {
  readonly name: string;
  readonly spec: CoveragePolicy;
  readonly spec_sha256: string;
  readonly created_by: string;
  readonly created_at: Date;
  readonly updated_by: string;
  readonly updated_at: Date;
  /** Raised by every change and scheduled check: what was begun from an older one changes nothing. */
  readonly revision: number;
  /** Null: it has no schedule. */
  readonly next_check_at: Date | null;
}

async function selectPolicies({ prisma, seal }: Store, where: Prisma.Sql, limit: number): Promise<CoveragePolicyRow[]> {
  const rows = await prisma.$queryRaw<CoveragePolicyRow[]>`
    SELECT name, spec, spec_sha256, revision, created_by, created_at, updated_by, updated_at, next_check_at
    FROM coverage_policies WHERE ${where} ORDER BY name LIMIT ${limit}`;
  return rows.map((row) => ({ ...row, spec: openSpec(seal, row.spec, placeOf(row.name)) }));
}

export async function readPolicy(store: Store, name: string): Promise<CoveragePolicyRow | null> {
  const [row] = await selectPolicies(store, Prisma.sql`name = ${name}`, 1);
  return row ?? null;
}

/** A page of the policies by name, behind that of the last one seen. */
export function listPolicies(
  store: Store,
  { limit, after }: { limit: number; after: string | null },
): Promise<CoveragePolicyRow[]> {
  return selectPolicies(store, after === null ? Prisma.sql`true` : Prisma.sql`name > ${after}`, limit);
}

const placeOf = (id: string) => ({ table: 'coverage_policies', id }) as const;

/** Makes a policy, or puts it in the place of what it said; one that says the same already stays untouched. */
export async function putPolicy(
  store: Store,
  policy: CoveragePolicy,
  by: string,
): Promise<'created' | 'replaced' | 'unchanged'> {
  const specSha256 = canonicalSha256(policy);
  const spec = closeSpec(store.seal, policy, placeOf(policy.name)) as unknown as Prisma.InputJsonObject;
  for (;;) {
    const row = await readPolicy(store, policy.name);
    if (row?.spec_sha256 === specSha256) return 'unchanged';
    const now = await databaseNow(store.prisma);
    const same =
      row !== null && canonicalSha256(row.spec.schedule ?? null) === canonicalSha256(policy.schedule ?? null);
    const nextCheckAt = same ? row.next_check_at : nextCheck(policy, now);
    const written = await inTransaction(store, async (tx) => {
      const data = { spec, specSha256, updatedBy: by, updatedAt: now, nextCheckAt };
      const { count } =
        row === null
          ? await tx.coveragePolicy.createMany({
              data: [{ name: policy.name, ...data, createdBy: by, createdAt: now }],
              skipDuplicates: true,
            })
          : await tx.coveragePolicy.updateMany({
              where: { name: policy.name, revision: row.revision },
              data: { ...data, revision: { increment: 1 } },
            });
      return count === 1;
    });
    if (written) return row === null ? 'created' : 'replaced';
  }
}

/** Answers false when there is no such policy. Its checks stay. */
export async function deletePolicy(store: Store, name: string): Promise<boolean> {
  const { count } = await inTransaction(store, (tx) => tx.coveragePolicy.deleteMany({ where: { name } }));
  return count === 1;
}

/** When it is checked by itself after a moment; null: never. */
export function nextCheck({ schedule }: CoveragePolicy, after: Date): Date | null {
  return schedule === undefined ? null : nextCronTime(schedule.cron, schedule.time_zone, after);
}
