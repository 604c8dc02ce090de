import { z } from 'zod';
import { adminCaller, roles, systemCaller } from '../access/roles.ts';
import { scopedRoles, scopeLists, scopeViewSchema } from '../access/scope.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

/** Runs even if there are other errors, so that all are reported together. */
const scopedRole = z.superRefine<{ role?: unknown; accounts?: unknown; regions?: unknown }>(
  ({ role, ...lists }, context) => {
    const known = roles.find((name) => name === role);
    if (known === undefined || scopedRoles.includes(known)) return;
    for (const list of ['accounts', 'regions'] as const) {
      if ((lists[list] ?? null) === null) continue;
      context.addIssue({
        code: 'custom',
        path: [list],
        params: { code: 'role_without_scope' },
        message:
          `The role ${known} cannot have a scope: auditors read the whole audit log, admins create any token. ` +
          `Remove "${list}", or use one of the roles ${scopedRoles.join(', ')}.`,
      });
    }
  },
  { when: ({ value }) => typeof value === 'object' && value !== null },
);

const newTokenShape = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._@+-]{0,99}$/, {
      error: 'A caller name has 1 to 100 lower-case letters, digits and . _ @ + -.',
    })
    .refine((name) => name !== adminCaller, `"${adminCaller}" is reserved for KEYFERRY_ADMIN_TOKEN; use another name.`)
    .refine((name) => name !== systemCaller, `"${systemCaller}" is reserved for Keyferry itself; use another name.`)
    .describe('The caller: `created_by` of what it submits. Tokens with the same name are one caller'),
  role: z.enum(roles),
  person: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9:._@+|/-]{0,199}$/, {
      error: 'A person has 1 to 200 letters, digits and : . _ @ + | / -, such as the caller name of their other token.',
    })
    .nullable()
    .default(null)
    .describe(
      'The person who uses it, if they also call under another name (of another token, or `oidc:…`). Approvals count people, not callers. Null or not set: as for the other tokens of this name, else the caller itself',
    ),
  expires_at: z.iso
    .datetime({ offset: true, error: 'Give a time with its offset, e.g. 2027-03-01T00:00:00Z.' })
    .nullable()
    .default(null)
    .describe('Expiry; null or not set: valid until it is revoked'),
  ...scopeLists,
});

/** What an API token is made from. */
export const newTokenSchema = newTokenShape.check(scopedRole);

/** What has become of a token. */
export const tokenStates = ['active', 'expired', 'revoked'] as const;
export type TokenState = (typeof tokenStates)[number];

/** A revoked token is revoked, whenever it would have expired. */
export function tokenStateOf(token: Pick<TokenView, 'revoked_at' | 'expires_at'>, now: Date): TokenState {
  if (token.revoked_at !== null) return 'revoked';
  return token.expires_at !== null && Date.parse(token.expires_at) <= now.getTime() ? 'expired' : 'active';
}

export const tokenViewSchema = z
  .object({
    id: z.uuid().describe('UUIDv7'),
    name: z.string(),
    role: z.enum(roles),
    person: z.string().nullable().describe('The person who uses it; null: the caller itself'),
    ...scopeViewSchema.shape,
    created_at: time,
    created_by: z.string(),
    expires_at: time.nullable(),
    last_used_at: time.nullable().describe('Accurate to about a minute'),
    revoked_at: time.nullable(),
    revoked_by: z.string().nullable(),
  })
  .meta({ id: 'Token' });

export const createdTokenViewSchema = tokenViewSchema
  .extend({ token: z.string().describe('The token itself: shown only in this response, never stored') })
  .meta({ id: 'CreatedToken' });

export const callerViewSchema = z
  .object({
    caller: z.string(),
    role: z.enum(roles),
    scope: scopeViewSchema,
    may: z.array(z.string()).describe('Operations that role and scope allow, as method and path'),
    session: z
      .object({ expires_at: time.describe('The latest end of the session') })
      .nullable()
      .describe('The browser session; null: the request uses a token'),
  })
  .meta({ id: 'Caller' });

export const loginViewSchema = z
  .object({
    token: z.literal(true).describe('With a token: POST /v1/session'),
    oidc: z
      .object({ url: z.string().describe('Address at which a browser logs in'), issuer: z.string() })
      .nullable()
      .describe('Null: no provider is configured'),
  })
  .meta({ id: 'Login' });

export type NewToken = z.infer<typeof newTokenSchema>;
export type TokenView = z.infer<typeof tokenViewSchema>;
export type CreatedTokenView = z.infer<typeof createdTokenViewSchema>;
export type CallerView = z.infer<typeof callerViewSchema>;
export type LoginView = z.infer<typeof loginViewSchema>;
