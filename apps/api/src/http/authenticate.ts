import { timingSafeEqual } from 'node:crypto';
import { adminCaller, type Role } from '@keyferry/core';
import { findToken, isTokenValid, noteTokenUse, type Store } from '@keyferry/store';
import type { RequestHandler, Response } from 'express';
import { tokenSha256 } from './api-token.ts';
import { Problem } from './problem.ts';

/** Who calls; set behind `authenticate`. */
interface Caller {
  caller: string;
  role: Role;
  /** Null: the admin token, which stands in the environment. */
  tokenId: string | null;
  /** Whether the caller would still be let in: asked again by answers that take long. */
  stillValid: () => Promise<boolean>;
}

declare global {
  namespace Express {
    interface Locals extends Caller {
      /** Whose token it was that works no more, where there is no caller. */
      holder?: Pick<Caller, 'caller' | 'role' | 'tokenId'>;
    }
  }
}

/** Lets requests through that carry the admin token or a token of the database; any other gets a 401. */
export function authenticate(store: Store, adminToken: string): RequestHandler {
  const adminSha256 = Buffer.from(tokenSha256(adminToken));
  return async (request, response, next) => {
    const token = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
    if (token === undefined) throw notAuthenticated('Send an API token: "Authorization: Bearer <token>".');
    const sha256 = tokenSha256(token);
    const isAdmin = timingSafeEqual(Buffer.from(sha256), adminSha256);
    Object.assign(response.locals, isAdmin ? admin : await holderOf(store, sha256, response));
    next();
  };
}

const admin: Caller = { caller: adminCaller, role: 'admin', tokenId: null, stillValid: async () => true };

/** The holder of a stored token. Throws the 401; why a token no longer works is told to its holder only. */
async function holderOf(store: Store, sha256: string, { locals }: Response): Promise<Caller> {
  const token = await findToken(store, sha256);
  if (token === null) throw notAuthenticated('This API token is not valid. Check it, or ask an admin for another.');
  const { id, name, role, revokedAt, expiresAt, expired } = token;
  locals.holder = { caller: name, role, tokenId: id };
  if (revokedAt !== null) throw notAuthenticated(`This API token was revoked at ${revokedAt.toISOString()}.`);
  if (expired) throw notAuthenticated(`This API token expired at ${expiresAt?.toISOString()}.`);
  // Beside the request, which it neither holds up nor fails.
  if (!token.useIsNoted) void noteTokenUse(store, id).catch(() => undefined);
  return { ...locals.holder, stillValid: () => isTokenValid(store, id) };
}

function notAuthenticated(detail: string): Problem {
  return new Problem(401, 'Not authenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="keyferry"' } });
}
