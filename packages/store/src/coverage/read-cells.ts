import type { CellDifference, ComparedMaterial, CoverageCode, CoverageState } from '@keyferry/core';
import { cellPlace, showDiff } from '../seal/policies.ts';
import { Prisma, type Store } from '../store.ts';

/** A key of a check. */
export interface CoverageKeyRow {
  readonly position: number;
  /** CCKM id of the primary, or what the policy names while the key is unknown. */
  readonly key_id: string;
  /** Empty while the key is unknown; so are account and primary Region. */
  readonly mrk: string;
  readonly key_arn: string | null;
  readonly alias: string | null;
  readonly account: string;
  readonly primary_region: string;
  readonly origin: string | null;
}

/** What a check found of a key in a Region. */
export interface CoverageCellRow {
  readonly position: number;
  readonly region: string;
  readonly state: CoverageState;
  readonly code: CoverageCode;
  readonly message: string;
  readonly member_id: string | null;
  readonly key_state: string | null;
  readonly valid_to: Date | null;
  readonly diff: readonly CellDifference[] | null;
  readonly material: ComparedMaterial | null;
}

/** A cell with its key. */
export type CoverageCellOfKey = CoverageCellRow & CoverageKeyRow;

export interface CellFilter {
  readonly states?: readonly CoverageState[] | undefined;
  readonly code?: CoverageCode | undefined;
  readonly region?: string | undefined;
  /** The CCKM id of the primary, or the AWS key id. */
  readonly key?: string | undefined;
  /** Part of an alias, a key id or an account, in any case. */
  readonly text?: string | undefined;
}

/** Where a page of cells begins: behind this one. */
export interface CellPlace {
  readonly position: number;
  readonly region: string;
}

const keyColumns = Prisma.sql`k.position, k.key_id, k.mrk, k.key_arn, k.alias, k.account,
  k.primary_region, k.origin`;

/** A page of a check's keys in their order, behind a place. */
export function listCoverageKeys(
  { prisma }: Store,
  checkId: string,
  { after, limit }: { after: number; limit: number },
): Promise<CoverageKeyRow[]> {
  return prisma.$queryRaw<CoverageKeyRow[]>`
    SELECT ${keyColumns} FROM coverage_keys k
    WHERE k.check_id = ${checkId}::uuid AND k.position > ${after} ORDER BY k.position LIMIT ${limit}`;
}

/** A page of a check's cells that a filter lets through, key by key and by the name of the Region. */
export async function listCoverageCells(
  store: Store,
  checkId: string,
  { states, code, region, key, text }: CellFilter,
  { after, limit }: { after: CellPlace | null; limit: number },
): Promise<CoverageCellOfKey[]> {
  const wanted = [
    ...(states === undefined ? [] : [Prisma.sql`c.state = ANY(${[...states]}::coverage_state[])`]),
    ...(code === undefined ? [] : [Prisma.sql`c.code = ${code}`]),
    ...(region === undefined ? [] : [Prisma.sql`c.region = ${region}`]),
    ...(key === undefined ? [] : [Prisma.sql`${key} IN (k.key_id, k.mrk)`]),
    ...(text === undefined
      ? []
      : [Prisma.sql`position(lower(${text}) IN lower(concat_ws(' ', k.alias, k.key_id, k.mrk, k.account))) > 0`]),
    ...(after === null
      ? []
      : [Prisma.sql`(c.position, c.region COLLATE "C") > (${after.position}, ${after.region} COLLATE "C")`]),
  ];
  const rows = await store.prisma.$queryRaw<CoverageCellOfKey[]>`
    SELECT ${keyColumns}, c.region, c.state, c.code, c.message, c.member_id, c.key_state,
      c.valid_to, c.diff, c.material
    FROM coverage_cells c JOIN coverage_keys k ON k.check_id = c.check_id AND k.position = c.position
    WHERE ${Prisma.join([Prisma.sql`c.check_id = ${checkId}::uuid`, ...wanted], ' AND ')}
    ORDER BY c.position, c.region COLLATE "C" LIMIT ${limit}`;
  return rows.map((row) => ({ ...row, diff: showDiff(store.seal, row.diff, cellPlace(row.mrk, row.region)) }));
}

const cellsAtOnce = 1_000;

/** Every cell of a check that a filter lets through, read in pages. */
export async function* eachCoverageCell(
  store: Store,
  checkId: string,
  filter: CellFilter = {},
): AsyncGenerator<CoverageCellOfKey> {
  let after: CellPlace | null = null;
  for (;;) {
    const page: CoverageCellOfKey[] = await listCoverageCells(store, checkId, filter, { after, limit: cellsAtOnce });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < cellsAtOnce) return;
    after = { position: last.position, region: last.region };
  }
}
