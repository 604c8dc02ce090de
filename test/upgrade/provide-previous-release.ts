import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import previous from './previous-release.json' with { type: 'json' };

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const releases = join(root, '.keyferry', 'releases');

/**
 * The release before as a checkout of its own, from the history of this one: the folder, in which its processes can be started.
 * It stands below this checkout, so Node finds the packages of others in this one's `node_modules`.
 */
export async function providePreviousRelease(): Promise<string> {
  const home = join(releases, previous.commit);
  if (existsSync(home)) return home;
  await run('git', ['cat-file', '-e', `${previous.commit}^{commit}`], { cwd: root }).catch(() => {
    throw new Error(
      `The history of this checkout lacks ${previous.commit}, release ${previous.version}, from which upgrades are tested. Run \`git fetch --unshallow\`.`,
    );
  });
  await mkdir(releases, { recursive: true });
  const draft = await mkdtemp(join(releases, '.draft-'));
  try {
    const archive = join(draft, 'release.tar');
    await run('git', ['archive', '-o', archive, previous.commit], { cwd: root });
    await run('tar', ['-xf', archive, '-C', draft]);
    await rm(archive);
    await linkPackages(draft);
    await run(process.execPath, ['scripts/generate-prisma-client.mjs'], { cwd: draft });
    await rename(draft, home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have been quicker.
    if (!existsSync(home)) throw error;
  }
  return home;
}

/** Its own packages, what it generates its client with, and what stands beside our apps and packages in other versions. */
async function linkPackages(release: string): Promise<void> {
  await mkdir(join(release, 'node_modules', '@keyferry'), { recursive: true });
  for (const name of ['node', 'prisma']) {
    await symlink(join(root, 'node_modules', name), join(release, 'node_modules', name));
  }
  for (const folder of ['apps', 'packages']) {
    for (const name of await readdir(join(release, folder))) {
      // Relative: the folder is renamed once it is complete.
      await symlink(join('..', '..', folder, name), join(release, 'node_modules', '@keyferry', name));
      const nested = join(root, folder, name, 'node_modules');
      if (existsSync(nested)) await symlink(nested, join(release, folder, name, 'node_modules'));
    }
  }
}
