import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigError, describedVariables, environmentVariables, loadConfig } from './config.ts';
import { listenProblem } from './listen-problem.ts';

describe('the configuration', () => {
  it('is usable with nothing set, by the documented defaults', () => {
    expect(loadConfig({})).toMatchObject({
      database: { url: null },
      redisUrl: null,
      api: { port: 4400 },
      quotas: { perSecond: { ReplicateKey: 5, CreateKey: 5, GetParametersForImport: 1 }, headroom: 0.9 },
      verify: { timeoutMs: 1_200_000 },
    });
  });

  it('names every wrong variable at once, and repeats no secret', () => {
    const load = () =>
      loadConfig({ KEYFERRY_PORT: 'eighty', DATABASE_URL: 'mysql://u:s3cret@h/d', KEYFERRY_QUOTA_HEADROOM: '2' });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/KEYFERRY_PORT/);
    expect(load).toThrow(/DATABASE_URL/);
    expect(load).toThrow(/KEYFERRY_QUOTA_HEADROOM/);
    expect(load).not.toThrow(/s3cret/);
  });

  it('reads a secret from a file, without the newline at its end', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'keyferry-config-')), 'password');
    writeFileSync(file, 'p@ss word\n');
    expect(loadConfig({ CCKM_PASSWORD_FILE: file }).cckm.password).toBe('p@ss word');
  });

  it('refuses a secret that is set twice, and a missing file', () => {
    expect(() => loadConfig({ CCKM_PASSWORD: 'a', CCKM_PASSWORD_FILE: '/nowhere' })).toThrow(/both set/);
    expect(() => loadConfig({ CCKM_PASSWORD_FILE: '/nowhere' })).toThrow(/CCKM_PASSWORD_FILE: cannot read/);
  });

  it('takes encryption keys of 32 bytes, one or several, and repeats none that is wrong', () => {
    const [one, two] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];
    expect(loadConfig({ KEYFERRY_ENCRYPTION_KEY: `${one},\n${two}` }).encryptionKeys.map(([byte]) => byte)).toEqual([
      1, 2,
    ]);
    const load = () => loadConfig({ KEYFERRY_ENCRYPTION_KEY: `${one},dG9vIHNob3J0` });
    expect(load).toThrow(/KEYFERRY_ENCRYPTION_KEY.*32 bytes in base64/);
    expect(load).not.toThrow(/dG9vIHNob3J0/);
  });

  it('takes an admin token of 32 characters, not counting the newline at the end of its file, and none at all', () => {
    const token = 'sixteen-and-so-on'.padEnd(32, '.');
    expect(loadConfig({ KEYFERRY_ADMIN_TOKEN: token }).api.adminToken).toBe(token);
    expect(loadConfig({}).api.adminToken).toBeNull();
    const file = join(mkdtempSync(join(tmpdir(), 'keyferry-config-')), 'token');
    writeFileSync(file, `${token.slice(1)}\n`);
    expect(() => loadConfig({ KEYFERRY_ADMIN_TOKEN_FILE: file })).toThrow(/at least 32 characters; create it with/);
  });

  it('binds each token of a check to the hosts that it may be sent to', () => {
    const given = [
      'payments@checks.example.com,Odd.example.com:8443=dG9rZW4=',
      '',
      ' ledger@[::1]:9000=p@ss=word ',
    ].join('\r\n');
    expect([...loadConfig({ KEYFERRY_CHECK_TOKENS: given }).checkTokens]).toEqual([
      ['payments', { token: 'dG9rZW4=', hosts: ['checks.example.com', 'odd.example.com:8443'] }],
      ['ledger', { token: 'p@ss=word', hosts: ['[::1]:9000'] }],
    ]);
  });

  it('refuses a token of a check that is bound to no host, and says how it is written now', () => {
    const load = () => loadConfig({ KEYFERRY_CHECK_TOKENS: 'fine@a.example=s3cret\npayments-check=s3cret-2' });
    expect(load).toThrow(/line 2 has no host for its token/);
    expect(load).toThrow(/payments-check@checks\.example\.com=/);
    expect(load).not.toThrow(/s3cret/);
    const twice = 'a@a.example=s3cret\na@b.example=s3cret';
    expect(() => loadConfig({ KEYFERRY_CHECK_TOKENS: twice })).toThrow(/line 2 repeats a name/);
  });

  it('refuses half of a pair of files, and a file that is not a certificate', () => {
    expect(() => loadConfig({ KEYFERRY_TLS_CERT_FILE: '/tls.crt' })).toThrow(
      /KEYFERRY_TLS_KEY_FILE is not set: .*together/,
    );
    expect(() => loadConfig({ CCKM_CLIENT_KEY_FILE: '/tls.key' })).toThrow(
      /CCKM_CLIENT_CERT_FILE is not set: .*together/,
    );
    const ca = fileURLToPath(import.meta.url);
    expect(() => loadConfig({ CCKM_CA_FILE: ca })).toThrow(`CCKM_CA_FILE: ${ca} has no certificate in PEM.`);
    const both = { CCKM_CLIENT_CERT_FILE: '/nowhere.crt', CCKM_CLIENT_KEY_FILE: '/nowhere.key' };
    expect(() => loadConfig(both)).toThrow(/CCKM_CLIENT_KEY_FILE: cannot read \/nowhere\.crt/);
  });

  it('trusts only the listed proxies', () => {
    expect(loadConfig({}).api.trustProxy).toEqual([]);
    const given = loadConfig({ KEYFERRY_TRUST_PROXY: 'loopback, 10.1.0.0/16,192.0.2.1, 2001:db8::/32,' });
    expect(given.api.trustProxy).toEqual(['loopback', '10.1.0.0/16', '192.0.2.1', '2001:db8::/32']);
    for (const wrong of ['true', '1', 'proxy.example.com', '10.1.0.0/33', '10.0.0.1;10.0.0.2']) {
      expect(() => loadConfig({ KEYFERRY_TRUST_PROXY: wrong })).toThrow(/KEYFERRY_TRUST_PROXY.*expected addresses/);
    }
  });

  it('takes quotas by operation', () => {
    const { quotas } = loadConfig({
      KEYFERRY_QUOTA_CREATE_KEY: '50',
      KEYFERRY_QUOTA_GET_PARAMETERS_FOR_IMPORT: '0.25',
    });
    expect(quotas.perSecond).toMatchObject({ CreateKey: 50, ReplicateKey: 5, GetParametersForImport: 0.25 });
  });

  const issuer = { KEYFERRY_OIDC_ISSUER: 'https://id.example.com/realms/x', KEYFERRY_OIDC_AUDIENCE: 'keyferry' };

  it('maps each role by its own name and callers by sub, unless configured otherwise', () => {
    expect(loadConfig({}).api.oidc).toBeNull();
    const { oidc } = loadConfig(issuer).api;
    expect(oidc).toMatchObject({ roleClaim: 'roles', nameClaim: 'sub', clockSkewSeconds: 30, ca: null, login: null });
    expect(oidc?.roles.get('approver')).toBe('approver');
    const login = { KEYFERRY_OIDC_CLIENT_ID: 'keyferry', KEYFERRY_PUBLIC_URL: 'https://keyferry.example.com/' };
    const told = loadConfig({ ...issuer, ...login, KEYFERRY_OIDC_ROLES: 'CN=ops=operator, key admins = admin' }).api
      .oidc;
    expect([...(told?.roles ?? [])]).toEqual([
      ['CN=ops', 'operator'],
      ['key admins', 'admin'],
    ]);
    expect(told?.login).toEqual({
      clientId: 'keyferry',
      clientSecret: null,
      publicUrl: 'https://keyferry.example.com',
    });
  });

  it.each([
    [
      'an issuer without an audience',
      { KEYFERRY_OIDC_ISSUER: 'https://id.example.com' },
      /KEYFERRY_OIDC_AUDIENCE is not/,
    ],
    ['an audience without an issuer', { KEYFERRY_OIDC_AUDIENCE: 'x' }, /KEYFERRY_OIDC_ISSUER is not set/],
    [
      'a client that browsers cannot come back to',
      { ...issuer, KEYFERRY_OIDC_CLIENT_ID: 'x' },
      /KEYFERRY_PUBLIC_URL is/,
    ],
    ['plain http', { ...issuer, KEYFERRY_OIDC_ISSUER: 'http://id.example.com' }, /plain http to loopback only/],
    [
      'a host that only begins like loopback',
      { ...issuer, KEYFERRY_OIDC_ISSUER: 'http://127.0.0.1.evil.example' },
      /loopback/,
    ],
    [
      'a path behind the origin',
      { ...issuer, KEYFERRY_PUBLIC_URL: 'https://example.com/keyferry' },
      /expected an origin/,
    ],
    [
      'a role that there is not',
      { ...issuer, KEYFERRY_OIDC_ROLES: 'ops=root' },
      /KEYFERRY_OIDC_ROLES.*<claim value>=<role>/,
    ],
    ['one value for two roles', { ...issuer, KEYFERRY_OIDC_ROLES: 'x=viewer,x=admin' }, /each value once/],
  ])('refuses for OIDC %s', (_what, env, message) => {
    expect(() => loadConfig(env)).toThrow(message);
  });

  it('takes the role that owns the tables only with another one for the same database', () => {
    const migrationUrl = 'postgres://owner@db/keyferry';
    const env = { KEYFERRY_MIGRATION_DATABASE_URL: migrationUrl };
    expect(() => loadConfig(env)).toThrow(/DATABASE_URL is not set: KEYFERRY_MIGRATION_DATABASE_URL/);
    const url = 'postgres://application@db/keyferry';
    expect(loadConfig({ ...env, DATABASE_URL: url }).database).toEqual({ url, migrationUrl });
    expect(loadConfig({}).database).toEqual({ url: null, migrationUrl: null });
  });

  it('sends no traces unless an address is set, and reads the headers from a file', () => {
    expect(loadConfig({}).tracing).toBeNull();
    const file = join(mkdtempSync(join(tmpdir(), 'keyferry-config-')), 'headers');
    writeFileSync(file, 'Authorization=Basic%20abc=,x-tenant=seven\n');
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/', OTEL_EXPORTER_OTLP_HEADERS_FILE: file };
    expect(loadConfig(env).tracing).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: { Authorization: 'Basic abc=', 'x-tenant': 'seven' },
      sampler: 'parentbased_always_on',
      ratio: 1,
    });
    const traces = 'https://collector/custom';
    expect(loadConfig({ ...env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces }).tracing?.url).toBe(traces);
    expect(loadConfig({ ...env, OTEL_SDK_DISABLED: 'true' }).tracing).toBeNull();
    const wrong = { OTEL_EXPORTER_OTLP_HEADERS: 's3cret', OTEL_TRACES_SAMPLER: 'some', OTEL_TRACES_SAMPLER_ARG: '2' };
    const load = () => loadConfig({ ...wrong, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' });
    for (const name of [...Object.keys(wrong), 'OTEL_EXPORTER_OTLP_ENDPOINT']) expect(load).toThrow(name);
    expect(load).not.toThrow(/s3cret/);
  });
});

