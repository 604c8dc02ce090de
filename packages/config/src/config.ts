import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defaultQuotas, type LaneOperation, laneOperations } from '@keyferry/core';
import type { TracingSettings } from '@keyferry/tracing';
import { z } from 'zod';
import { anyNumber, wholeNumber } from './accept-number.ts';
import { explainProblem } from './explain-problem.ts';
import { type KeyPair, type KeyPairFiles, readKeyPair } from './key-pair.ts';
import { type OidcConfig, oidcEnvironment, oidcProblems, oidcSettings } from './oidc-settings.ts';
import { tracingOf, tracingVariables } from './tracing-settings.ts';
import { type VariableGroup, variableGroups } from './variable-meanings.ts';

/** Everything that is set from outside, read once when a process starts. */
export interface Config {
  readonly database: {
    /** Null: an embedded Postgres under `dataDirectory`. */
    readonly url: string | null;
    /** The same database as the role that owns its tables; null: that of `url` does, or another process migrates. */
    readonly migrationUrl: string | null;
  };
  /** Null: BullMQ runs on Postgres. */
  readonly redisUrl: string | null;
  /** PEM of an additional CA for Redis over TLS. */
  readonly redisCa: string | null;
  readonly cckm: CckmConfig;
  readonly api: {
    readonly host: string;
    readonly port: number;
    readonly adminToken: string | null;
    /** Where the certificate of the API stands; null: plain http. */
    readonly tls: KeyPairFiles | null;
    /** Proxies whose word on the address of a client is believed: addresses, networks and `loopback`. */
    readonly trustProxy: readonly string[];
    /** Requests a minute of one caller; 0: any number. */
    readonly rateLimit: number;
    /** A preview older than this is checked again before it runs. */
    readonly previewMaxAgeMs: number;
    /** An approval that is older when its plan would start counts no more. */
    readonly approvalMaxAgeMs: number;
    /** `/metrics` needs no token. */
    readonly metricsOpen: boolean;
    /** PEM of the Ed25519 key that signs checkpoints of the audit log; null: none are signed. */
    readonly signingKey: string | null;
    /** Where the last checkpoint is kept outside Postgres; null: nowhere. */
    readonly auditCheckpointFile: string | null;
    /** Null: callers have API tokens only. */
    readonly oidc: OidcConfig | null;
    /** How long a browser stays logged in: without a request, and at most. */
    readonly sessions: SessionLimits;
  };
  readonly worker: {
    /** Calls to CCKM that this process has under way at most. */
    readonly concurrency: number;
    /** How long what this worker holds stays its own without a heartbeat. */
    readonly leaseMs: number;
    /** Where this worker's own metrics are; a port of null: nowhere. */
    readonly metrics: { readonly host: string; readonly port: number | null };
  };
  /** The address of this installation, for others: no slash at its end. Null: it is not known. */
  readonly publicUrl: string | null;
  readonly webhooks: {
    /** Where webhooks may go: `hooks.example.com`, `*.example.com`, with a port where it is not the usual one. None: nowhere. */
    readonly hosts: readonly string[];
    /** Networks and addresses beside the public ones that these hosts may have. */
    readonly networks: readonly string[];
    /** PEM of an additional CA. */
    readonly ca: string | null;
  };
  /** Tokens by the names that `http` steps of drills give them, each with the hosts that it may be sent to. */
  readonly checkTokens: ReadonlyMap<string, { readonly token: string; readonly hosts: readonly string[] }>;
  readonly verify: {
    /** Between two looks at a new replica, at first; it grows to 12 times this. */
    readonly pollMs: number;
    /** How long a replica may take to become usable. */
    readonly timeoutMs: number;
  };
  readonly quotas: {
    /** AWS quotas, requests a second per account and Region. */
    readonly perSecond: Readonly<Record<LaneOperation, number>>;
    /** The share of a quota that is used; the rest is for everybody else in the account. */
    readonly headroom: number;
    /** KMS keys that an account may have in one Region, whatever their state. */
    readonly keys: number;
  };
  /** Patterns of tag keys that are neither compared nor copied, in every plan and policy. */
  readonly ignoreTags: readonly string[];
  /** Plans that finished longer ago than so many days are archived; null: none. */
  readonly archiveAfterDays: number | null;
  readonly estate: {
    /** The list of keys of CCKM is read again when it is viewed and older than this. */
    readonly maxAgeMs: number;
  };
  /** What one KMS key costs a month: an assumption, for estimates only. */
  readonly keyPrice: { readonly amount: number; readonly currency: string };
  /** Keys of 32 bytes that seal key policies and secrets of webhooks in Postgres; the first seals, all open. Empty: policies stand there in clear, and there are no webhooks. */
  readonly encryptionKeys: readonly Uint8Array[];
  /** Where traces go, and which; null: nowhere. */
  readonly tracing: TracingSettings | null;
  readonly logLevel: (typeof logLevels)[number];
  readonly dataDirectory: string;
}

