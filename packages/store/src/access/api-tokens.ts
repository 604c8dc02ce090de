import type { Role, Scope, TokenState } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';
import { givenScope, scopeColumn } from './scope.ts';

/** A token as it is stored: without itself. */
export interface ApiTokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** The person who uses it, if they also call under other names; null: the caller itself. */
  readonly person: string | null;
  readonly scope: Scope;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
  readonly revoked_by: string | null;
}

const columns = Prisma.sql`id, name, role::text AS role, person, ${scopeColumn('api_tokens')}, created_at,
  created_by, expires_at, last_used_at, revoked_at, revoked_by`;

/** Seconds between two notes of a token's use. */
const notedEvery = 60;
const isExpired = Prisma.sql`coalesce(expires_at <= now(), false)`;
const useIsNoted = Prisma.sql`coalesce(last_used_at > now() - make_interval(secs => ${notedEvery}), false)`;

export interface TokenToAdd {
  readonly sha256: string;
  readonly name: string;
  readonly role: Role;
  /** Left out or null: as the other tokens of its name. */
  readonly person?: string | null;
  readonly scope: Scope;
  readonly expiresAt: Date | null;
  readonly createdBy: string;
}

/** The tokens of this name belong to another person. */
export class NameOfAnother extends Error {
  override readonly name = 'NameOfAnother';
  readonly person: string;

  constructor(caller: string, person: string) {
    super(`The tokens of "${caller}" belong to ${person}.`);
    this.person = person;
  }
}

/** Stores a new token by its SHA-256. Throws NameOfAnother. */
export function insertToken(store: Store, token: TokenToAdd): Promise<ApiTokenRow> {
  const { sha256, name, role, person = null, scope, expiresAt, createdBy } = token;
  const { accounts, regions } = givenScope(scope);
  return inTransaction(store, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`token of ${name}`}, 0))`;
    const [known] = await tx.$queryRaw<{ person: string }[]>`
      SELECT person FROM api_tokens WHERE name = ${name} AND person IS NOT NULL LIMIT 1`;
    if (known !== undefined && person !== null && known.person !== person) {
      throw new NameOfAnother(name, known.person);
    }
    const [row] = await tx.$queryRaw<[ApiTokenRow]>`
      INSERT INTO api_tokens (id, sha256, name, role, person, accounts, regions, expires_at, created_by)
      VALUES (${newId()}::uuid, ${sha256}, ${name}, ${role}::caller_role, ${person ?? known?.person ?? null}, ${accounts},
        ${regions}, ${expiresAt}, ${createdBy})
      RETURNING ${columns}`;
    return row;
  });
}

/** A token that was shown, and what the database's clock says of it. */
export type FoundToken = ApiTokenRow & { readonly expired: boolean; readonly use_is_noted: boolean };

/** The tokens with these SHA-256 or these ids, by those, whether they still work or not. */
export async function findTokens(
  store: Store,
  by: { sha256: readonly string[] } | { id: readonly string[] },
): Promise<ReadonlyMap<string, FoundToken>> {
  const [name, these] =
    'id' in by
      ? [Prisma.sql`id::text`, Prisma.sql`id = ANY(${[...by.id]}::uuid[])`]
      : [Prisma.sql`sha256`, Prisma.sql`sha256 = ANY(${[...by.sha256]})`];
  const tokens = await store.prisma.$queryRaw<(FoundToken & { found_by: string })[]>`
    SELECT ${name} AS found_by, ${columns}, ${isExpired} AS expired,
      ${useIsNoted} AS use_is_noted
    FROM api_tokens WHERE ${these}`;
  return new Map(tokens.map(({ found_by, ...token }) => [found_by, token]));
}

/** Those of these tokens, which were let in, that still work: for answers that take long. */
export async function findValidTokens(store: Store, ids: readonly string[]): Promise<ReadonlyMap<string, true>> {
  const rows = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM api_tokens
    WHERE id = ANY(${[...ids]}::uuid[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`;
  return new Map(rows.map(({ id }) => [id, true]));
}

/** Notes that a token is used, unless that was noted a moment ago. */
export async function noteTokenUse(store: Store, id: string): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE api_tokens SET last_used_at = now() WHERE id = ${id}::uuid AND NOT ${useIsNoted}`;
}

export interface TokenPage {
  readonly limit: number;
  /** The id of the last one seen. */
  readonly before: string | null;
  /** Part of the name, in any case. */
  readonly name?: string | undefined;
  readonly state?: TokenState | undefined;
}

const isInState: Readonly<Record<TokenState, Prisma.Sql>> = {
  active: Prisma.sql`revoked_at IS NULL AND NOT ${isExpired}`,
  expired: Prisma.sql`revoked_at IS NULL AND ${isExpired}`,
  revoked: Prisma.sql`revoked_at IS NOT NULL`,
};

/** A page of tokens, newest first. */
export function listTokens(store: Store, { limit, before, name, state }: TokenPage): Promise<ApiTokenRow[]> {
  const conditions = [
    Prisma.sql`true`,
    ...(before === null ? [] : [Prisma.sql`id < ${before}::uuid`]),
    ...(name === undefined ? [] : [Prisma.sql`position(${name.toLowerCase()} IN name) > 0`]),
    ...(state === undefined ? [] : [isInState[state]]),
  ];
  return store.prisma.$queryRaw`
    SELECT ${columns} FROM api_tokens WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY id DESC LIMIT ${limit}`;
}

/** Takes a token back, and says who did; one that is revoked already stays as it is. False: there is no such token. */
export async function revokeToken(store: Store, id: string, revokedBy: string): Promise<boolean> {
  const found = await inTransaction(
    store,
    (tx) => tx.$executeRaw`
      UPDATE api_tokens SET revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, ${revokedBy})
      WHERE id = ${id}::uuid`,
  );
  return found === 1;
}