/** Of every variable: values that it refuses, and what the message must say that it takes. `null`: it takes any text. */
const refusals: Readonly<Record<string, { wrong: readonly string[]; allowed: string } | null>> = {
  DATABASE_URL: { wrong: ['mysql://u:s3cret@h/d'], allowed: 'postgres:// or postgresql://' },
  KEYFERRY_MIGRATION_DATABASE_URL: { wrong: ['mysql://u:s3cret@h/d'], allowed: 'postgres:// or postgresql://' },
  REDIS_URL: { wrong: ['http://:s3cret@h'], allowed: 'rediss-sentinel://' },
  REDIS_CA_FILE: { wrong: ['/nowhere/ca.pem'], allowed: 'cannot read' },
  CCKM_URL: { wrong: ['cm.example.com', 'ftp://cm.example.com'], allowed: 'https://' },
  CCKM_USERNAME: null,
  CCKM_PASSWORD: null,
  CCKM_DOMAIN: null,
  CCKM_AUTH_DOMAIN: null,
  CCKM_CONNECTION: null,
  CCKM_REFRESH_TOKEN: null,
  CCKM_CA_FILE: { wrong: ['/nowhere/ca.pem'], allowed: 'cannot read' },
  CCKM_CLIENT_CERT_FILE: { wrong: ['/nowhere/tls.crt'], allowed: 'together' },
  CCKM_CLIENT_KEY_FILE: { wrong: ['/nowhere/tls.key'], allowed: 'together' },
  CCKM_INSECURE_TLS: { wrong: ['maybe', '2'], allowed: 'true or false' },
  CCKM_CALL_TIMEOUT_MS: { wrong: ['99', '600001', '30s', '1.5'], allowed: 'milliseconds from 100 to 600000' },
  KEYFERRY_CCKM_READS_PER_SECOND: { wrong: ['0', '10001', 'all'], allowed: 'requests a second from 0.1 to 10000' },
  KEYFERRY_CCKM_READS_AT_ONCE: { wrong: ['0', '257', '1.5'], allowed: 'requests from 1 to 256' },
  KEYFERRY_ADMIN_TOKEN: { wrong: ['hunter2', 'x'.repeat(31)], allowed: 'openssl rand -base64 32' },
  KEYFERRY_ENCRYPTION_KEY: { wrong: ['c2hvcnQ'], allowed: '32 bytes in base64' },
  // What it holds is checked by the API that signs with it.
  KEYFERRY_SIGNING_KEY: null,
  // It may not be there yet, and what it holds is checked by the same.
  KEYFERRY_AUDIT_CHECKPOINT_FILE: null,
  KEYFERRY_HOST: null,
  KEYFERRY_PORT: { wrong: ['eighty', '-1', '65536', '0x50', ' '], allowed: 'from 0 to 65535' },
  KEYFERRY_METRICS_OPEN: { wrong: ['open'], allowed: 'true or false' },
  KEYFERRY_WORKER_METRICS_HOST: null,
  KEYFERRY_WORKER_METRICS_PORT: { wrong: ['70000'], allowed: 'from 0 to 65535' },
  KEYFERRY_TLS_CERT_FILE: { wrong: ['/nowhere/tls.crt'], allowed: 'together' },
  KEYFERRY_TLS_KEY_FILE: { wrong: ['/nowhere/tls.key'], allowed: 'together' },
  KEYFERRY_TRUST_PROXY: { wrong: ['proxy.example.com', '10.1.0.0/33'], allowed: 'loopback' },
  KEYFERRY_RATE_LIMIT: { wrong: ['-1', 'none'], allowed: 'cost units a minute from 0 to 10000000' },
  KEYFERRY_SESSION_IDLE_MINUTES: { wrong: ['0', '1441'], allowed: 'minutes from 1 to 1440' },
  KEYFERRY_SESSION_HOURS: { wrong: ['0', '169'], allowed: 'hours from 1 to 168' },
  KEYFERRY_OIDC_ISSUER: { wrong: ['http://id.example.com', 'id'], allowed: 'https:// address' },
  KEYFERRY_OIDC_AUDIENCE: null,
  KEYFERRY_OIDC_ROLE_CLAIM: { wrong: ['a..b'], allowed: 'the name of a claim' },
  KEYFERRY_OIDC_ROLES: { wrong: ['ops=root'], allowed: 'roles are' },
  KEYFERRY_OIDC_NAME_CLAIM: { wrong: ['a b'], allowed: 'the name of a claim' },
  KEYFERRY_OIDC_CLOCK_SKEW_SECONDS: { wrong: ['-1', '301'], allowed: 'seconds from 0 to 300' },
  KEYFERRY_OIDC_CA_FILE: { wrong: ['/nowhere/ca.pem'], allowed: 'cannot read' },
  KEYFERRY_OIDC_CLIENT_ID: null,
  KEYFERRY_OIDC_CLIENT_SECRET: null,
  KEYFERRY_PUBLIC_URL: { wrong: ['https://example.com/keyferry'], allowed: 'an origin' },
  KEYFERRY_WEBHOOK_HOSTS: { wrong: ['https://hooks.example.com'], allowed: '*.example.com' },
  KEYFERRY_WEBHOOK_NETWORKS: { wrong: ['10.0.0'], allowed: '10.1.0.0/16' },
  KEYFERRY_WEBHOOK_CA_FILE: { wrong: ['/nowhere/ca.pem'], allowed: 'cannot read' },
  KEYFERRY_CHECK_TOKENS: {
    wrong: ['s3cret', 'old-form=s3cret', 'a@=s3cret', 'a@*.example.com=s3cret', 'a@https://b.example=s3cret'],
    allowed: 'name@host=token',
  },
  KEYFERRY_LOG_LEVEL: { wrong: ['verbose'], allowed: 'trace, debug, info, warn, error, silent' },
  KEYFERRY_DATA_DIR: null,
  KEYFERRY_WORKER_CONCURRENCY: { wrong: ['0', '5001', 'many'], allowed: 'calls from 1 to 5000' },
  KEYFERRY_QUOTA_HEADROOM: { wrong: ['0', '2', '90%'], allowed: 'above 0, at most 1' },
  KEYFERRY_PREVIEW_MAX_AGE_MS: { wrong: ['-1'], allowed: 'milliseconds from 0 to 604800000' },
  KEYFERRY_KEYS_MAX_AGE_MS: { wrong: ['999'], allowed: 'milliseconds from 1000 to 86400000' },
  KEYFERRY_APPROVAL_MAX_AGE_MS: { wrong: ['1'], allowed: 'milliseconds from 1000 to 31536000000' },
  KEYFERRY_QUOTA_KEYS: { wrong: ['0', 'all'], allowed: 'keys from 1 to 100000000' },
  KEYFERRY_ARCHIVE_AFTER_DAYS: { wrong: ['0', '-1', 'never', '36501'], allowed: 'days above 0, at most 36500' },
  KEYFERRY_IGNORE_TAGS: { wrong: ['team?', 'a$'], allowed: 'c7n-*' },
  KEYFERRY_KEY_PRICE: { wrong: ['-1', 'free'], allowed: 'from 0 to 1000000' },
  KEYFERRY_KEY_PRICE_CURRENCY: { wrong: ['euro', 'usd'], allowed: 'three capital letters' },
  KEYFERRY_VERIFY_POLL_MS: { wrong: ['9'], allowed: 'milliseconds from 10 to 600000' },
  KEYFERRY_VERIFY_TIMEOUT_MS: { wrong: ['99'], allowed: 'milliseconds from 100 to 86400000' },
  KEYFERRY_LEASE_MS: { wrong: ['100'], allowed: 'milliseconds from 200 to 3600000' },
  // OpenTelemetry has every value but `true` mean false.
  OTEL_SDK_DISABLED: null,
  OTEL_EXPORTER_OTLP_ENDPOINT: { wrong: ['collector:4317'], allowed: 'http:// or https://' },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: { wrong: ['collector:4317'], allowed: 'http:// or https://' },
  OTEL_EXPORTER_OTLP_HEADERS: { wrong: ['s3cret'], allowed: 'name=value' },
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: { wrong: ['s3cret'], allowed: 'name=value' },
  OTEL_TRACES_SAMPLER: { wrong: ['some'], allowed: 'parentbased_traceidratio' },
  OTEL_TRACES_SAMPLER_ARG: { wrong: ['2', 'half'], allowed: 'from 0 to 1' },
};

