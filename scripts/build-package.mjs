/**
 * `npm run build:package` makes `dist/` (or the folder that is named), the npm package `keyferry`: CLI, API, worker, migrations,
 * dashboard and documentation as built JavaScript, since Node strips types from no file below node_modules. `npm pack ./dist` packs it.
 *
 * All dependencies are bundled, as package-lock.json has them, so that an installation runs what was tested and fetches
 * nothing else. Folders stand where they stand in a checkout: what is read relative to a source file is found.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDashboard, dashboardIsCurrent } from './build-dashboard.mjs';
import { buildDocs } from './build-docs.mjs';
import { bundle, oldestNode } from './bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const target = resolve(process.argv[2] ?? join(root, 'dist'));
/** As deep as the sources of an app. */
const scripts = 'apps/keyferry/dist';
/** Served as they are, so they stay files. */
const assets = ['@bull-board/ui', 'swagger-ui-dist'];

rmSync(target, { recursive: true, force: true });
const input = {
  keyferry: 'scripts/package-entry.mjs',
  // Started by its file's name, in a thread.
  'large-body-thread': 'apps/api/src/http/large-body-thread.ts',
};
const output = await bundle(root, input, join(target, scripts));
if (!dashboardIsCurrent(root)) await buildDashboard(root);
copy('apps/dashboard/dist');
await buildDocs();
copy('docs/.vitepress/dist');
copy('prisma/migrations');
copy('apps/simulator/inventory');
copy('LICENSE');
copy('docs/install.md', 'README.md');
for (const name of assets) copyAssets(name);
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
writeFileSync(join(target, 'THIRD-PARTY-LICENSES.txt'), licenses(output));

function copy(from, to = from) {
  cpSync(join(root, from), join(target, to), { recursive: true });
}

/** Without what only another build would use, and with no dependencies: npm would install those. */
function copyAssets(name) {
  const from = join(root, 'node_modules', name);
  const to = join(target, 'node_modules', name);
  cpSync(from, to, { recursive: true, filter: (file) => !/\.map$|\bes-bundle|\.d\.ts$/.test(file.slice(from.length)) });
  const { version, license, main } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  writeFileSync(join(to, 'package.json'), JSON.stringify({ name, version, license, main }));
}

function manifest() {
  const { name, version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const versionOf = (asset) =>
    JSON.parse(readFileSync(join(target, 'node_modules', asset, 'package.json'), 'utf8')).version;
  return {
    ...{ name, version, description, license },
    type: 'module',
    engines: { node: `>=${oldestNode}` },
    bin: { keyferry: `${scripts}/keyferry.js` },
    dependencies: Object.fromEntries(assets.map((asset) => [asset, versionOf(asset)])),
    bundleDependencies: assets,
  };
}

/** The license of every package that a module was taken from. */
function licenses(output) {
  const folders = new Set(output.flatMap(({ moduleIds = [] }) => moduleIds.map(packageOf)));
  return [...folders, ...assets.map((name) => join(root, 'node_modules', name))]
    .filter((folder) => folder !== undefined)
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8')}`;
    })
    .join(`\n${'-'.repeat(80)}\n`);
}

function packageOf(id) {
  const [, folder] = /^\0?(.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+)/.exec(id) ?? [];
  return folder && existsSync(join(folder, 'package.json')) ? folder : undefined;
}
