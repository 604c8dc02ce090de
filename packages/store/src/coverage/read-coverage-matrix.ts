import type { CoverageState } from '@keyferry/core';
import { Prisma, type Store } from '../store.ts';

/** A key of a check with the states of its cells by Region. */
export interface CoverageMatrixRow {
  readonly position: number;
  readonly key_id: string;
  readonly alias: string | null;
  readonly account: string;
  readonly primary_region: string;
  readonly states: { readonly [region: string]: CoverageState };
}

export interface CoverageMatrixFilter {
  readonly states?: readonly CoverageState[] | undefined;
  readonly region?: string | undefined;
  readonly text?: string | undefined;
}

/** The places of all keys of a check that have such a cell, and that the text is part of, in their order. */
export async function findCoverageKeys(
  { prisma }: Store,
  checkId: string,
  { states, region, text }: CoverageMatrixFilter,
): Promise<number[]> {
  const cell = Prisma.sql`EXISTS (
    SELECT 1 FROM coverage_cells c WHERE c.check_id = k.check_id AND c.position = k.position
      AND ${states === undefined ? Prisma.sql`true` : Prisma.sql`c.state = ANY(${[...states]}::coverage_state[])`}
      AND ${region === undefined ? Prisma.sql`true` : Prisma.sql`c.region = ${region}`})`;
  const named = Prisma.sql`
    position(lower(${text ?? ''}) IN lower(concat_ws(' ', k.alias, k.key_id, k.mrk, k.account))) > 0`;
  const [found] = await prisma.$queryRaw<{ positions: number[] | null }[]>`
    SELECT array_agg(k.position ORDER BY k.position) AS positions FROM coverage_keys k
    WHERE k.check_id = ${checkId}::uuid
      AND ${states === undefined && region === undefined ? Prisma.sql`true` : cell}
      AND ${text === undefined ? Prisma.sql`true` : named}`;
  return found?.positions ?? [];
}

/** The keys of a check at these places, each with its cells. */
export function readCoverageMatrix(
  { prisma }: Store,
  checkId: string,
  positions: readonly number[],
): Promise<CoverageMatrixRow[]> {
  return prisma.$queryRaw<CoverageMatrixRow[]>`
    SELECT k.position, k.key_id, k.alias, k.account, k.primary_region,
      json_object_agg(c.region, c.state) AS states
    FROM coverage_keys k JOIN coverage_cells c ON c.check_id = k.check_id AND c.position = k.position
    WHERE k.check_id = ${checkId}::uuid AND k.position = ANY(${[...positions]}::int[])
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1`;
}
