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
  readonly expiresAt: Date;
  readonly useIsNoted: boolean;
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

/** Stores a new session by its SHA-256, in the place of the one that the same browser had. `endsAt`: that of its owner. */
export async function insertSession(
  store: Store,
  session: { sha256: string; owner: SessionOwner; endsAt: Date | null; replaces: string | null },
  { idleSeconds, mostSeconds }: Limits,
): Promise<{ readonly id: string; readonly expiresAt: Date }> {
  const { sha256, owner, endsAt, replaces } = session;
  const tokenId = owner.kind === 'token' ? owner.tokenId : null;
  const proof = owner.kind === 'admin' ? owner.proof : null;
  const identity = owner.kind === 'oidc' ? owner.identity : null;
  const [row] = await inTransaction(store, async (tx) => {
    await tx.$executeRaw`DELETE FROM sessions WHERE sha256 = ${replaces}`;
    return tx.$queryRaw<[{ id: string; expiresAt: Date }]>`
      INSERT INTO sessions (id, sha256, token_id, admin_proof, issuer, subject, caller, role, expires_at, idle_until)
      VALUES (${newId()}::uuid, ${sha256}, ${tokenId}::uuid, ${proof}, ${identity?.issuer}, ${identity?.subject},
        ${identity?.caller}, ${identity?.role}::caller_role,
        least(now() + make_interval(secs => ${mostSeconds}), ${endsAt}::timestamptz), ${idleUntil(idleSeconds)})
      RETURNING id, expires_at AS "expiresAt"`;
  });
  return row;
}

type StoredSession = Record<'tokenId' | 'adminProof' | 'issuer' | 'subject' | 'caller', string | null> & {
  readonly id: string;
  readonly role: Role | null;
  readonly expiresAt: Date;
  readonly useIsNoted: boolean;
};

/** The session with this SHA-256, unless it has ended. */
export async function findSession(store: Store, sha256: string, idleSeconds: number): Promise<SessionRow | null> {
  const [row] = await store.prisma.$queryRaw<StoredSession[]>`
    SELECT id, token_id AS "tokenId", admin_proof AS "adminProof", issuer, subject, caller, role::text AS role,
      expires_at AS "expiresAt", ${useIsNoted(idleSeconds)} AS "useIsNoted"
    FROM sessions WHERE sha256 = ${sha256} AND ${isAlive}`;
  const owner = row && ownerOf(row);
  return owner ? { id: row.id, owner, expiresAt: row.expiresAt, useIsNoted: row.useIsNoted } : null;
}

function ownerOf({ tokenId, adminProof, issuer, subject, caller, role }: StoredSession): SessionOwner | null {
  if (tokenId !== null) return { kind: 'token', tokenId };
  if (adminProof !== null) return { kind: 'admin', proof: adminProof };
  if (issuer === null || subject === null || caller === null || role === null) return null;
  return { kind: 'oidc', identity: { issuer, subject, caller, role } };
}

/** Whether a session that was let in has not ended: for answers that take long. */
export async function isSessionAlive(store: Store, id: string): Promise<boolean> {
  const rows = await store.prisma.$queryRaw<unknown[]>`SELECT 1 FROM sessions WHERE id = ${id}::uuid AND ${isAlive}`;
  return rows.length > 0;
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
