/**
 * Builds the dashboard into `apps/dashboard/dist`, from where the API serves it; not again while nothing it is made of
 * has changed. `node scripts/build-dashboard.mjs` does it by hand.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = ['apps/dashboard', 'packages/client/src', 'packages/core/src', 'packages/operations/src'];

export function dashboardIsCurrent(root) {
  const stamp = stampOf(root);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(root);
}

export async function buildDashboard(root) {
  const hash = hashOf(root);
  const { build } = await import('vite');
  const { NODE_ENV: before } = process.env;
  try {
    await build({ root: join(root, 'apps', 'dashboard'), logLevel: 'warn' });
  } finally {
    // Vite sets it to `production`, and what this process starts next inherits it: `npm ci` would leave out what it builds with.
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
  writeFileSync(stampOf(root), hash);
}

function stampOf(root) {
  return join(root, 'apps', 'dashboard', 'dist', '.built-from');
}

function hashOf(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const source of sources) {
    for (const file of filesOf(root, source))
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function filesOf(root, source) {
  const found = readdirSync(join(root, source), { withFileTypes: true, recursive: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((file) => !/(^|[/\\])(node_modules|dist)[/\\]/.test(file))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildDashboard(fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, ''));
}
