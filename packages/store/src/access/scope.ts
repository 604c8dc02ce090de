import type { Scope } from '@keyferry/core';
import { Prisma, type Store } from '../store.ts';

/*
 * What a scope means in SQL. Plans, schedules and tokens have theirs in two columns, `accounts` and `regions`. Null is
 * everything, and lies within no other scope than that.
 */

interface ScopeInSql {
  readonly accounts: Prisma.Sql;
  readonly regions: Prisma.Sql;
}

/** A scope that is given. */
export function givenScope({ accounts, regions }: Scope): ScopeInSql {
  return {
    accounts: Prisma.sql`${accounts && [...accounts]}::text[]`,
    regions: Prisma.sql`${regions && [...regions]}::text[]`,
  };
}

/** The scope of a row, by its alias. */
export function scopeOfRow(row: string): ScopeInSql {
  return { accounts: Prisma.raw(`${row}.accounts`), regions: Prisma.raw(`${row}.regions`) };
}

/** Whether the scope of a row lies within another; null where it does not because it is everything. */
export function within(outer: ScopeInSql, row: string): Prisma.Sql {
  const own = scopeOfRow(row);
  return Prisma.sql`((${outer.accounts} IS NULL OR ${own.accounts} <@ ${outer.accounts})
    AND (${outer.regions} IS NULL OR ${own.regions} <@ ${outer.regions}))`;
}

/** Whether the account and Region of a lane or a replica lie within a scope. */
export function placeWithin(scope: ScopeInSql, row: string): Prisma.Sql {
  return Prisma.sql`((${scope.accounts} IS NULL OR ${Prisma.raw(`${row}.account`)} = ANY(${scope.accounts}))
    AND (${scope.regions} IS NULL OR ${Prisma.raw(`${row}.region`)} = ANY(${scope.regions})))`;
}

/** The scope of a row as a column of it, for SELECT and RETURNING. */
export function scopeColumn(row: string): Prisma.Sql {
  const { accounts, regions } = scopeOfRow(row);
  return Prisma.sql`jsonb_build_object('accounts', ${accounts}, 'regions', ${regions}) AS scope`;
}

/** Whether there is a plan or a schedule of this id within a scope. */
export async function isWithinScope(
  { prisma }: Store,
  table: 'plans' | 'schedules',
  id: string,
  scope: Scope,
): Promise<boolean> {
  const found = await prisma.$queryRaw<unknown[]>`
    SELECT 1 FROM ${Prisma.raw(table)} t WHERE t.id = ${id}::uuid AND ${within(givenScope(scope), 't')}`;
  return found.length === 1;
}

/** A scope as Prisma writes it: a list that is left out is null. */
export function scopeData({ accounts, regions }: Scope): { accounts?: string[]; regions?: string[] } {
  return { ...(accounts ? { accounts: [...accounts] } : {}), ...(regions ? { regions: [...regions] } : {}) };
}
