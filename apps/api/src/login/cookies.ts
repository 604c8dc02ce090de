import { parseCookie } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';

/*
 * The two cookies of a browser. Over TLS their names begin with `__Host-`: browsers then take them from this host alone, not
 * from a neighbour under the same domain, and not over plain http.
 */

type Name = 'keyferry_session' | 'keyferry_login';

const nameOf = (name: Name, { secure }: Request): string => (secure ? `__Host-${name}` : name);
const options = ({ secure }: Request, more: CookieOptions): CookieOptions => {
  return { httpOnly: true, path: '/', secure, ...more };
};

function read(request: Request, name: Name): string | null {
  return parseCookie(request.get('cookie') ?? '')[nameOf(name, request)] ?? null;
}

/** No other site's page, and no link on one, sends it. */
const ofSession: CookieOptions = { sameSite: 'strict' };

export function sessionCookieOf(request: Request): string | null {
  return read(request, 'keyferry_session');
}

/** It ends with the browser, should the session last longer. */
export function setSessionCookie(request: Request, response: Response, value: string): void {
  response.cookie(nameOf('keyferry_session', request), value, options(request, ofSession));
}

export function dropSessionCookie(request: Request, response: Response): void {
  response.clearCookie(nameOf('keyferry_session', request), options(request, ofSession));
}

/** A login that is under way comes back by a link on the provider's site. */
const ofLogin: CookieOptions = { sameSite: 'lax' };

export function loginCookieOf(request: Request): string | null {
  return read(request, 'keyferry_login');
}

export function setLoginCookie(request: Request, response: Response, value: string, maxAge: number): void {
  response.cookie(nameOf('keyferry_login', request), value, options(request, { ...ofLogin, maxAge }));
}

export function dropLoginCookie(request: Request, response: Response): void {
  response.clearCookie(nameOf('keyferry_login', request), options(request, ofLogin));
}
