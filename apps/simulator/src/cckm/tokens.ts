import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { SeededRandom } from '../seeded-random.ts';
import type { Settings } from '../settings.ts';
import { badRequest, readBody, unauthorized } from './api-error.ts';

interface RefreshToken {
  readonly value: string;
  readonly id: string;
  readonly username: string;
  readonly domain: string;
  readonly expiresAt: number | null;
  readonly idleMs: number | null;
  usedAt: number;
}

export interface Login {
  readonly username: string;
  readonly domain: string;
  readonly refreshTokenId: string | null;
  readonly expiresAt: number;
}

const domain = z.string().nullish();
const minutes = z.number().positive().nullish();
const tokenRequest = z.looseObject({
  grant_type: z.string().default('password'),
  username: z.string().nullish(),
  password: z.string().nullish(),
  connection: z.string().nullish(),
  domain,
  auth_domain: domain,
  auth_domain_path: domain,
  refresh_token: z.string().nullish(),
  renew_refresh_token: z.boolean().nullish(),
  refresh_token_lifetime: minutes,
  refresh_token_revoke_unused_in: minutes,
});
type TokenRequest = z.output<typeof tokenRequest>;

const refused = () => unauthorized('Invalid credentials, or the token is expired or revoked');
const root = (name: string | null | undefined) => name || 'root';

/** Logins: short-lived JWTs, and refresh tokens that pile up unless they are revoked. Source: CCKM contract, section 1. */
export class Tokens {
  readonly #settings: () => Settings['auth'];
  readonly #now: () => number;
  readonly #random: SeededRandom;
  readonly #logins = new Map<string, Login>();
  readonly #refreshTokens = new Map<string, RefreshToken>();

  constructor(settings: () => Settings['auth'], now: () => number, random: SeededRandom) {
    this.#settings = settings;
    this.#now = now;
    this.#random = random;
  }

  /** `POST auth/tokens`. Throws CCKM's 401 for anything that is no valid login. */
  issue(body: unknown): Record<string, unknown> {
    const request = readBody(tokenRequest, body);
    if (request.grant_type === 'password') return this.#byPassword(request);
    if (request.grant_type === 'refresh_token') return this.#byRefreshToken(request);
    throw badRequest(`grant_type ${request.grant_type} is not offered here`);
  }

  /** The login of an `Authorization` header. Throws CCKM's 401. */
  check(header: string | undefined): Login {
    const jwt = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
    const login = jwt === undefined ? undefined : this.#logins.get(jwt);
    if (!login || login.expiresAt <= this.#now()) throw refused();
    return login;
  }

  /** `POST auth/revoke`: by the token itself or its id. Tokens that are not there are taken for revoked. */
  revoke(body: unknown): void {
    const given = readBody(z.looseObject({ refresh_token: z.string().nullish(), refresh_token_id: z.string().nullish() }), body);
    for (const token of this.#refreshTokens.values()) {
      if (token.value === given.refresh_token || token.id === given.refresh_token_id) {
        this.#refreshTokens.delete(token.value);
      }
    }
  }

  /** `POST auth/logout`: this JWT, and the refresh token that came with it. */
  logout(header: string | undefined): void {
    const { refreshTokenId } = this.check(header);
    this.#logins.delete((header ?? '').replace(/^Bearer /i, ''));
    if (refreshTokenId !== null) this.revoke({ refresh_token_id: refreshTokenId });
  }

  /** Makes every JWT unknown, as a restart with new signing keys would. */
  forgetLogins(): void {
    this.#logins.clear();
  }

  counts(): { refresh_tokens: number; jwts: number } {
    const now = this.#now();
    for (const token of this.#refreshTokens.values()) if (!this.#lives(token)) this.#refreshTokens.delete(token.value);
    for (const [jwt, login] of this.#logins) if (login.expiresAt <= now) this.#logins.delete(jwt);
    return { refresh_tokens: this.#refreshTokens.size, jwts: this.#logins.size };
  }

  #byPassword(request: TokenRequest): Record<string, unknown> {
    const { users, domains } = this.#settings();
    const livesIn = request.auth_domain_path ?? request.auth_domain;
    const user = users.find(
      (candidate) =>
        candidate.username === request.username &&
        candidate.password === request.password &&
        candidate.connection === (request.connection || 'local_account') &&
        candidate.auth_domain.replace(/^\//, '') === root(livesIn).replace(/^\//, ''),
    );
    const wanted = root(request.domain);
    if (!user || (domains !== null && !domains.includes(wanted))) throw refused();
    return this.#answer(user.username, wanted, this.#newRefreshToken(user.username, wanted, request));
  }

  #byRefreshToken(request: TokenRequest): Record<string, unknown> {
    const token = this.#refreshTokens.get(request.refresh_token ?? '');
    if (!token || !this.#lives(token)) throw refused();
    if (request.domain != null && root(request.domain) !== token.domain) {
      // Used for another domain: CipherTrust revokes it.
      this.#refreshTokens.delete(token.value);
      throw refused();
    }
    token.usedAt = this.#now();
    if (!request.renew_refresh_token) return this.#answer(token.username, token.domain, null, token.id);
    this.#refreshTokens.delete(token.value);
    return this.#answer(token.username, token.domain, this.#newRefreshToken(token.username, token.domain, request));
  }

  #newRefreshToken(username: string, forDomain: string, request: TokenRequest): RefreshToken {
    const now = this.#now();
    const token: RefreshToken = {
      value: this.#random.hex(64),
      id: this.#random.uuid(),
      username,
      domain: forDomain,
      expiresAt: request.refresh_token_lifetime ? now + request.refresh_token_lifetime * 60_000 : null,
      idleMs: request.refresh_token_revoke_unused_in ? request.refresh_token_revoke_unused_in * 60_000 : null,
      usedAt: now,
    };
    this.#refreshTokens.set(token.value, token);
    return token;
  }

  #answer(
    username: string,
    forDomain: string,
    refreshToken: RefreshToken | null,
    refreshTokenId = refreshToken?.id ?? null,
  ): Record<string, unknown> {
    const { duration_s: duration } = this.#settings();
    const expiresAt = this.#now() + duration * 1000;
    const jwt = this.#sign(username, forDomain, duration);
    this.#logins.set(jwt, { username, domain: forDomain, refreshTokenId, expiresAt });
    return {
      jwt,
      duration,
      token_type: 'Bearer',
      client_id: 'keyferry-simulator',
      ...(refreshToken && { refresh_token: refreshToken.value, refresh_token_id: refreshToken.id }),
    };
  }

  #sign(username: string, forDomain: string, duration: number): string {
    const iat = Math.floor(this.#now() / 1000);
    const claims = {
      sub: `local|${username}`,
      iss: 'kylo',
      acc: 'kylo',
      preferred_username: username,
      cust: { domain_id: forDomain, groups: ['admin'], zone_id: '00000000-0000-0000-0000-000000000000' },
      jwtid: this.#random.uuid(),
      iat,
      exp: iat + duration,
    };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
    return `${unsigned}.${createHmac('sha256', 'keyferry-simulator').update(unsigned).digest('base64url')}`;
  }

  #lives(token: RefreshToken): boolean {
    const now = this.#now();
    return (
      (token.expiresAt === null || now < token.expiresAt) &&
      (token.idleMs === null || now < token.usedAt + token.idleMs)
    );
  }
}
