import type { Role } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';

/** Whose a session is. It is worth what its owner is worth at the time of a request. */
export type SessionOwner =
  | { readonly kind: 'token'; readonly tokenId: string }
  | { readonly kind: 'admin'; readonly proof: string }
  | { readonly kind: 'oidc'; readonly identity: OidcIdentity };

/** Somebody as an OIDC provider told of them. */
export interface OidcIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly caller: string;
  readonly role: Role;
}

export interface SessionRow {
  readonly id: string;
  readonly owner: SessionOwner;
  readonly expires_at: Date;
  readonly use_is_noted: boolean;
}

/** How long a session lasts: without a request, and at most. */
interface Limits {
  readonly idleSeconds: number;
  readonly mostSeconds: number;
}

const isAlive = Prisma.sql`least(expires_at, idle_until) > now()`;

/** A session lives on from a request by `idleSeconds`; that is noted when at least a tenth of them has passed. */
const idleUntil = (idleSeconds: number) => Prisma.sql`now() + make_interval(secs => ${idleSeconds})`;
const useIsNoted = (idleSeconds: number) =>
  Prisma.sql`idle_until >= now() + make_interval(secs => ${idleSeconds * 0.9})`;

/** Sessions that one owner may have; the oldest ends for one more. */
export const mostSessions = 1_000;

/** Stores a new session by its SHA-256, in the place of the one that the same browser had. `endsAt`: that of its owner. */
export async function insertSession(
  store: Store,
  session: { sha256: string; owner: SessionOwner; endsAt: Date | null; replaces: string | null },
  { idleSeconds, mostSeconds }: Limits,
): Promise<Pick<SessionRow, 'id' | 'expires_at'>> {
  const { sha256, owner, endsAt, replaces } = session;
  const tokenId = owner.kind === 'token' ? owner.tokenId : null;
  const proof = owner.kind === 'admin' ? owner.proof : null;
  const identity = owner.kind === 'oidc' ? owner.identity : null;
  const [row] = await inTransaction(store, async (tx) => {
    await tx.$executeRaw`DELETE FROM sessions WHERE sha256 = ${replaces}`;
    await tx.$executeRaw`DELETE FROM sessions WHERE id IN (
      SELECT id FROM sessions WHERE (token_id, admin_proof IS NULL, issuer, subject) IS NOT DISTINCT FROM
        (${tokenId}::uuid, ${proof === null}, ${identity?.issuer ?? null}::text, ${identity?.subject ?? null}::text)
      ORDER BY id DESC OFFSET ${mostSessions - 1})`;
    return tx.$queryRaw<[Pick<SessionRow, 'id' | 'expires_at'>]>`
      INSERT INTO sessions (id, sha256, token_id, admin_proof, issuer, subject, caller, role, expires_at, idle_until)
      VALUES (${newId()}::uuid, ${sha256}, ${tokenId}::uuid, ${proof}, ${identity?.issuer}, ${identity?.subject},
        ${identity?.caller}, ${identity?.role}::caller_role,
        least(now() + make_interval(secs => ${mostSeconds}), ${endsAt}::timestamptz), ${idleUntil(idleSeconds)})
      RETURNING id, expires_at`;
  });
  return row;
}

type StoredSession = Record<'sha256', string> &
  Record<'token_id' | 'admin_proof' | 'issuer' | 'subject' | 'caller', string | null> & {
    readonly id: string;
    readonly role: Role | null;
    readonly expires_at: Date;
    readonly use_is_noted: boolean;
  };

/** The sessions with these SHA-256, by those, that have not ended. */
export async function findSessions(
  store: Store,
  sha256s: readonly string[],
  idleSeconds: number,
): Promise<ReadonlyMap<string, SessionRow>> {
  const rows = await store.prisma.$queryRaw<StoredSession[]>`
    SELECT sha256, id, token_id, admin_proof, issuer, subject, caller, role::text AS role, expires_at,
      ${useIsNoted(idleSeconds)} AS use_is_noted
    FROM sessions WHERE sha256 = ANY(${[...sha256s]}) AND ${isAlive}`;
  const found = rows.flatMap((row): [string, SessionRow][] => {
    const { sha256, id, expires_at, use_is_noted } = row;
    const owner = ownerOf(row);
    return owner ? [[sha256, { id, owner, expires_at, use_is_noted }]] : [];
  });
  return new Map(found);
}

function ownerOf({
  token_id: tokenId,
  admin_proof: proof,
  issuer,
  subject,
  caller,
  role,
}: StoredSession): SessionOwner | null {
  if (tokenId !== null) return { kind: 'token', tokenId };
  if (proof !== null) return { kind: 'admin', proof };
  if (issuer === null || subject === null || caller === null || role === null) return null;
  return { kind: 'oidc', identity: { issuer, subject, caller, role } };
}

/** Those of these sessions, which were let in, that have not ended: for answers that take long. */
export async function findLiveSessions(store: Store, ids: readonly string[]): Promise<ReadonlyMap<string, true>> {
  const rows = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM sessions WHERE id = ANY(${[...ids]}::uuid[]) AND ${isAlive}`;
  return new Map(rows.map(({ id }) => [id, true]));
}

/** Notes that a session is used, unless that was noted a moment ago; one that has ended stays so. */
export async function noteSessionUse(store: Store, id: string, idleSeconds: number): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE sessions SET idle_until = ${idleUntil(idleSeconds)}
    WHERE id = ${id}::uuid AND ${isAlive} AND NOT ${useIsNoted(idleSeconds)}`;
}

/** Ends a session: from the next request on its cookie is worth nothing. */
export async function deleteSession(store: Store, id: string): Promise<void> {
  await inTransaction(store, (tx) => tx.$executeRaw`DELETE FROM sessions WHERE id = ${id}::uuid`);
}

/** Takes away what has ended by itself. */
export async function dropEndedSessions(store: Store): Promise<void> {
  await store.prisma.$executeRaw`DELETE FROM sessions WHERE NOT ${isAlive}`;
}
