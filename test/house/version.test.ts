import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { version } from '@keyferry/core';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string) => readFileSync(`${root}/${name}`, 'utf8');

it('all workspaces have one version, which the lock file, the newest entry of the changelog and the image name too', () => {
  const files = globSync(['package.json', '{apps,packages}/*/package.json', '{test,bench}/package.json'], {
    cwd: root,
  });
  expect(files.length).toBeGreaterThan(20);
  const named = files.flatMap((file) => {
    const { version: own, dependencies = {}, devDependencies = {} } = JSON.parse(read(file));
    const ours = Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) =>
      name.startsWith('@keyferry/'),
    );
    return [own, ...ours.map(([, of]) => of)];
  });
  const locked = JSON.parse(read('package-lock.json')).packages;
  const newest = /^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1];
  const labelled = /^ARG VERSION=(\S+)/m.exec(read('deploy/Dockerfile'))?.[1];
  expect([...new Set([...named, locked[''].version, newest, labelled])]).toEqual([version]);
});
