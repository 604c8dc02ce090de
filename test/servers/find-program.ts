import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tell } from './private-server.ts';

const run = promisify(execFile);
const tools = fileURLToPath(new URL('../../.keyferry/tools', import.meta.url));

/** A server program, and how Debian and its kin package it. */
export interface PackagedProgram {
  readonly program: string;
  /** With the program, and with what it links to. */
  readonly packages: readonly string[];
  /** Whose dependencies name the libraries. */
  readonly dependencies: string;
  /** Where the package puts the program. */
  readonly folder: 'usr/bin' | 'usr/sbin';
}

export interface FoundProgram {
  readonly program: string;
  /** Where it finds libraries that are not installed. */
  readonly environment: Record<string, string>;
}

/** Not in the PATH of everybody. */
const moreFolders = ['/usr/sbin', '/usr/local/sbin'];

/**
 * Finds one of these programs in the PATH, or fetches one from the distribution's packages. Rejects with `advice` when this
 * machine offers no way.
 */
export async function findProgram(choices: readonly PackagedProgram[], advice: string): Promise<FoundProgram> {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...moreFolders];
  for (const { program } of choices) {
    const folder = folders.find((one) => existsSync(join(one, program)));
    if (folder) return { program: join(folder, program), environment: {} };
  }
  const reasons: unknown[] = [];
  for (const choice of choices) {
    try {
      return await unpacked(choice);
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new AggregateError(reasons, advice);
}

/** Takes the server and the libraries it names from the distribution's packages; needs no root, changes no system. */
async function unpacked(choice: PackagedProgram): Promise<FoundProgram> {
  const name = choice.program.replace(/-server$/, '');
  const home = join(tools, name);
  if (!existsSync(home)) {
    tell(`fetching ${choice.program} from the distribution's packages into .keyferry/tools`);
    await mkdir(tools, { recursive: true });
    const draft = await mkdtemp(join(tools, `.${name}-`));
    try {
      await unpack(choice, draft);
      await rename(draft, home);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (!existsSync(home)) throw error;
    }
  }
  const found = within(choice, home);
  await run(found.program, ['--version'], { env: { ...process.env, ...found.environment } });
  return found;
}

async function unpack(choice: PackagedProgram, home: string): Promise<void> {
  try {
    await download(choice.packages, home);
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    await run('apt-get', ['update']);
    await download(choice.packages, home);
  }
  await missingLibraries(choice, home);
}

async function download(packages: readonly string[], home: string): Promise<void> {
  const debs = await mkdtemp(join(home, '.deb-'));
  await run('apt-get', ['download', ...packages], { cwd: debs });
  for (const deb of await readdir(debs)) await run('dpkg', ['-x', join(debs, deb), home]);
  await rm(debs, { recursive: true });
}

/** Adds what the loader does not find, by the packages that the server's own package depends on. */
async function missingLibraries(choice: PackagedProgram, home: string): Promise<void> {
  const { program: server, environment } = within(choice, home);
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
    choice.dependencies,
  ]);
  const wanted = [...linked.matchAll(/^\s*(lib[a-z0-9]+(?:-[a-z]+)*)[-.\d]*\.so\S* => not found/gm)].map(
    ([, stem]) => stem ?? '',
  );
  const plain = (name: string) => name.replaceAll('-', '');
  const libraries = new Set(
    stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^lib[\w.+-]+$/.test(line)),
  );
  const needed = [...libraries].filter((library) => wanted.some((stem) => plain(library).startsWith(plain(stem))));
  await download(needed, home);
}

function within({ program, folder }: PackagedProgram, home: string): FoundProgram {
  const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const folders = [join(home, 'usr/lib', `${architecture}-linux-gnu`), join(home, 'lib', `${architecture}-linux-gnu`)];
  return {
    program: join(home, folder, program),
    environment: { LD_LIBRARY_PATH: [...folders, process.env.LD_LIBRARY_PATH ?? ''].filter(Boolean).join(':') },
  };
}
