import { z } from 'zod';
import { CckmError } from './cckm-error.ts';
import type { CckmClientOptions, LoginSecret } from './options.ts';
import { retryShortFaults } from './retry-short-faults.ts';
import type { Transport } from './transport.ts';

/** A token is renewed when less than this is left of it, or a fifth of its life where that is shorter. */
const renewBeforeMs = 60_000;
/** After a login without an answer the next waits this long: a login that is down is not hammered. */
const coolDownMs = 1_000;
/**
 * After a refused login the next one with the same secret waits this long, twice as long after each refusal up to the most:
 * CipherTrust locks an account after a few refused logins.
 */
const refusedWaitMs = { first: 5_000, most: 120_000 };
/** Minutes of idleness after which CipherTrust revokes our refresh token by itself. */
const revokeUnusedInMinutes = 30;

const tokenAnswer = z.looseObject({
  // What no header can carry would fail each call as if its connection were lost.
  jwt: z.string().regex(/^[\x21-\x7e]+$/),
  duration: z.coerce.number().positive().nullish().catch(null),
  refresh_token: z.string().min(1).nullish().catch(null),
});

interface Token {
  readonly jwt: string;
  /** By the monotonic clock, so that neither machine's wall clock matters. */
  readonly renewAt: number;
  readonly expiresAt: number;
}

/**
 * The client's one login. All callers share a token and wait for the same login or renewal; one session is kept alive by
 * its refresh token, so that refresh tokens do not pile up on the CipherTrust Manager.
 */
export class Session {
  readonly #transport: Transport;
  readonly #options: CckmClientOptions;
  #token: Token | null = null;
  #refreshToken: string | null = null;
  #pending: Promise<Token> | null = null;
  #failed: { error: CckmError; until: number } | null = null;
  /** Logins refused in a row. */
  #refusals = 0;
  /** The secret of the last login. */
  #used: LoginSecret;

  constructor(transport: Transport, options: CckmClientOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#used = options;
  }

  /** The last login was refused, and its secret has been changed since. */
  get hasNewSecret(): boolean {
    return this.#refusals > 0 && !sameSecret(this.#used, this.#secret());
  }

  /** A token that is good now. Throws what the login failed with. */
  async token(): Promise<string> {
    const now = performance.now();
    const token = this.#token;
    if (token && now < token.renewAt) return token.jwt;
    const renewed = this.#renew();
    if (token && now < token.expiresAt - 1_000) {
      // Still good for this call: the renewal goes on beside it.
      renewed.catch(() => undefined);
      return token.jwt;
    }
    return (await renewed).jwt;
  }

