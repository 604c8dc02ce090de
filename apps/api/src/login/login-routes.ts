import type { LoginView } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { type Request, Router } from 'express';
import * as client from 'openid-client';
import { z } from 'zod';
import { requestIds } from '../http/as-caller.ts';
import { notAuthenticated, Problem, parseInput } from '../http/problem.ts';
import { dropLoginCookie, loginCookieOf, setLoginCookie } from './cookies.ts';
import { callerOf, roleOf } from './identity-of-claims.ts';
import { type LoginUnderWay, loginWithinMs, readLogin, writeLogin } from './login-under-way.ts';
import type { OidcProvider } from './oidc-provider.ts';
import { returnToSchema } from './return-to.ts';
import type { Sessions } from './sessions.ts';

const start = '/login/oidc';
const callback = '/login/oidc/callback';

export const startLoginQuery = z.strictObject({
  return_to: returnToSchema.default('/').describe('Path of this host to open after the login'),
});

/**
 * How browsers log in: `/v1/login` lists the methods; `/login/oidc` redirects to the OIDC provider, by the authorization code flow with
 * PKCE, and its callback from there into a session. Open without a token.
 */
export function loginRoutes(provider: OidcProvider | null, sessions: Sessions, log: Log): Router {
  const router = Router();
  const login = provider?.config.login ?? null;
  router.get('/v1/login', (_request, response) => {
    const view: LoginView = {
      token: true,
      oidc: provider && login && { url: start, issuer: provider.config.issuer },
    };
    response.json(view);
  });
  if (provider === null || login === null) return router;

  router.get(start, async (request, response) => {
    const { return_to: returnTo } = parseInput(startLoginQuery, request.query);
    const underWay: LoginUnderWay = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      returnTo,
    };
    const url = client.buildAuthorizationUrl(await provider.client(), {
      redirect_uri: `${login.publicUrl}${callback}`,
      scope: 'openid profile email',
      state: underWay.state,
      nonce: underWay.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(underWay.verifier),
      code_challenge_method: 'S256',
    });
    setLoginCookie(request, response, writeLogin(underWay), loginWithinMs);
    response.set('Cache-Control', 'no-store').redirect(303, url.href);
  });

  router.get(callback, async (request, response) => {
    const underWay = readLogin(loginCookieOf(request));
    dropLoginCookie(request, response);
    if (underWay === null) {
      throw notAuthenticated(
        'This login was not started in this browser, started more than ten minutes ago, or has already ended. ' +
          `Start again at ${login.publicUrl}, with that host name.`,
      );
    }
    const claims = await claimsOf(provider, request, `${login.publicUrl}${callback}`, underWay).catch((error) => {
      log.warn({ err: error, requestId: response.locals.requestId }, 'a login by the OIDC provider failed');
      throw provider.awayBecauseOf(error) ?? refused(error);
    });
    const caller = callerOf(claims, provider.config);
    const { locals } = response;
    locals.holder = { caller, role: null, tokenId: null };
    const role = roleOf(claims, provider.config);
    locals.caller = caller;
    const identity = { issuer: provider.config.issuer, subject: claims.sub, caller, role };
    await sessions.begin(
      request,
      response,
      { kind: 'oidc', identity, endsAt: null },
      { caller, role, token_id: null, ...requestIds(locals), action: null },
    );
    response.set('Cache-Control', 'no-store').redirect(303, underWay.returnTo);
  });

  return router;
}

/** What the provider says of who has logged in. */
async function claimsOf(
  provider: OidcProvider,
  request: Request,
  redirectUri: string,
  { state, nonce, verifier }: LoginUnderWay,
): Promise<client.IDToken> {
  const url = new URL(redirectUri);
  url.search = new URL(request.originalUrl, redirectUri).search;
  const configuration = await provider.client();
  const tokens = await client.authorizationCodeGrant(configuration, url, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('the response has no ID token');
  return claims;
}

/** In our words, which repeat nothing of what came by the address: those of the provider may be anything. */
function refused(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const code = /^[a-z_]{1,60}$/.exec((error as { error?: string }).error ?? '')?.[0] ?? 'no reason given';
  if (error instanceof client.AuthorizationResponseError)
    return notAuthenticated(`The provider did not log you in: ${code}.`);
  if (error instanceof client.ResponseBodyError)
    return notAuthenticated(`The provider did not complete the login: ${code}.`);
  return notAuthenticated('The response of the provider is not valid. The API log has the cause under the request id.');
}
