import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tell } from './private-server.ts';

const run = promisify(execFile);
const tools = fileURLToPath(new URL('../../.keyferry/tools', import.meta.url));

export interface RedisProgram {
  program: string;
  /** Where it finds libraries that are not installed. */
  environment: Record<string, string>;
}

let found: Promise<RedisProgram> | undefined;

/** Finds or fetches a Redis or Valkey server. Rejects with what to do when this machine offers no way. */
export function findRedisServer(): Promise<RedisProgram> {
  found ??= find();
  return found;
}

async function find(): Promise<RedisProgram> {
  for (const name of ['redis-server', 'valkey-server']) {
    const folder = (process.env.PATH ?? '').split(delimiter).find((one) => one !== '' && existsSync(join(one, name)));
    if (folder) return { program: join(folder, name), environment: {} };
  }
  const reasons: unknown[] = [];
  for (const name of ['redis', 'valkey']) {
    try {
      return await unpacked(name);
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new AggregateError(
    reasons,
    'The tests need a Redis: start Docker, or install redis-server (Debian: apt-get install redis-server; macOS: brew install redis).',
  );
}

/** Takes the server and the libraries it names from the distribution's packages; needs no root, changes no system. */
async function unpacked(name: string): Promise<RedisProgram> {
  const home = join(tools, name);
  if (!existsSync(home)) {
    tell(`fetching ${name}-server from the distribution's packages into .keyferry/tools`);
    await mkdir(tools, { recursive: true });
    const draft = await mkdtemp(join(tools, `.${name}-`));
    try {
      await unpack(name, draft);
      await rename(draft, home);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (!existsSync(home)) throw error;
    }
  }
  const found = program(name, home);
  await run(found.program, ['--version'], { env: { ...process.env, ...found.environment } });
  return found;
}

async function unpack(name: string, home: string): Promise<void> {
  try {
    await download([`${name}-server`, `${name}-tools`], home);
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    await run('apt-get', ['update']);
    await download([`${name}-server`, `${name}-tools`], home);
  }
  await missingLibraries(name, home);
}

async function download(packages: string[], home: string): Promise<void> {
  const debs = await mkdtemp(join(home, '.deb-'));
  await run('apt-get', ['download', ...packages], { cwd: debs });
  for (const deb of await readdir(debs)) await run('dpkg', ['-x', join(debs, deb), home]);
  await rm(debs, { recursive: true });
}

/** Adds what the loader does not find, by the packages that the server's own package depends on. */
async function missingLibraries(name: string, home: string): Promise<void> {
  const { program: server, environment } = program(name, home);
  const { stdout: linked } = await run('ldd', [server], { env: { ...process.env, ...environment } });
  if (!linked.includes('not found')) return;
  const { stdout } = await run('apt-cache', [
    'depends',
    '--recurse',
    '--no-recommends',
    '--no-suggests',
    '--no-conflicts',
    '--no-breaks',
    '--no-replaces',
    '--no-enhances',
    `${name}-tools`,
  ]);
  const wanted = [...linked.matchAll(/^\s*(lib[a-z0-9]+)[-.\d]*\.so\S* => not found/gm)].map(([, stem]) => stem ?? '');
  const libraries = new Set(
    stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^lib[\w.+-]+$/.test(line)),
  );
  const needed = [...libraries].filter((library) => wanted.some((stem) => library.startsWith(stem)));
  await download(needed, home);
}

function program(name: string, home: string): RedisProgram {
  const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const folders = [join(home, 'usr/lib', `${architecture}-linux-gnu`), join(home, 'lib', `${architecture}-linux-gnu`)];
  return {
    program: join(home, 'usr/bin', `${name}-server`),
    environment: { LD_LIBRARY_PATH: [...folders, process.env.LD_LIBRARY_PATH ?? ''].filter(Boolean).join(':') },
  };
}
