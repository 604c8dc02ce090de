import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../harness/bare-environment.ts';
import { type Service, startService } from '../harness/child-process.ts';
import { type PrivateServer, startPostgres, startRedis } from '../servers/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where somebody works who has the packed file and no checkout. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'keyferry-package-')));
const token = 'the-admin-token-of-the-package-test';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
const run = (program: string, args: readonly string[], env: Record<string, string> = {}, cwd = folder) =>
  new Promise<Run>((resolve) => {
    execFile(program, args, { cwd, env: { ...bareEnvironment, ...env } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
const succeed = async (program: string, args: readonly string[], cwd?: string): Promise<string> => {
  const { code, out, err } = await run(program, args, {}, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${out}${err}`);
  return out;
};
const bin = join(folder, 'node_modules/keyferry/apps/keyferry/dist/keyferry.js');
const keyferry = (args: readonly string[], env?: Record<string, string>, cwd?: string) =>
  run(process.execPath, [bin, ...args], env, cwd);

beforeAll(async () => {
  const built = join(folder, 'built');
  await succeed(process.execPath, [join(root, 'scripts/build-package.mjs'), built]);
  await succeed('npm', ['pack', built, '--pack-destination', folder]);
  rmSync(built, { recursive: true });
  const [packed = ''] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  // Whatever it needs is in it.
  await succeed('npm', ['install', '--offline', '--no-save', join(folder, packed)]);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the CLI', () => {
  it('is on the path of npm, and says its version', async () => {
    expect(await succeed('npx', ['--no', 'keyferry', '--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('reads files from where it is called', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(
      join(elsewhere, 'plan.yaml'),
      'name: dr\nkeys: [mrk-1234567890abcdef1234567890abcdef]\nregions: [eu-west-1]\n',
    );
    expect(await keyferry(['plan', 'validate', '-f', 'plan.yaml'], {}, elsewhere)).toMatchObject({ code: 0 });
  });

  it('says what a service needs that has no database', async () => {
    const { code, err } = await keyferry(['worker'], { KEYFERRY_DATA_DIR: join(folder, 'data') });
    expect(code).toBe(1);
    expect(err).toContain('Set DATABASE_URL');
  });
});

describe('API and worker', () => {
  const servers: PrivateServer[] = [];
  const services: Service[] = [];
  let api = '';
  const start = async (name: string, env: Record<string, string>, ready: RegExp) => {
    const service = await startService(name, [bin, name], env, ready, { cwd: folder });
    services.push(service);
    return service.readyLine[1] ?? '';
  };

  beforeAll(async () => {
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    servers.push(postgres, redis);
    const simulator = await start('simulator', { SIMULATOR_PORT: '0' }, /"listening":"([^"]+)"/);
    const common = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      CCKM_URL: simulator,
      CCKM_USERNAME: 'admin',
      CCKM_PASSWORD: 'keyferry-simulator',
      KEYFERRY_ADMIN_TOKEN: token,
    };
    expect(await keyferry(['migrate'], common)).toMatchObject({ code: 0 });
    api = await start('api', { ...common, KEYFERRY_PORT: '0' }, /"address":"([^"]+)"/);
    await start('worker', common, /worker started/);
    await fetch(`${simulator}/control/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ count: 3, aliasPrefix: 'alias/packed-' }),
    });
  }, 120_000);
  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('replicate keys to the end of a plan', async () => {
    const plan = { name: 'packed', selector: { alias: 'alias/packed-*' }, regions: ['eu-west-1'] };
    writeFileSync(join(folder, 'packed.json'), JSON.stringify(plan));
    const env = { KEYFERRY_URL: api, KEYFERRY_TOKEN: token };
    const { code, out, err } = await keyferry(['--json', 'plan', 'submit', '-f', 'packed.json', '--wait'], env);
    expect([code, err]).toEqual([0, expect.stringContaining('Submitted plan')]);
    expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ state: 'succeeded', counts: { total: 3 } });
  });

  it.each([
    ['the dashboard', '/', '<div id="root">'],
    ['the documentation', '/help/how-to/plans', 'Life of a plan'],
    ['the documentation of the API', '/docs/', 'swagger-ui'],
    ['a script of that', '/docs/swagger-ui-bundle.js', 'SwaggerUI'],
    ['the queues', '/queues/board/', 'Keyferry queues'],
  ])('serve %s', async (_what, path, text) => {
    const response = await fetch(`${api}${path}`, {
      headers: { accept: 'text/html', authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(text);
  });

  it('check a large plan in a thread', async () => {
    const keys = Array.from({ length: 40_000 }, (_, i) => `mrk-${i.toString(16).padStart(32, '0')}`);
    const response = await fetch(`${api}/v1/plans`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: '', keys, regions: ['eu-west-1'] }),
    });
    expect(response.status).toBe(422);
  });
});
