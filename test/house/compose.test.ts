import { readFileSync } from 'node:fs';
import { environmentVariables } from '@keyferry/config';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const { services, secrets } = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const { api, worker, migrate, valkey } = services as { [name in 'api' | 'worker' | 'migrate' | 'valkey']: Service };

const mounted = /^\/run\/secrets\/(.+)$/;
/** The secrets that a service's environment reads. */
const readBy = ({ environment = {} }: Service) =>
  Object.values(environment).flatMap((value) => mounted.exec(value)?.[1] ?? []);

describe('docker-compose.yml', () => {
  it('gives the API no login to CCKM, and the worker neither the admin token nor the key that signs', () => {
    expect(Object.keys(api.environment ?? {}).filter((name) => name.startsWith('CCKM_'))).toEqual(['CCKM_URL']);
    expect(api.secrets).not.toContain('cckm_password');
    expect(readBy(worker)).toContain('cckm_password');
    for (const own of ['admin_token', 'signing_key']) {
      expect(readBy(api)).toContain(own);
      expect(worker.secrets).not.toContain(own);
    }
  });

  it('gives each service the secrets that its environment reads, and no other; all of them from files', () => {
    for (const service of [api, worker, migrate])
      expect([...(service.secrets ?? [])].sort()).toEqual(readBy(service).sort());
    const given = Object.values(services).flatMap((service) => service.secrets ?? []);
    expect([...new Set(given)].sort()).toEqual(Object.keys(secrets).sort());
    for (const { file } of Object.values(secrets)) expect(file).toMatch(/^\.\/secrets\//);
  });

  it('gives the login of the owner of the tables to the migrations alone, which end before API and workers start', () => {
    for (const [name, { secrets: given = [] }] of Object.entries(services)) {
      expect(given.includes('migration_database_url')).toBe(name === 'migrate');
    }
    expect(migrate.command?.at(-1)).toBe('apps/api/src/migrate.ts');
    expect(migrate.restart).toBe('no');
    expect(Object.keys(migrate.depends_on ?? {})).toEqual(['postgres']);
    for (const { depends_on } of [api, worker]) {
      expect(depends_on?.migrate).toEqual({ condition: 'service_completed_successfully' });
    }
  });

  it('asks for a password at Valkey, which stands in no command line', () => {
    const [, , script = ''] = valkey.command ?? [];
    expect(script).toMatch(/requirepass .*\/run\/secrets\/valkey_password/);
    expect(script).not.toContain('--requirepass');
    expect(valkey.secrets).toEqual(['valkey_password']);
    expect(api.environment).not.toHaveProperty('REDIS_URL');
    expect(api.environment?.REDIS_URL_FILE).toBe('/run/secrets/redis_url');
    expect(valkey.healthcheck.test.join(' ')).toContain('/run/secrets/valkey_password');
  });

  it('names only variables that are read', () => {
    const known = new Set(environmentVariables.flatMap((name) => [name, `${name}_FILE`]));
    const names = [api, worker, migrate].flatMap(({ environment = {} }) => Object.keys(environment));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('takes images of others at exact versions, and the Node that everything is tested with', () => {
    const images = Object.values(services).map(({ image }) => image);
    for (const image of images) expect(image).toMatch(/^keyferry$|:\d+\.\d+(\.\d+)?$/);
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
    const bases = [...read('deploy/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(new Set(bases)).toEqual(new Set([`node:${devDependencies.node}-bookworm-slim`]));
  });
});