export interface SessionLimits {
  readonly idleSeconds: number;
  readonly mostSeconds: number;
}

export interface CckmConfig {
  readonly url: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly domain: string | null;
  readonly authDomain: string | null;
  readonly connection: string | null;
  readonly refreshToken: string | null;
  /** The files that these two were read from; null: the environment held them. */
  readonly secretFiles: { readonly password: string | null; readonly refreshToken: string | null };
  /** PEM of an additional CA. */
  readonly ca: string | null;
  /** What this side shows of itself. */
  readonly clientKeyPair: KeyPair | null;
  readonly insecureTls: boolean;
  readonly callTimeoutMs: number;
  /** What all reads of one process share: requests a second, and under way at once. */
  readonly reads: { readonly perSecond: number; readonly atOnce: number };
}

/** A wrong environment: every variable that is wrong, and what it may be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const secrets = [
  'CCKM_PASSWORD',
  'CCKM_REFRESH_TOKEN',
  'KEYFERRY_ADMIN_TOKEN',
  'KEYFERRY_ENCRYPTION_KEY',
  'KEYFERRY_SIGNING_KEY',
  'KEYFERRY_OIDC_CLIENT_SECRET',
  'KEYFERRY_CHECK_TOKENS',
  'DATABASE_URL',
  'KEYFERRY_MIGRATION_DATABASE_URL',
  'REDIS_URL',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
] as const;

/** Files that are given together or not at all. */
const filePairs = [
  ['KEYFERRY_TLS_CERT_FILE', 'KEYFERRY_TLS_KEY_FILE'],
  ['CCKM_CLIENT_CERT_FILE', 'CCKM_CLIENT_KEY_FILE'],
] as const;

const milliseconds = (least: number, most: number, fallback: number) =>
  wholeNumber({ of: 'milliseconds', least, most }).default(fallback);
const perSecond = (fallback: number) =>
  anyNumber({ of: 'requests a second', least: 0.01, most: 10_000 }).default(fallback);
const port = wholeNumber({ least: 0, most: 65_535 });
const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'], { error: 'expected true or false' })
  .default('false')
  .transform((text) => ['true', '1', 'yes'].includes(text));
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** What stands between commas. */
const listed = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim().toLowerCase() || []));

const hostName = '[a-z0-9-]+(?:\\.[a-z0-9-]+)*';
const ipv6Host = '\\[[0-9a-f:.]+\\]';
const itsPort = '(?::\\d{1,5})?';

const webhookHosts = listed.pipe(
  z.array(
    z.string().regex(new RegExp(`^(?:(?:\\*\\.)?${hostName}|${ipv6Host})${itsPort}$`), {
      error: 'expected hosts such as hooks.example.com, *.example.com and hooks.example.com:8443, separated by commas',
    }),
  ),
);
const webhookNetworks = listed.pipe(
  z.array(
    z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
      error: 'expected addresses and networks such as 10.1.0.0/16, separated by commas',
    }),
  ),
);

const tagPatterns = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
  .pipe(
    z.array(
      z.string().regex(/^[\p{L}\p{N}\p{Z}_.:/=+\-@*]{1,128}$/u, {
        error: 'expected tag keys such as c7n-*, separated by commas; "*" matches any characters',
      }),
    ),
  );

const proxies = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
  .pipe(
    z.array(
      z.union([z.literal('loopback'), z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
        error: 'expected addresses, networks such as 10.1.0.0/16, and loopback, separated by commas',
      }),
    ),
  );

const quotaVariable = (operation: LaneOperation): string =>
  `KEYFERRY_QUOTA_${operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`;

