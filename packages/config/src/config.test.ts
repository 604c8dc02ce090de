import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

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

  it('names every wrong variable and repeats no value', () => {
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

  it('refuses a secret that is given twice, and a file that is not there', () => {
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

  it('refuses half of a pair of files, and what is no certificate', () => {
    expect(() => loadConfig({ KEYFERRY_TLS_CERT_FILE: '/tls.crt' })).toThrow(
      /KEYFERRY_TLS_KEY_FILE is not set: .*together/,
    );
    expect(() => loadConfig({ CCKM_CLIENT_KEY_FILE: '/tls.key' })).toThrow(
      /CCKM_CLIENT_CERT_FILE is not set: .*together/,
    );
    const ca = fileURLToPath(import.meta.url);
    expect(() => loadConfig({ CCKM_CA_FILE: ca })).toThrow(`CCKM_CA_FILE: ${ca} holds no certificate in PEM.`);
    const both = { CCKM_CLIENT_CERT_FILE: '/nowhere.crt', CCKM_CLIENT_KEY_FILE: '/nowhere.key' };
    expect(() => loadConfig(both)).toThrow(/CCKM_CLIENT_KEY_FILE: cannot read \/nowhere\.crt/);
  });

  it('takes the proxies to trust one by one, and none that is not named', () => {
    expect(loadConfig({}).api.trustProxy).toEqual([]);
    const given = loadConfig({ KEYFERRY_TRUST_PROXY: 'loopback, 10.1.0.0/16,192.0.2.1, 2001:db8::/32,' });
    expect(given.api.trustProxy).toEqual(['loopback', '10.1.0.0/16', '192.0.2.1', '2001:db8::/32']);
    for (const wrong of ['true', '1', 'proxy.example.com', '10.1.0.0/33', '10.0.0.1;10.0.0.2']) {
      expect(() => loadConfig({ KEYFERRY_TRUST_PROXY: wrong })).toThrow(/KEYFERRY_TRUST_PROXY.*takes addresses/);
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

  it('takes an OIDC provider with each role by its own name, named by sub, unless told otherwise', () => {
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
      /must be an origin/,
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

  it('sends traces nowhere unless it is told where, and takes the headers for it from a file', () => {
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
