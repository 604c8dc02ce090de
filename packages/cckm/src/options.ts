import type { ReadLimits } from './read-budget.ts';

/** How to reach and log in to a CipherTrust Manager. */
export interface CckmClientOptions {
  /** `https://host[:port]`; with or without `/api` or `/api/v1` at its end. Plain http to loopback only. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** The domain whose keys are worked on; root when not given. */
  readonly domain?: string;
  /** The domain where the user lives; a value that begins with "/" is a CDSPaaS tenant path. */
  readonly authDomain?: string;
  /** The identity source; `local_account` when not given. */
  readonly connection?: string;
  /** Log in with this refresh token rather than a password. It is never renewed nor revoked by the client. */
  readonly refreshToken?: string;
  /** Reads the login's secret again where it stands in a file: before each login, and while the login is refused. */
  readonly rereadSecret?: () => LoginSecret;
  /** PEM of a CA, in addition to those of the system. */
  readonly ca?: string;
  /** The certificate, with its chain, that this side shows to a server which asks for one, and its key; both PEM. */
  readonly clientKeyPair?: { readonly cert: string; readonly key: string };
  readonly insecureTls?: boolean;
  /** From sending a request to the last byte of its answer. */
  readonly callTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Connections for calls that change something, at most; reads have their own. */
  readonly connections?: number;
  /** What all reads share; gentle when left out. */
  readonly reads?: ReadLimits;
  /** Told of every call when it has ended; holds no secret. */
  readonly onCall?: (call: CallReport) => void;
}

/** What proves who logs in; what is left out is as it was at start. */
export interface LoginSecret {
  readonly password?: string;
  readonly refreshToken?: string;
}

export interface CallReport {
  readonly operation: string;
  readonly durationMs: number;
  readonly httpStatus: number | null;
  readonly error: string | null;
  readonly requestId: string | null;
  /** By the clock of the CipherTrust Manager, to the second; null where the call was not answered with success. */
  readonly serverTime: Date | null;
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The address that paths like `/v1/…` are put behind. Throws for plain http to anywhere but loopback. */
export function baseUrl(url: string): string {
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && loopback.test(parsed.hostname))) {
    throw new Error(
      'CCKM_URL must be https: plain http would expose the login on the network. (http is allowed for loopback.)',
    );
  }
  if (parsed.username || parsed.password) {
    throw new Error('CCKM_URL must not contain a user or password: set CCKM_USERNAME and CCKM_PASSWORD_FILE.');
  }
  const path = parsed.pathname.replace(/\/+$/, '').replace(/(\/api)?(\/v1)?$/, '');
  return `${parsed.origin}${path}/api`;
}
