import { type Role, roles } from '@keyferry/core';
import { z } from 'zod';
import { wholeNumber } from './accept-number.ts';
import { trustworthyUrl } from './accept-url.ts';

/** The OIDC provider whose people and programs are callers. */
export interface OidcConfig {
  /** As the provider writes it into `iss`. */
  readonly issuer: string;
  /** What a bearer token must be for: one of its `aud`. */
  readonly audience: string;
  /** The claim with the roles; dots separate nested claims. */
  readonly roleClaim: string;
  /** Which role a value of that claim is. */
  readonly roles: ReadonlyMap<string, Role>;
  /** The claim that a caller is named by. */
  readonly nameClaim: string;
  readonly clockSkewSeconds: number;
  /** PEM of an additional CA for the provider. */
  readonly ca: string | null;
  /** How browsers log in; null: they cannot. */
  readonly login: OidcLoginConfig | null;
}

export interface OidcLoginConfig {
  readonly clientId: string;
  /** Null: a public client. */
  readonly clientSecret: string | null;
  /** Where browsers reach this API: an origin. */
  readonly publicUrl: string;
}

/** `<value>=<role>, …`; the value may hold a `=` itself. */
const roleMapping = z.string().transform((text, context) => {
  const pairs = text.split(',').flatMap((part) => {
    const [, value, role] = /^\s*(\S.*?)\s*=\s*([a-z]+)\s*$/.exec(part) ?? [];
    const known = roles.find((one) => one === role);
    return value === undefined || known === undefined ? [] : [[value, known] as const];
  });
  const mapping = new Map(pairs);
  if (mapping.size === text.split(',').length) return mapping;
  context.addIssue({
    code: 'custom',
    message: `expected <claim value>=<role>, separated by commas, each value once; roles are ${roles.join(', ')}`,
  });
  return z.NEVER;
});

const claim = z.string().regex(/^[^\s.]+(\.[^\s.]+)*$/, 'expected the name of a claim; dots separate nested claims');

export const oidcEnvironment = {
  KEYFERRY_OIDC_ISSUER: trustworthyUrl
    .refine((text) => !/[?#]/.test(text), 'expected an address without query and fragment')
    .optional(),
  KEYFERRY_OIDC_AUDIENCE: z.string().optional(),
  KEYFERRY_OIDC_ROLE_CLAIM: claim.default('roles'),
  KEYFERRY_OIDC_ROLES: roleMapping.optional(),
  KEYFERRY_OIDC_NAME_CLAIM: claim.default('sub'),
  KEYFERRY_OIDC_CLOCK_SKEW_SECONDS: wholeNumber({ of: 'seconds', least: 0, most: 300 }).default(30),
  KEYFERRY_OIDC_CA_FILE: z.string().optional(),
  KEYFERRY_OIDC_CLIENT_ID: z.string().optional(),
  KEYFERRY_OIDC_CLIENT_SECRET: z.string().optional(),
  KEYFERRY_PUBLIC_URL: trustworthyUrl
    .refine(
      (text) => new URL(text).origin === text.replace(/\/$/, ''),
      'expected an origin, such as https://keyferry.example.com',
    )
    .optional(),
};

/** What belongs together and is not there: of each the variable that is missing, and because of which. */
const needs = [
  ['KEYFERRY_OIDC_ISSUER', 'KEYFERRY_OIDC_AUDIENCE'],
  ['KEYFERRY_OIDC_CLIENT_ID', 'KEYFERRY_PUBLIC_URL'],
  ['KEYFERRY_OIDC_CLIENT_SECRET', 'KEYFERRY_OIDC_CLIENT_ID'],
] as const;

/** What is wrong with the variables as a whole. */
export function oidcProblems(given: NodeJS.ProcessEnv): string[] {
  const alone = Object.keys(given).find((name) => name.startsWith('KEYFERRY_OIDC_'));
  if (given.KEYFERRY_OIDC_ISSUER === undefined) {
    return alone === undefined ? [] : [`KEYFERRY_OIDC_ISSUER is not set: ${alone} needs it.`];
  }
  return needs
    .filter(([set, needed]) => given[set] !== undefined && given[needed] === undefined)
    .map(([set, needed]) => `${needed} is not set: ${set} needs it.`);
}

/** Null: no provider is configured. */
export function oidcSettings(env: z.infer<z.ZodObject<typeof oidcEnvironment>>, ca: string | null): OidcConfig | null {
  const { KEYFERRY_OIDC_ISSUER: issuer, KEYFERRY_OIDC_AUDIENCE: audience } = env;
  if (issuer === undefined || audience === undefined) return null;
  const { KEYFERRY_OIDC_CLIENT_ID: clientId, KEYFERRY_PUBLIC_URL: publicUrl } = env;
  return {
    issuer,
    audience,
    roleClaim: env.KEYFERRY_OIDC_ROLE_CLAIM,
    roles: env.KEYFERRY_OIDC_ROLES ?? new Map(roles.map((role) => [role, role])),
    nameClaim: env.KEYFERRY_OIDC_NAME_CLAIM,
    clockSkewSeconds: env.KEYFERRY_OIDC_CLOCK_SKEW_SECONDS,
    ca,
    login:
      clientId === undefined || publicUrl === undefined
        ? null
        : { clientId, clientSecret: env.KEYFERRY_OIDC_CLIENT_SECRET ?? null, publicUrl: new URL(publicUrl).origin },
  };
}