/** `openssl rand -base64 32`, one or several, separated by commas or white space. */
const encryptionKeys = z.string().transform((text, context) => {
  const keys = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((key) => Buffer.from(key, 'base64'));
  if (keys.length > 0 && keys.every(({ length }) => length === 32)) return keys;
  context.addIssue({
    code: 'custom',
    message: 'expected keys of 32 bytes in base64, separated by commas; `openssl rand -base64 32` creates one',
  });
  return z.NEVER;
});

const checkTokenLine = /^\s*([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?:@([^\s=]*))?=([\x21-\x7e]+)\s*$/;
const checkTokenHost = new RegExp(`^(?:${hostName}|${ipv6Host})${itsPort}$`);

/** `name@host=token`, one per line. Errors name only the line: it may contain a secret. */
const checkTokens = z
  .string()
  .default('')
  .transform((text, context) => {
    const tokens = new Map<string, { token: string; hosts: string[] }>();
    for (const [at, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue;
      const [, name = '', listedHosts = '', token = ''] = checkTokenLine.exec(line) ?? [];
      const hosts = listedHosts.toLowerCase().split(',');
      const wrong =
        name === ''
          ? 'does not have this form'
          : listedHosts === ''
            ? 'has no host for its token'
            : !hosts.every((host) => checkTokenHost.test(host))
              ? 'has an invalid host'
              : tokens.has(name)
                ? 'repeats a name'
                : null;
      if (wrong === null) tokens.set(name, { token, hosts });
      else
        context.addIssue({
          code: 'custom',
          message: `expected one name@host=token per line, such as payments-check@checks.example.com=… (several hosts with commas, a port if it is not 443), each name once; line ${at + 1} ${wrong}`,
        });
    }
    return tokens;
  });

const postgresAddress = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'expected an address that starts with postgres:// or postgresql://');

const environment = z.object({
  DATABASE_URL: postgresAddress.optional(),
  KEYFERRY_MIGRATION_DATABASE_URL: postgresAddress.optional(),
  REDIS_URL: z
    .string()
    .regex(/^(redis|rediss|redis-sentinel|rediss-sentinel|redis-cluster|rediss-cluster):\/\//, {
      error:
        'expected redis://, redis-sentinel:// or redis-cluster:// (over TLS: rediss://, rediss-sentinel://, rediss-cluster://)',
    })
    .optional(),
  REDIS_CA_FILE: z.string().optional(),
  // That it must be https but for loopback, and hold no login, is baseUrl's rule.
  CCKM_URL: z.url({ protocol: /^https?$/, error: 'expected an https:// address' }).optional(),
  CCKM_USERNAME: z.string().optional(),
  CCKM_PASSWORD: z.string().optional(),
  CCKM_DOMAIN: z.string().optional(),
  CCKM_AUTH_DOMAIN: z.string().optional(),
  CCKM_CONNECTION: z.string().optional(),
  CCKM_REFRESH_TOKEN: z.string().optional(),
  CCKM_CA_FILE: z.string().optional(),
  CCKM_CLIENT_CERT_FILE: z.string().optional(),
  CCKM_CLIENT_KEY_FILE: z.string().optional(),
  CCKM_INSECURE_TLS: flag,
  CCKM_CALL_TIMEOUT_MS: milliseconds(100, 600_000, 30_000),
  KEYFERRY_CCKM_READS_PER_SECOND: anyNumber({ of: 'requests a second', least: 0.1, most: 10_000 }).default(50),
  KEYFERRY_CCKM_READS_AT_ONCE: wholeNumber({ of: 'requests', least: 1, most: 256 }).default(16),
  KEYFERRY_ADMIN_TOKEN: z
    .string()
    .min(32, 'expected at least 32 characters; create it with `openssl rand -base64 32`')
    .optional(),
  KEYFERRY_ENCRYPTION_KEY: encryptionKeys.optional(),
  KEYFERRY_SIGNING_KEY: z.string().optional(),
  KEYFERRY_AUDIT_CHECKPOINT_FILE: z.string().optional(),
  KEYFERRY_HOST: z.string().default('127.0.0.1'),
  KEYFERRY_PORT: port.default(4400),
  KEYFERRY_METRICS_OPEN: flag,
  KEYFERRY_WORKER_METRICS_HOST: z.string().default('127.0.0.1'),
  KEYFERRY_WORKER_METRICS_PORT: port.optional(),
  KEYFERRY_TLS_CERT_FILE: z.string().optional(),
  KEYFERRY_TLS_KEY_FILE: z.string().optional(),
  KEYFERRY_TRUST_PROXY: proxies,
  KEYFERRY_RATE_LIMIT: wholeNumber({ of: 'cost units a minute', least: 0, most: 10_000_000 }).default(30_000),
  KEYFERRY_SESSION_IDLE_MINUTES: wholeNumber({ of: 'minutes', least: 1, most: 1_440 }).default(60),
  KEYFERRY_SESSION_HOURS: wholeNumber({ of: 'hours', least: 1, most: 168 }).default(12),
  ...oidcEnvironment,
  KEYFERRY_WEBHOOK_HOSTS: webhookHosts,
  KEYFERRY_WEBHOOK_NETWORKS: webhookNetworks,
  KEYFERRY_WEBHOOK_CA_FILE: z.string().optional(),
  KEYFERRY_CHECK_TOKENS: checkTokens,
  KEYFERRY_LOG_LEVEL: z.enum(logLevels, { error: `expected one of ${logLevels.join(', ')}` }).default('info'),
  KEYFERRY_DATA_DIR: z.string().default('.keyferry'),
  KEYFERRY_WORKER_CONCURRENCY: wholeNumber({ of: 'calls', least: 1, most: 5_000 }).default(2_000),
  KEYFERRY_QUOTA_HEADROOM: anyNumber({ least: 0, most: 1, above: true }).default(0.9),
  KEYFERRY_PREVIEW_MAX_AGE_MS: milliseconds(0, 7 * 24 * 3_600_000, 5 * 60_000),
  KEYFERRY_KEYS_MAX_AGE_MS: milliseconds(1_000, 86_400_000, 300_000),
  KEYFERRY_APPROVAL_MAX_AGE_MS: milliseconds(1_000, 365 * 24 * 3_600_000, 7 * 24 * 3_600_000),
  KEYFERRY_QUOTA_KEYS: wholeNumber({ of: 'keys', least: 1, most: 100_000_000 }).default(100_000),
  KEYFERRY_IGNORE_TAGS: tagPatterns,
  KEYFERRY_ARCHIVE_AFTER_DAYS: anyNumber({ of: 'days', least: 0, most: 36_500, above: true }).optional(),
  KEYFERRY_KEY_PRICE: anyNumber({ of: 'money', least: 0, most: 1_000_000 }).default(1),
  KEYFERRY_KEY_PRICE_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'expected a currency code of three capital letters, such as USD')
    .default('USD'),
  KEYFERRY_VERIFY_POLL_MS: milliseconds(10, 600_000, 5_000),
  KEYFERRY_VERIFY_TIMEOUT_MS: milliseconds(100, 24 * 3_600_000, 20 * 60_000),
  KEYFERRY_LEASE_MS: milliseconds(200, 3_600_000, 30_000),
  ...tracingVariables,
  ...Object.fromEntries(
    laneOperations.map((operation) => [quotaVariable(operation), perSecond(defaultQuotas[operation])]),
  ),
});

