import { createHmac, randomBytes } from 'node:crypto';
import type { SessionLimits } from '@keyferry/config';
import {
  type Command,
  deleteSession,
  findLiveSessions,
  findSessions,
  insertSession,
  inTheNameOf,
  noteSessionUse,
  type OidcIdentity,
  type SessionOwner,
  type SessionRow,
  type Store,
} from '@keyferry/store';
import type { Request, Response } from 'express';
import { tokenSha256 } from '../http/api-token.ts';
import { askTogether } from '../http/ask-together.ts';
import { dropSessionCookie, sessionCookieOf, setSessionCookie } from './cookies.ts';

/** The credential of a caller, on which a session depends. */
export type Credential =
  | { readonly kind: 'admin' }
  | { readonly kind: 'token'; readonly tokenId: string }
  | { readonly kind: 'oidc'; readonly identity: OidcIdentity; readonly endsAt: Date | null };

/** Browsers that are logged in. */
export interface Sessions {
  /** Logs a browser in, always with a new cookie. Answers the latest end of the session. */
  begin(request: Request, response: Response, credential: Credential, command: Command): Promise<Date>;
  /** The session of a cookie, unless it has ended. Whether its owner still exists is not checked here. */
  find(cookie: string): Promise<SessionRow | null>;
  isAlive(id: string): Promise<boolean>;
  /** Logs a browser out, as the caller that the store was opened for. */
  end(store: Store, id: string, request: Request, response: Response): Promise<void>;
}

/** `issuer`: that of the configured OIDC provider; sessions of another issuer have ended. */
export function openSessions(
  store: Store,
  { adminToken, issuer, limits }: { adminToken: string; issuer: string | null; limits: SessionLimits },
): Sessions {
  /** Can be checked with the cookie and the admin token, and reveals neither. */
  const proofOf = (cookie: string) => createHmac('sha256', adminToken).update(cookie).digest('hex');

  const ownerBy = (credential: Credential, cookie: string): SessionOwner =>
    credential.kind === 'admin' ? { kind: 'admin', proof: proofOf(cookie) } : credential;

  const isOwnersStill = (owner: SessionOwner, cookie: string): boolean => {
    if (owner.kind === 'admin') return owner.proof === proofOf(cookie);
    return owner.kind === 'token' || owner.identity.issuer === issuer;
  };

  const findSession = askTogether((sha256s: readonly string[]) => findSessions(store, sha256s, limits.idleSeconds));
  const isAlive = askTogether<string, true>((ids) => findLiveSessions(store, ids));

  return {
    begin: async (request, response, credential, command) => {
      const cookie = randomBytes(32).toString('base64url');
      const before = sessionCookieOf(request);
      const { expires_at: expiresAt } = await insertSession(
        // No one action fits: a session starts, and another may end. The database names each.
        inTheNameOf(store, { ...command, action: null }),
        {
          sha256: tokenSha256(cookie),
          owner: ownerBy(credential, cookie),
          endsAt: credential.kind === 'oidc' ? credential.endsAt : null,
          replaces: before === null ? null : tokenSha256(before),
        },
        limits,
      );
      setSessionCookie(request, response, cookie);
      return expiresAt;
    },
    find: async (cookie) => {
      const session = await findSession(tokenSha256(cookie));
      if (session === undefined || !isOwnersStill(session.owner, cookie)) return null;
      // In parallel to the request, which it neither delays nor fails.
      if (!session.use_is_noted) void noteSessionUse(store, session.id, limits.idleSeconds).catch(() => undefined);
      return session;
    },
    isAlive: async (id) => (await isAlive(id)) ?? false,
    end: async (inName, id, request, response) => {
      await deleteSession(inName, id);
      dropSessionCookie(request, response);
    },
  };
}