const oidc = { KEYFERRY_OIDC_ISSUER: 'https://id.example.com', KEYFERRY_OIDC_AUDIENCE: 'keyferry' };
const quotaVariables = environmentVariables.filter((name) => /^KEYFERRY_QUOTA_(?!KEYS$|HEADROOM$)/.test(name));
const secretVariables = [
  'DATABASE_URL',
  'KEYFERRY_MIGRATION_DATABASE_URL',
  'REDIS_URL',
  'KEYFERRY_ADMIN_TOKEN',
  'KEYFERRY_ENCRYPTION_KEY',
  'KEYFERRY_CHECK_TOKENS',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
];

/** The line of the error that is about this variable. */
function complaint(env: NodeJS.ProcessEnv, name: string): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.split('\n').find((line) => line.includes(name)) ?? '';
  }
  return '';
}

describe('every error of the configuration', () => {
  const table = {
    ...refusals,
    ...Object.fromEntries(
      quotaVariables.map((name) => [
        name,
        { wrong: ['0', '10001', '-5', 'five', 'Infinity', '1e9', '0x10'], allowed: 'from 0.01 to 10000' },
      ]),
    ),
  };
  const cases = Object.entries(table).flatMap(([name, refusal]) =>
    (refusal?.wrong ?? []).map((wrong) => ({ name, wrong, allowed: refusal?.allowed ?? '' })),
  );

  it('is tried for every variable', () => {
    expect(Object.keys(table).toSorted()).toEqual([...environmentVariables].toSorted());
  });

  it.each(cases)('of $name=$wrong names the variable, what is allowed and the given value', (one) => {
    const { name, wrong, allowed } = one;
    const line = complaint({ ...(name.startsWith('KEYFERRY_OIDC_') ? oidc : {}), [name]: wrong }, name);
    expect(line).toContain(allowed);
    if (secretVariables.includes(name)) expect(line).not.toContain(wrong);
    else if (allowed !== 'together') expect(line).toContain(wrong);
  });

  it.each(secretVariables)('of %s names the file that the secret was read from, and never the secret', (name) => {
    const file = join(mkdtempSync(join(tmpdir(), 'keyferry-config-')), 'secret');
    writeFileSync(file, 'a-s3cret');
    const line = complaint({ [`${name}_FILE`]: file }, name);
    expect(line).toContain(`read from ${name}_FILE`);
    expect(line).not.toContain('a-s3cret');
  });

  it('hides a login that stands in an address, and names the wrong entry of a list', () => {
    const address = complaint({ KEYFERRY_PUBLIC_URL: 'https://ops:s3cret@example.com/x' }, 'KEYFERRY_PUBLIC_URL');
    expect(address).toContain('https://***@example.com/x');
    const list = complaint({ KEYFERRY_TRUST_PROXY: 'loopback, proxy.example.com' }, 'KEYFERRY_TRUST_PROXY');
    expect(list).toMatch(/got "proxy\.example\.com"\.$/);
  });

  it('never shows a secret that was put into another variable', () => {
    const env = { KEYFERRY_PORT: 'a-s3cret'.repeat(4), KEYFERRY_ADMIN_TOKEN: 'a-s3cret'.repeat(4) };
    expect(complaint(env, 'KEYFERRY_PORT')).toMatch(/from 0 to 65535; the value is secret/);
  });

  it('of a place to listen names the variable', () => {
    const at = { host: '192.0.2.1', port: 80, hostVariable: 'KEYFERRY_HOST', portVariable: 'KEYFERRY_PORT' };
    const message = (code: string) => listenProblem(Object.assign(new Error(code), { code }), at).message;
    expect(message('EADDRINUSE')).toMatch(/^KEYFERRY_PORT: port 80 of 192\.0\.2\.1 is in use\./);
    expect(message('EACCES')).toMatch(/^KEYFERRY_PORT: .*from 1024 to 65535/);
    expect(message('EADDRNOTAVAIL')).toMatch(/^KEYFERRY_HOST: expected .*; got "192\.0\.2\.1"/);
    expect(message('EMFILE')).toBe('EMFILE');
  });
});

describe('the reference of the configuration', () => {
  const described = describedVariables().flatMap(({ variables }) => variables);

  it('describes every variable once', () => {
    expect(described.map(({ name }) => name).toSorted()).toEqual([...environmentVariables].toSorted());
  });

  it('says what a value must be and what counts without one, as they are read', () => {
    expect(described.find(({ name }) => name === 'CCKM_CALL_TIMEOUT_MS')).toMatchObject({
      takes: 'a whole number of milliseconds from 100 to 600000',
      fallback: '30000',
      secret: false,
    });
    expect(described.find(({ name }) => name === 'DATABASE_URL')).toMatchObject({ fallback: null, secret: true });
  });
});