/** Every variable that is read, but for the `…_FILE` of secrets. */
export const environmentVariables: readonly string[] = Object.keys(environment.shape);

export interface DescribedVariable {
  readonly name: string;
  readonly meaning: string;
  /** May stand in a file that `<name>_FILE` names. */
  readonly secret: boolean;
  /** The form or range of its value; null: any text. */
  readonly takes: string | null;
  /** What counts where it is not set; null: nothing. */
  readonly fallback: string | null;
}

/** Every variable by its group, for the reference: form and default are those that `loadConfig` goes by. */
export function describedVariables(): (Pick<VariableGroup, 'title' | 'readBy'> & { variables: DescribedVariable[] })[] {
  const fallbacks: Record<string, unknown> = environment.parse({});
  const wrong = environment.safeParse(Object.fromEntries(environmentVariables.map((name) => [name, '\0']))).error;
  return variableGroups.map(({ title, readBy, variables }) => ({
    title,
    readBy,
    variables: Object.entries(variables).map(([name, meaning]) => {
      const fallback = fallbacks[name];
      const complaint = wrong?.issues.find(({ path }) => path[0] === name)?.message;
      return {
        name,
        meaning,
        secret: secrets.some((secret) => secret === name),
        takes: complaint?.replace(/^expected /, '').replace(/; line \d.*$/, '') ?? null,
        fallback: fallback === undefined || typeof fallback === 'object' ? null : String(fallback),
      };
    }),
  }));
}