  /** Says that a token was refused. Only the current one is dropped: fifty refusals of one token make one login. */
  refuse(jwt: string): void {
    if (this.#token?.jwt === jwt) this.#token = null;
  }

  /** Says that a fresh token was refused too: the next login is by password. */
  startOver(jwt: string): void {
    this.refuse(jwt);
    this.#refreshToken = null;
  }

  /** Gives our own session back. A refresh token from the configuration is left alone. */
  async close(): Promise<void> {
    const [token, refreshToken] = [this.#token, this.#refreshToken];
    this.#token = null;
    this.#refreshToken = null;
    if (!token || !refreshToken) return;
    await this.#transport
      .exchange({
        operation: 'logout',
        method: 'POST',
        path: '/v1/auth/revoke',
        body: { refresh_token: refreshToken },
        token: token.jwt,
      })
      .catch(() => undefined);
  }

  #renew(): Promise<Token> {
    if (this.#failed && performance.now() < this.#failed.until && !this.hasNewSecret) {
      return Promise.reject(this.#failed.error);
    }
    this.#pending ??= this.#logIn()
      .then(
        (token) => {
          this.#token = token;
          this.#failed = null;
          this.#refusals = 0;
          return token;
        },
        (error: unknown) => {
          if (error instanceof CckmError) this.#failed = { error, until: performance.now() + this.#waitAfter(error) };
          throw error;
        },
      )
      .finally(() => {
        this.#pending = null;
      });
    return this.#pending;
  }

  /** How long no other login is tried, milliseconds. */
  #waitAfter({ code }: CckmError): number {
    if (code !== 'cckm_login_refused') return coolDownMs;
    this.#refusals += 1;
    return Math.min(refusedWaitMs.most, refusedWaitMs.first * 2 ** Math.min(this.#refusals - 1, 10));
  }

  /** As it is now: a file that cannot be read just then leaves what was used last. */
  #secret(): LoginSecret {
    try {
      return { ...this.#used, ...this.#options.rereadSecret?.() };
    } catch {
      return this.#used;
    }
  }

  async #logIn(): Promise<Token> {
    if (this.#refreshToken !== null) {
      try {
        return await this.#request({ grant_type: 'refresh_token', refresh_token: this.#refreshToken });
      } catch (error) {
        // Revoked, expired, or used for another domain: log in anew. Anything else is no reason to.
        if (!(error instanceof CckmError) || error.httpStatus === null || error.httpStatus >= 500) throw error;
        this.#refreshToken = null;
      }
    }
    const { username, connection } = this.#options;
    const secret = this.#secret();
    if (!sameSecret(this.#used, secret)) this.#refusals = 0;
    this.#used = secret;
    const { password, refreshToken } = secret;
    return this.#request(
      refreshToken === undefined
        ? {
            grant_type: 'password',
            username,
            password,
            ...(connection === undefined ? {} : { connection }),
            refresh_token_revoke_unused_in: revokeUnusedInMinutes,
          }
        : { grant_type: 'refresh_token', refresh_token: refreshToken },
    );
  }

  async #request(grant: Record<string, unknown>): Promise<Token> {
    const asked = performance.now();
    const { json } = await retryShortFaults((resends) =>
      this.#transport.exchange({
        operation: 'login',
        resends,
        method: 'POST',
        path: '/v1/auth/tokens',
        body: { ...grant, ...this.#domains() },
        asFailure: loginFailure,
      }),
    );
    const parsed = tokenAnswer.safeParse(json);
    if (!parsed.success) {
      throw new CckmError({
        code: 'cckm_login_unavailable',
        message: 'CCKM returned no token for the login.',
        mayHaveLanded: false,
      });
    }
    const { jwt, duration, refresh_token } = parsed.data;
    const ours = this.#options.refreshToken === undefined;
    if (ours && refresh_token) this.#refreshToken = refresh_token;
    const lifeMs = 1_000 * (duration ?? lifeOf(jwt) ?? 300);
    return {
      jwt,
      expiresAt: asked + lifeMs,
      renewAt: asked + lifeMs - Math.min(renewBeforeMs, lifeMs / 5),
    };
  }

  #domains(): Record<string, string> {
    const { domain, authDomain } = this.#options;
    return {
      ...(domain === undefined ? {} : { domain }),
      ...(authDomain === undefined
        ? {}
        : authDomain.startsWith('/')
          ? { auth_domain_path: authDomain }
          : { auth_domain: authDomain }),
    };
  }
}

function sameSecret(one: LoginSecret, other: LoginSecret): boolean {
  return one.password === other.password && one.refreshToken === other.refreshToken;
}

/** Who a JWT is for, by its own claims (contract, section 1): `sub` as `local|<id>`, groups in `cust`. */
export function userOf(jwt: string): { id: string | null; groups: string[] } {
  try {
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      sub?: unknown;
      cust?: { groups?: unknown } | null;
    };
    const id = typeof claims.sub === 'string' ? (claims.sub.split('|').at(-1) ?? null) : null;
    const groups = Array.isArray(claims.cust?.groups)
      ? claims.cust.groups.filter((one) => typeof one === 'string')
      : [];
    return { id, groups };
  } catch {
    return { id: null, groups: [] };
  }
}

/** How long a JWT lives by its own claims, seconds; their difference holds whatever the clocks say. */
function lifeOf(jwt: string): number | null {
  try {
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown;
      iat?: unknown;
    };
    const life = Number(claims.exp) - Number(claims.iat);
    return Number.isFinite(life) && life > 0 ? life : null;
  } catch {
    return null;
  }
}

/** A failed login, reported as such; no key was touched. */
function loginFailure(error: unknown): unknown {
  if (!(error instanceof CckmError)) return error;
  const { httpStatus, requestId, retryAfterMs, providerCode } = error;
  // A page of a proxy is no word of the login.
  const refused =
    httpStatus !== null &&
    httpStatus >= 400 &&
    httpStatus < 500 &&
    !['unreadable_answer', 'cckm_unavailable', 'rate_limited', 'kms_unreachable'].includes(error.code);
  return new CckmError({
    code: refused
      ? 'cckm_login_refused'
      : error.code === 'connection_refused'
        ? 'connection_refused'
        : 'cckm_login_unavailable',
    message: `The login to CCKM failed: ${error.message}`,
    mayHaveLanded: false,
    httpStatus,
    requestId,
    retryAfterMs,
    providerCode,
    cause: error,
  });
}
