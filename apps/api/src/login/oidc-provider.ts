import { getCACertificates } from 'node:tls';
import type { OidcConfig, OidcLoginConfig } from '@keyferry/config';
import type { Log } from '@keyferry/log';
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { Agent, fetch } from 'undici';
import { notAuthenticated, Problem } from '../http/problem.ts';

/** Signatures that only the provider can make. Never `none`, and never HS*, whose key the API would share. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const answerWithinSeconds = 5;

/** The configured OIDC provider, asked for what is needed when it is needed: it may be down when the API starts. */
export interface OidcProvider {
  readonly config: OidcConfig;
  /** What a bearer token says, once it is known that the provider says so, to this API, and now. Throws 401 or 503. */
  claimsOf(jwt: string): Promise<JWTPayload>;
  /** The provider as a login through the browser needs it. Throws 503. */
  client(): Promise<client.Configuration>;
  /** The 503 of an error that means that the provider does not answer; null: it means something else. */
  awayBecauseOf(error: unknown): Problem | null;
}

/** It did not answer, or not as a provider does. */
class ProviderAway extends Error {
  override readonly name = 'ProviderAway';
}

interface Discovered {
  readonly client: client.Configuration;
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
}

/** `cooldownMs`: keys are not read again sooner, however many tokens name one that is not known. */
export function openOidcProvider(config: OidcConfig, log: Log, cooldownMs = 30_000): OidcProvider {
  const ask = asker(config.ca);

  const discover = async (): Promise<Discovered> => {
    const found = await client
      .discovery(
        new URL(config.issuer),
        config.login?.clientId ?? config.audience,
        { [client.clockTolerance]: config.clockSkewSeconds },
        clientAuthentication(config.login),
        {
          timeout: answerWithinSeconds,
          [client.customFetch]: ask,
          execute: [
            client.enableNonRepudiationChecks,
            ...(isPlain(config.issuer) ? [client.allowInsecureRequests] : []),
          ],
        },
      )
      .catch((cause) => {
        throw new ProviderAway('its discovery document cannot be read', { cause });
      });
    const { issuer, jwks_uri = '' } = found.serverMetadata();
    if (new URL(issuer).href !== new URL(config.issuer).href) {
      throw new ProviderAway(`its issuer is ${issuer}, not the one in KEYFERRY_OIDC_ISSUER`);
    }
    if (!URL.canParse(jwks_uri) || (isPlain(jwks_uri) && !isPlain(issuer))) {
      throw new ProviderAway('its discovery document names no https address for jwks_uri');
    }
    const read = createRemoteJWKSet(new URL(jwks_uri), {
      [customFetch]: (url, options) =>
        ask(url, { ...options, headers: Object.fromEntries(options.headers), body: undefined }),
      cooldownDuration: cooldownMs,
      timeoutDuration: answerWithinSeconds * 1_000,
    });
    const keys: JWTVerifyGetKey = (header, token) =>
      read(header, token).catch((cause) => {
        if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
        throw new ProviderAway('its keys cannot be read', { cause });
      });
    return { client: found, issuer, keys };
  };

  let discovered: Promise<Discovered> | null = null;
  /** Asked once, by all who need it at once; again where that failed. */
  const provider = (): Promise<Discovered> => {
    discovered ??= discover().catch((error) => {
      discovered = null;
      throw error;
    });
    return discovered;
  };

  const awayBecauseOf = (error: unknown): Problem | null => {
    if (!causesOf(error).some((cause) => cause instanceof ProviderAway)) return null;
    log.warn({ err: error }, 'the OIDC provider does not answer');
    const detail = `The OIDC provider ${config.issuer} is down or misconfigured: see the API log. API tokens still work.`;
    return new Problem(503, 'Dependency down', detail, { headers: { 'Retry-After': '5' } });
  };

  return {
    config,
    claimsOf: async (jwt) => {
      try {
        const { issuer, keys } = await provider();
        const { audience, clockSkewSeconds: clockTolerance } = config;
        const requiredClaims = ['exp', 'iat', 'sub'];
        const { payload } = await jwtVerify(jwt, keys, {
          algorithms,
          issuer,
          audience,
          clockTolerance,
          requiredClaims,
        });
        if (Number(payload.iat) <= Date.now() / 1_000 + clockTolerance) return payload;
      } catch (error) {
        const away = awayBecauseOf(error);
        if (away !== null) throw away;
        throw notAuthenticated(whyRefused(error, config));
      }
      throw notAuthenticated(
        'This token was issued in the future: check the clocks (KEYFERRY_OIDC_CLOCK_SKEW_SECONDS).',
      );
    },
    client: async () => {
      try {
        return (await provider()).client;
      } catch (error) {
        throw awayBecauseOf(error) ?? error;
      }
    },
    awayBecauseOf,
  };
}

/** In our words: those of the library may repeat what stands in the token. */
function whyRefused(error: unknown, { issuer, audience }: OidcConfig): string {
  if (error instanceof errors.JWTExpired) return 'This token has expired. Get a new one from its issuer.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    switch (error.claim) {
      case 'iss':
        return `This token is not from ${issuer}, the issuer of KEYFERRY_OIDC_ISSUER.`;
      case 'aud':
        return `This token is not for "${audience}", the audience of KEYFERRY_OIDC_AUDIENCE.`;
      case 'nbf':
        return 'This token is not valid yet: check the clocks (KEYFERRY_OIDC_CLOCK_SKEW_SECONDS).';
    }
    return 'A claim of this token is missing or wrong: it needs iss, aud, exp, iat and sub.';
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The signature algorithm of this token is not accepted.';
  if (error instanceof errors.JWKSNoMatchingKey)
    return `This token is signed with a key that ${issuer} does not publish.`;
  return 'This token is not valid: its signature is wrong, or it is not a JWT.';
}

/** All requests to the provider: a broken connection, no answer in time and a 5xx are one and the same. */
function asker(ca: string | null): client.CustomFetch {
  const dispatcher = ca === null ? undefined : new Agent({ connect: { ca: [...getCACertificates('default'), ca] } });
  return async (url, options) => {
    const response = await fetch(url, { ...options, dispatcher } as Parameters<typeof fetch>[1]).catch((cause) => {
      throw new ProviderAway('it cannot be reached', { cause });
    });
    if (response.status >= 500) throw new ProviderAway(`it answered ${response.status}`);
    return response as unknown as Response;
  };
}

/** As the provider wants it where it says so; else the default of OpenID Connect. */
function clientAuthentication(login: OidcLoginConfig | null): client.ClientAuth {
  const secret = login?.clientSecret ?? null;
  if (secret === null) return client.None();
  const [basic, post] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const takesBasic = server.token_endpoint_auth_methods_supported?.includes('client_secret_basic') ?? true;
    return (takesBasic ? basic : post)(server, ...rest);
  };
}

const isPlain = (url: string): boolean => url.toLowerCase().startsWith('http:');

function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
