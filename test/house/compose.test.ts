import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environmentVariables, loadConfig } from '@keyferry/config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSigningKey } from '../../apps/api/src/audit/signing-key.ts';
import { startSimulator } from '../../apps/simulator/src/start-simulator.ts';
import { packageServices } from './package-services.ts';

const run = promisify(execFile);

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly volumes?: readonly string[];
  readonly network_mode?: string;
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
    expect(migrate.command).toEqual(['migrate']);
    expect(migrate.restart).toBe('no');
    expect(Object.keys(migrate.depends_on ?? {})).toEqual(['postgres']);
    for (const { depends_on } of [api, worker]) {
      expect(depends_on?.migrate).toEqual({ condition: 'service_completed_successfully' });
    }
  });

  it('starts what the image has, and checks its health by that', () => {
    const ours = Object.values(services).filter(({ image }) => image === 'keyferry');
    expect(ours.map(({ command: [name] = ['api'] }) => name).sort()).toEqual(['api', 'migrate', 'simulator', 'worker']);
    const checks = [api, worker].map(({ healthcheck: { test } }) => [test.slice(0, -1), test.at(-1)]);
    const [, node, script] = /^ENTRYPOINT \["(.+)", "(.+)"\]$/m.exec(read('deploy/Dockerfile')) ?? [];
    const programs = [
      [['CMD', node, script], 'api-health'],
      [['CMD', node, script], 'worker-health'],
    ];
    expect(checks).toEqual(programs);
    expect(packageServices).toEqual(
      expect.arrayContaining(['api', 'migrate', 'simulator', 'worker', 'api-health', 'worker-health']),
    );
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

/** Init in a folder that holds nothing but itself, as it is called; what it leaves there, by name. */
async function init(folder: string, args: readonly string[], input = ''): Promise<Map<string, string>> {
  mkdirSync(join(folder, 'deploy'), { recursive: true });
  cpSync(new URL('../../deploy/init.sh', import.meta.url), join(folder, 'deploy/init.sh'));
  const env = { PATH: process.env.PATH, CCKM_URL: 'https://cm.example.com', CCKM_USERNAME: 'keyferry' };
  const running = run(join(folder, 'deploy/init.sh'), [...args], { env });
  running.child.stdin?.end(input);
  await running;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => [
      join(parentPath, name).slice(folder.length + 1),
      readFileSync(join(parentPath, name), 'utf8'),
    ]),
  );
}
const folders = ['real', 'simulated'].map((name) => join(mkdtempSync(join(tmpdir(), 'keyferry-init-')), name));
const [real = '', simulated = ''] = folders;
afterAll(() => {
  for (const folder of folders) rmSync(join(folder, '..'), { recursive: true });
});

describe('deploy/init.sh', () => {
  let made: Map<string, string>;
  beforeAll(async () => {
    made = await init(real, [], 'the password\n');
  }, 60_000);

  it('makes every secret of docker-compose.yml, for whatever user a container runs as and for no other user of this machine', () => {
    for (const { file } of Object.values(secrets)) {
      expect(made.get(file.slice(2))).toMatch(/\S/);
      expect([file, statSync(join(real, file)).mode & 0o777]).toEqual([file, 0o644]);
    }
    expect(statSync(join(real, 'secrets')).mode & 0o777).toBe(0o700);
    expect(made.get('secrets/cckm_password')).toBe('the password');
    expect(made.get('.env')).toBe('CCKM_URL=https://cm.example.com\nCCKM_USERNAME=keyferry\n');
  });

  it('makes them as Keyferry takes them, and as Postgres and Valkey are told', () => {
    const inFolder = ({ environment = {} }: Service) =>
      Object.fromEntries(
        Object.entries(environment).flatMap(([name, value]) => {
          const secret = mounted.exec(value)?.[1];
          return secret === undefined ? [] : [[name, join(real, 'secrets', secret)]];
        }),
      );
    const config = loadConfig(inFolder(api));
    expect(() => readSigningKey(config.api.signingKey ?? '')).not.toThrow();
    expect(loadConfig(inFolder(worker)).cckm.password).toBe('the password');
    const { migrationUrl, url } = loadConfig(inFolder(migrate)).database;
    const password = (address: string | null) => new URL(address ?? '').password;
    expect(password(migrationUrl)).toBe(made.get('secrets/postgres_password')?.trim());
    expect(password(url)).not.toBe(password(migrationUrl));
    expect(password(config.redisUrl)).toBe(made.get('secrets/valkey_password')?.trim());
  });

  it('keeps what is there when it is run again', async () => {
    expect(await init(real, [], '')).toEqual(made);
  });

  it('makes the simulator reachable for any number of workers, by a name and a certificate that they verify', async () => {
    const files = await init(simulated, ['--simulator']);
    const { simulator } = services as unknown as { simulator: Service };
    expect(simulator.network_mode).toBeUndefined();
    const env = Object.fromEntries(
      (files.get('.env') ?? '')
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    );
    expect(env).toMatchObject({ COMPOSE_PROFILES: 'simulator', CCKM_URL: 'https://simulator:4401' });
    expect(worker.volumes).toContain('./secrets/tls:/etc/keyferry:ro');
    const ca = files.get(env.CCKM_CA_FILE.replace('/etc/keyferry/', 'secrets/tls/'));
    const mount = (variable: string) =>
      files.get(simulator.environment?.[variable]?.replace('/etc/simulator/', 'secrets/simulator/') ?? '') ?? '';
    const tls = { cert: mount('SIMULATOR_TLS_CERT_FILE'), key: mount('SIMULATOR_TLS_KEY_FILE') };
    const running = await startSimulator({ tls });
    const status = await new Promise((resolve, reject) => {
      const to = { port: new URL(running.url).port, path: '/healthz', ca, servername: new URL(env.CCKM_URL).hostname };
      get(to, (response) => resolve(response.resume().statusCode)).once('error', reject);
    });
    await running.stop();
    expect(status).toBe(200);
  });
});