/**
 * Reads the configuration from an environment. A variable that is empty counts as not set; a secret `X` may stand in a
 * file named by `X_FILE`. Throws a ConfigError that names every wrong variable, what it may be and what it is; never
 * repeats a secret.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  for (const name of secrets) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set; keep one of them.`);
    else given[name] = readOrNote(`${name}_FILE`, file, problems)?.trimEnd();
  }
  for (const pair of filePairs) {
    const [missing] = pair.filter((name) => given[name] === undefined);
    if (missing !== undefined && pair.some((name) => given[name] !== undefined)) {
      problems.push(`${missing} is not set: ${pair.join(' and ')} must be set together.`);
    }
  }
  const pems: Pems = {
    cckmCa: readCaOrNote('CCKM_CA_FILE', given.CCKM_CA_FILE, problems),
    redisCa: readCaOrNote('REDIS_CA_FILE', given.REDIS_CA_FILE, problems),
    oidcCa: readCaOrNote('KEYFERRY_OIDC_CA_FILE', given.KEYFERRY_OIDC_CA_FILE, problems),
    webhookCa: readCaOrNote('KEYFERRY_WEBHOOK_CA_FILE', given.KEYFERRY_WEBHOOK_CA_FILE, problems),
    cckmClient: readPairOrNote(given, problems),
  };
  problems.push(...oidcProblems(given));
  const parsed = environment.safeParse(given, { reportInput: true });
  if (!parsed.success) problems.push(...explainIssues(parsed.error.issues, given, env));
  else if (given.KEYFERRY_MIGRATION_DATABASE_URL !== undefined && given.DATABASE_URL === undefined) {
    problems.push(
      'DATABASE_URL is not set: KEYFERRY_MIGRATION_DATABASE_URL needs it (the same database, another role).',
    );
  }
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(`The environment is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
  const { CCKM_PASSWORD_FILE: password = null, CCKM_REFRESH_TOKEN_FILE: refreshToken = null } = given;
  return shape(parsed.data, pems, { password, refreshToken });
}

/** One line a variable, and one an entry of a list. */
function explainIssues(
  issues: readonly z.core.$ZodIssue[],
  given: NodeJS.ProcessEnv,
  env: NodeJS.ProcessEnv,
): Iterable<string> {
  const hidden = secrets.flatMap((name) => given[name] ?? []);
  const lines = issues.map((issue) => {
    const [name = '', ...entry] = issue.path.map(String);
    const value = entry.length > 0 ? String(issue.input) : (given[name] ?? '');
    return explainProblem({
      name,
      expected: issue.message,
      given: value,
      // A secret may have been put into the wrong variable too.
      secret: secrets.some((secret) => secret === name) || hidden.some((secret) => value.includes(secret)),
      fileVariable: env[name] ? null : `${name}_FILE`,
    });
  });
  return new Set(lines);
}

function readOrNote(variable: string, path: string, problems: string[]): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`${variable}: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`);
    return null;
  }
}

/** TLS itself would pass over in silence what is no certificate. */
function readCaOrNote(variable: string, path: string | undefined, problems: string[]): string | null {
  const pem = path === undefined ? null : readOrNote(variable, path, problems);
  try {
    if (pem !== null) new X509Certificate(pem);
  } catch {
    problems.push(`${variable}: ${path} has no certificate in PEM.`);
  }
  return pem;
}

function readPairOrNote(given: NodeJS.ProcessEnv, problems: string[]): KeyPair | null {
  const files = keyPairFiles(given.CCKM_CLIENT_CERT_FILE, given.CCKM_CLIENT_KEY_FILE);
  try {
    return files && readKeyPair(files);
  } catch (error) {
    problems.push(`CCKM_CLIENT_CERT_FILE, CCKM_CLIENT_KEY_FILE: ${(error as Error).message}`);
    return null;
  }
}

function keyPairFiles(certFile: string | undefined, keyFile: string | undefined): KeyPairFiles | null {
  return certFile === undefined || keyFile === undefined ? null : { certFile, keyFile };
}

/** What stands in files that the environment names. */
interface Pems {
  readonly cckmCa: string | null;
  readonly redisCa: string | null;
  readonly oidcCa: string | null;
  readonly webhookCa: string | null;
  readonly cckmClient: KeyPair | null;
}

