import type { SeededRandom } from '../kms/seeded-random.ts';
import type { Settings } from '../settings.ts';
import { CckmFailure } from './failure.ts';

const username = 'admin';

/** CipherTrust's logins: short JSON Web Tokens and refresh tokens that live until they are revoked. */
export class Tokens {
  readonly #random: SeededRandom;
  readonly #settings: () => Settings;
  readonly #now: () => number;
  readonly #live = new Map<string, number>();
  readonly #refresh = new Set<string>();
  logins = 0;
  refusedLogins = 0;
  /** Refused logins since the last that was accepted, and until when the account is locked for them. */
  #refusedInARow = 0;
  #lockedUntil = 0;

  constructor(settings: () => Settings, random: SeededRandom, now: () => number) {
    this.#settings = settings;
    this.#random = random;
    this.#now = now;
  }

  get liveRefreshTokens(): number {
    return this.#refresh.size;
  }

  grant(body: Record<string, unknown>): Record<string, unknown> {
    const refused = new CckmFailure(401, 1, 'NCERRUnauthorized: Invalid credentials', 'The credentials are not valid.');
    if (body.grant_type === 'refresh_token') {
      const given = String(body.refresh_token ?? '');
      if (!this.#refresh.has(given)) throw refused;
      if (body.renew_refresh_token !== true) return this.#answer(null);
      this.#refresh.delete(given);
      return this.#answer(this.#newRefreshToken());
    }
    if (!this.#mayLogIn(body)) {
      this.refusedLogins += 1;
      throw refused;
    }
    this.logins += 1;
    return this.#answer(this.#newRefreshToken());
  }

  /** A locked account is refused with the right password too, and in the same words. */
  #mayLogIn(body: Record<string, unknown>): boolean {
    const { password, lockoutAfter, lockoutMs } = this.#settings();
    if (this.#now() < this.#lockedUntil) return false;
    if (body.username === username && body.password === password) {
      this.#refusedInARow = 0;
      return true;
    }
    this.#refusedInARow += 1;
    if (lockoutAfter > 0 && this.#refusedInARow >= lockoutAfter) this.#lockedUntil = this.#now() + lockoutMs;
    return false;
  }

  check(authorization: string | undefined): void {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    if ((this.#live.get(token) ?? 0) <= this.#now()) {
      throw new CckmFailure(401, 1, 'NCERRUnauthorized: Unauthorized', 'The token is missing or not valid.');
    }
  }

  revoke(refreshToken: string): void {
    this.#refresh.delete(refreshToken);
  }

  /** Makes every token of today invalid, as a restart of the CipherTrust Manager does. */
  expireAll(): void {
    this.#live.clear();
  }

  /** As if nobody had ever logged in. */
  clear(): void {
    this.#live.clear();
    this.#refresh.clear();
    this.logins = 0;
    this.refusedLogins = 0;
    this.#refusedInARow = 0;
    this.#lockedUntil = 0;
  }

  #newRefreshToken(): string {
    const token = this.#random.hex(64);
    this.#refresh.add(token);
    return token;
  }

  #answer(refreshToken: string | null): Record<string, unknown> {
    const duration = this.#settings().tokenDurationSeconds;
    const iat = Math.floor(this.#now() / 1000);
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const jwt = `${part({ alg: 'ES256', typ: 'JWT' })}.${part({ sub: 'local|admin', iss: 'kylo', cust: { groups: this.#settings().groups }, iat, exp: iat + duration, jwtid: this.#random.uuid() })}.${this.#random.hex(43)}`;
    for (const [token, expires] of this.#live) if (expires <= this.#now()) this.#live.delete(token);
    this.#live.set(jwt, this.#now() + duration * 1000);
    return {
      jwt,
      duration,
      token_type: 'Bearer',
      client_id: this.#random.uuid(),
      ...(refreshToken ? { refresh_token: refreshToken } : {}),
    };
  }
}
