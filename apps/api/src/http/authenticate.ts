import { timingSafeEqual } from 'node:crypto';
import { adminCaller, everywhere, type Role, type Scope } from '@keyferry/core';
import {
  type FoundToken,
  findTokens,
  findValidTokens,
  noteTokenUse,
  type SessionOwner,
  type Store,
} from '@keyferry/store';
import type { Request, RequestHandler, Response } from 'express';
import { dropSessionCookie, sessionCookieOf } from '../login/cookies.ts';
import { callerOf, roleOf } from '../login/identity-of-claims.ts';
import type { OidcProvider } from '../login/oidc-provider.ts';
import { isFromOwnPage } from '../login/own-page.ts';
import type { Credential, Sessions } from '../login/sessions.ts';
import { tokenSha256 } from './api-token.ts';
import { askTogether } from './ask-together.ts';
import { notAuthenticated, Problem } from './problem.ts';

/** Who calls; set behind `authenticate`. */
interface Caller {
  caller: string;
  role: Role;
  /** What the caller sees, and may touch. */
  scope: Scope;
  /** Null: the admin token of the environment, or a user of the OIDC provider. */
  tokenId: string | null;
  /** Whether the caller would still be let in: asked again by answers that take long. */
  stillValid: () => Promise<boolean>;
  credential: Credential;
}

declare global {
  namespace Express {
    interface Locals extends Caller {
      /** The session that a browser has called by. */
      session?: { id: string; expiresAt: Date };
      /** Who it is that is not let in, as far as that is known, where there is no caller. */
      holder?: Pick<Caller, 'caller' | 'tokenId'> & { role: Role | null };
    }
  }
}

/**
 * Lets requests through that carry the admin token, a token of the database, one of the OIDC provider, or, without any of
 * them, the cookie of a session. Any other gets a 401; a user of the provider without a role a 403.
 */
export function authenticate(
  store: Store,
  adminToken: string,
  { provider = null, sessions = null }: { provider?: OidcProvider | null; sessions?: Sessions | null } = {},
): RequestHandler {
  const adminSha256 = Buffer.from(tokenSha256(adminToken));

  const findBySha256 = askTogether((sha256: readonly string[]) => findTokens(store, { sha256 }));
  const findById = askTogether((id: readonly string[]) => findTokens(store, { id }));
  const isValid = askTogether<string, true>((ids) => findValidTokens(store, ids));

  /** The holder of a stored token. Throws the 401; only the holder of a token learns why it no longer works. */
  const holderOf = (token: FoundToken | undefined, { locals }: Response): Caller => {
    if (token === undefined)
      throw notAuthenticated('This API token is not valid. Check it, or ask an admin for another.');
    const { id, name, role, scope, revoked_at: revokedAt, expires_at: expiresAt, expired } = token;
    locals.holder = { caller: name, role, tokenId: id };
    if (revokedAt !== null) throw notAuthenticated(`This API token was revoked at ${revokedAt.toISOString()}.`);
    if (expired) throw notAuthenticated(`This API token expired at ${expiresAt?.toISOString()}.`);
    // In parallel to the request, which it neither delays nor fails.
    if (!token.use_is_noted) void noteTokenUse(store, id).catch(() => undefined);
    const credential: Credential = { kind: 'token', tokenId: id };
    const stillValid = async () => (await isValid(id)) ?? false;
    return { caller: name, role, scope, tokenId: id, stillValid, credential };
  };

  const byToken = async (token: string, response: Response): Promise<Caller> => {
    const sha256 = tokenSha256(token);
    if (timingSafeEqual(Buffer.from(sha256), adminSha256)) return admin;
    if (provider !== null && isJwt(token)) return byProvider(provider, token, response);
    return holderOf(await findBySha256(sha256), response);
  };

  const byOwner = async (owner: SessionOwner, response: Response): Promise<Caller> => {
    switch (owner.kind) {
      case 'admin':
        return admin;
      case 'token':
        return holderOf(await findById(owner.tokenId), response);
      case 'oidc': {
        const { caller, role } = owner.identity;
        const credential = { ...owner, endsAt: null };
        return { caller, role, scope: everywhere, tokenId: null, stillValid: async () => true, credential };
      }
    }
  };

  const bySession = async (
    sessions: Sessions,
    cookie: string,
    request: Request,
    response: Response,
  ): Promise<Caller> => {
    const session = await sessions.find(cookie);
    if (session === null) {
      dropSessionCookie(request, response);
      throw notAuthenticated('This session has ended or is unknown. Log in again.');
    }
    const owner = await byOwner(session.owner, response);
    if (!['GET', 'HEAD'].includes(request.method) && !isFromOwnPage(request)) {
      const { caller, role, tokenId } = owner;
      response.locals.holder = { caller, role, tokenId };
      throw new Problem(
        403,
        'Not permitted',
        'With a session cookie, changes are accepted only from a page of this host ("Sec-Fetch-Site: same-origin", or ' +
          'its "Origin"). Scripts must send a token: "Authorization: Bearer <token>".',
      );
    }
    response.locals.session = { id: session.id, expiresAt: session.expires_at };
    return { ...owner, stillValid: async () => (await sessions.isAlive(session.id)) && (await owner.stillValid()) };
  };

  return async (request, response, next) => {
    const authorization = request.get('authorization');
    const cookie = sessionCookieOf(request);
    if (authorization === undefined && cookie !== null && sessions !== null) {
      Object.assign(response.locals, await bySession(sessions, cookie, request, response));
    } else {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) throw notAuthenticated('Send an API token: "Authorization: Bearer <token>".');
      Object.assign(response.locals, await byToken(token, response));
    }
    next();
  };
}

const admin: Caller = {
  caller: adminCaller,
  role: 'admin',
  scope: everywhere,
  tokenId: null,
  stillValid: async () => true,
  credential: { kind: 'admin' },
};

/** Three parts of base64url, the first of which is an object: API tokens hold no dot. */
const isJwt = (token: string): boolean => /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(token);

/** Somebody whom the OIDC provider knows, until their token expires. */
async function byProvider({ claimsOf, config }: OidcProvider, jwt: string, { locals }: Response): Promise<Caller> {
  const claims = await claimsOf(jwt);
  const caller = callerOf(claims, config);
  locals.holder = { caller, role: null, tokenId: null };
  const role = roleOf(claims, config);
  const endsAt = new Date((Number(claims.exp) + config.clockSkewSeconds) * 1_000);
  const identity = { issuer: config.issuer, subject: String(claims.sub), caller, role };
  const stillValid = async () => Date.now() < endsAt.getTime();
  return { caller, role, scope: everywhere, tokenId: null, stillValid, credential: { kind: 'oidc', identity, endsAt } };
}
