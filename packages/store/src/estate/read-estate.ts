import { Prisma, type Store } from '../store.ts';

export interface EstateMember {
  readonly region: string;
  /** CCKM's id of the record. */
  readonly id: string;
  /** As CCKM listed it; `Gone`: the Region is no longer in its container. */
  readonly key_state: string | null;
  readonly primary: boolean;
  /** These two are not there where the release before this one has read it. */
  readonly arn?: string | null;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

export interface EstateKeyRow {
  readonly position: number;
  readonly key_id: string;
  readonly mrk: string | null;
  readonly account: string;
  readonly primary_region: string | null;
  readonly alias: string | null;
  readonly origin: string | null;
  readonly multi_region: boolean;
  readonly members: readonly EstateMember[];
}

/** How the estate stands as a whole. */
export interface EstateStanding {
  readonly read_at: Date | null;
  readonly reading: boolean;
  readonly failed_at: Date | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface EstateFilter {
  /** In alias, key id or account, in any case. */
  readonly text: string | null;
  readonly account: string | null;
  /** Of any of its members; without a value: whatever it is. */
  readonly tag: { readonly key: string; readonly value?: string } | null;
  /** Where it is. */
  readonly region: string | null;
  /** Where it is not. */
  readonly missingIn: string | null;
  readonly multiRegion: boolean | null;
}

export async function readEstateStanding({ prisma }: Store): Promise<EstateStanding> {
  const [row] = await prisma.$queryRaw<EstateStanding[]>`
    SELECT read_at, failed_at, error,
      EXISTS (SELECT 1 FROM workers w WHERE w.id = reading_by AND w.alive_until > now()) AS reading
    FROM estate`;
  if (!row) throw new Error('The row of the estate is not there.');
  return row;
}

/** A page of keys behind a position, in their order. */
export function listEstateKeys(
  { prisma }: Store,
  filter: EstateFilter,
  { after, limit }: { after: number; limit: number },
): Promise<EstateKeyRow[]> {
  return prisma.$queryRaw<EstateKeyRow[]>`
    SELECT ${keyColumns} FROM estate_keys WHERE position > ${after} AND ${fitting(filter)} ORDER BY position LIMIT ${limit}`;
}

/** A key by the CCKM id of any of its members, or by its AWS key id; null: CCKM lists none. */
export async function readEstateKey({ prisma }: Store, id: string): Promise<EstateKeyRow | null> {
  const [row] = await prisma.$queryRaw<EstateKeyRow[]>`
    SELECT ${keyColumns} FROM estate_keys
    WHERE ${id} IN (key_id, mrk) OR members @> ${JSON.stringify([{ id }])}::jsonb
    ORDER BY key_id = ${id} DESC, position LIMIT 1`;
  return row ?? null;
}

const keyColumns = Prisma.sql`position, key_id, mrk, account, primary_region, alias, origin, multi_region, members`;

/** How many keys fit, and how many of them are in each Region. */
export async function countEstateKeys(
  { prisma }: Store,
  filter: EstateFilter,
): Promise<{ keys: number; regions: { region: string; keys: number }[] }> {
  const [found] = await prisma.$queryRaw<{ keys: number; regions: { region: string; keys: number }[] }[]>`
    WITH fitting AS (SELECT regions FROM estate_keys WHERE ${fitting(filter)})
    SELECT (SELECT count(*)::int FROM fitting) AS keys,
      coalesce((SELECT jsonb_agg(jsonb_build_object('region', region, 'keys', n) ORDER BY n DESC, region)
        FROM (SELECT region, count(*)::int AS n FROM fitting, unnest(regions) AS region GROUP BY region) r), '[]') AS regions`;
  return found ?? { keys: 0, regions: [] };
}

function fitting({ text, account, tag, region, missingIn, multiRegion }: EstateFilter): Prisma.Sql {
  const wanted = [
    Prisma.sql`true`,
    ...(text === null
      ? []
      : [Prisma.sql`position(lower(${text}) IN lower(concat_ws(' ', alias, key_id, mrk, account))) > 0`]),
    ...(account === null ? [] : [Prisma.sql`account = ${account}`]),
    ...(tag === null ? [] : [Prisma.sql`members @> ${JSON.stringify([{ tags: [tag] }])}::jsonb`]),
    ...(region === null ? [] : [Prisma.sql`${region} = ANY(regions)`]),
    ...(missingIn === null ? [] : [Prisma.sql`NOT ${missingIn} = ANY(regions)`]),
    ...(multiRegion === null ? [] : [Prisma.sql`multi_region = ${multiRegion}`]),
  ];
  return Prisma.join(wanted, ' AND ');
}
