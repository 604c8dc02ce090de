/** The CLI of a checkout in one piece, bundled anew only when a source has changed since. */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const sources = ['apps/cli/src', 'packages', 'package-lock.json'];

/**
 * @param {string} root
 * @returns {Promise<string>} the file to run; its source where it cannot be bundled, as in a production install
 */
export async function builtCli(root) {
  const folder = join(root, '.keyferry', 'cli');
  const name = newest(root).toString(36);
  const file = join(folder, name, 'main.js');
  if (existsSync(file)) return file;
  const draft = join(folder, `draft-${process.pid}`);
  try {
    const { bundle } = await import('./bundle.mjs');
    await bundle(root, { main: 'apps/cli/src/main.ts' }, draft);
    const old = readdirSync(folder).filter((entry) => entry !== name && !entry.startsWith('draft-'));
    renameSync(draft, join(folder, name));
    for (const entry of old) rmSync(join(folder, entry), { recursive: true, force: true });
  } catch {
    // Another process may have been quicker.
    rmSync(draft, { recursive: true, force: true });
  }
  return existsSync(file) ? file : join(root, 'apps', 'cli', 'src', 'main.ts');
}

/** When something was last written, added or removed, ms. */
function newest(root) {
  let latest = 0;
  const visit = (path) => {
    const stat = statSync(path);
    latest = Math.max(latest, stat.mtimeMs);
    if (!stat.isDirectory()) return;
    for (const entry of readdirSync(path)) if (entry !== 'node_modules') visit(join(path, entry));
  };
  for (const source of sources) visit(join(root, source));
  return Math.ceil(latest);
}