function shape(env: z.infer<typeof environment>, pems: Pems, secretFiles: CckmConfig['secretFiles']): Config {
  const quotas = env as unknown as Record<string, number>;
  return {
    database: { url: env.DATABASE_URL ?? null, migrationUrl: env.KEYFERRY_MIGRATION_DATABASE_URL ?? null },
    redisUrl: env.REDIS_URL ?? null,
    redisCa: pems.redisCa,
    cckm: {
      url: env.CCKM_URL ?? null,
      username: env.CCKM_USERNAME ?? null,
      password: env.CCKM_PASSWORD ?? null,
      domain: env.CCKM_DOMAIN ?? null,
      authDomain: env.CCKM_AUTH_DOMAIN ?? null,
      connection: env.CCKM_CONNECTION ?? null,
      refreshToken: env.CCKM_REFRESH_TOKEN ?? null,
      secretFiles,
      ca: pems.cckmCa,
      clientKeyPair: pems.cckmClient,
      insecureTls: env.CCKM_INSECURE_TLS,
      callTimeoutMs: env.CCKM_CALL_TIMEOUT_MS,
      reads: { perSecond: env.KEYFERRY_CCKM_READS_PER_SECOND, atOnce: env.KEYFERRY_CCKM_READS_AT_ONCE },
    },
    api: {
      host: env.KEYFERRY_HOST,
      port: env.KEYFERRY_PORT,
      adminToken: env.KEYFERRY_ADMIN_TOKEN ?? null,
      trustProxy: env.KEYFERRY_TRUST_PROXY,
      rateLimit: env.KEYFERRY_RATE_LIMIT,
      tls: keyPairFiles(env.KEYFERRY_TLS_CERT_FILE, env.KEYFERRY_TLS_KEY_FILE),
      previewMaxAgeMs: env.KEYFERRY_PREVIEW_MAX_AGE_MS,
      approvalMaxAgeMs: env.KEYFERRY_APPROVAL_MAX_AGE_MS,
      metricsOpen: env.KEYFERRY_METRICS_OPEN,
      signingKey: env.KEYFERRY_SIGNING_KEY ?? null,
      auditCheckpointFile: env.KEYFERRY_AUDIT_CHECKPOINT_FILE ?? null,
      oidc: oidcSettings(env, pems.oidcCa),
      sessions: {
        idleSeconds: env.KEYFERRY_SESSION_IDLE_MINUTES * 60,
        mostSeconds: env.KEYFERRY_SESSION_HOURS * 3_600,
      },
    },
    worker: {
      concurrency: env.KEYFERRY_WORKER_CONCURRENCY,
      leaseMs: env.KEYFERRY_LEASE_MS,
      metrics: { host: env.KEYFERRY_WORKER_METRICS_HOST, port: env.KEYFERRY_WORKER_METRICS_PORT ?? null },
    },
    publicUrl: env.KEYFERRY_PUBLIC_URL?.replace(/\/$/, '') ?? null,
    webhooks: { hosts: env.KEYFERRY_WEBHOOK_HOSTS, networks: env.KEYFERRY_WEBHOOK_NETWORKS, ca: pems.webhookCa },
    checkTokens: env.KEYFERRY_CHECK_TOKENS,
    verify: { pollMs: env.KEYFERRY_VERIFY_POLL_MS, timeoutMs: env.KEYFERRY_VERIFY_TIMEOUT_MS },
    quotas: {
      perSecond: Object.fromEntries(
        laneOperations.map((operation) => [operation, quotas[quotaVariable(operation)]]),
      ) as Record<LaneOperation, number>,
      headroom: env.KEYFERRY_QUOTA_HEADROOM,
      keys: env.KEYFERRY_QUOTA_KEYS,
    },
    ignoreTags: env.KEYFERRY_IGNORE_TAGS,
    archiveAfterDays: env.KEYFERRY_ARCHIVE_AFTER_DAYS ?? null,
    estate: { maxAgeMs: env.KEYFERRY_KEYS_MAX_AGE_MS },
    keyPrice: { amount: env.KEYFERRY_KEY_PRICE, currency: env.KEYFERRY_KEY_PRICE_CURRENCY },
    encryptionKeys: env.KEYFERRY_ENCRYPTION_KEY ?? [],
    tracing: tracingOf(env),
    logLevel: env.KEYFERRY_LOG_LEVEL,
    dataDirectory: env.KEYFERRY_DATA_DIR,
  };
}
