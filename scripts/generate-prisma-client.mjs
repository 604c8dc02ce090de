/**
 * Generates the Prisma client into packages/store/src/generated, only when the schema (or this script, or Prisma) has
 * changed since the last time. Runs on plain Node 20 or later.
 *
 * `prisma generate` insists on finding a schema engine although it does not use it, and would download one; naming any
 * existing file in PRISMA_SCHEMA_ENGINE_BINARY spares the download, so that this works without reaching Prisma's hosts.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const defaultRoot = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} [root] the folder that holds prisma/, packages/ and node_modules/
 * @returns {boolean} whether the client there was made from what stands there now
 */
export function prismaClientIsCurrent(root = defaultRoot) {
  const output = outputOf(root);
  const stamp = join(output, '.generated-from');
  return (
    existsSync(join(output, 'client.ts')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(root)
  );
}

/** @param {string} [root] as above; throws with what Prisma said when it fails */
export function generatePrismaClient(root = defaultRoot) {
  const run = spawnSync(nodeFor(root), [join(root, 'node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (run.status !== 0) {
    throw new Error(`prisma generate failed: ${run.error?.message ?? ''}\n${run.stdout ?? ''}${run.stderr ?? ''}`);
  }
  mkdirSync(outputOf(root), { recursive: true });
  writeFileSync(join(outputOf(root), '.generated-from'), fingerprint(root));
}

/** @param {string} root */
function outputOf(root) {
  return join(root, 'packages', 'store', 'src', 'generated');
}

/** @param {string} root */
function fingerprint(root) {
  const hash = createHash('sha256');
  for (const file of [
    join(root, 'prisma', 'schema.prisma'),
    // Of the same version as `prisma`, and in a production install too.
    join(root, 'node_modules', '@prisma', 'client', 'package.json'),
    fileURLToPath(import.meta.url),
  ]) {
    hash.update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Prisma 7 wants a recent Node: take the one that the workspace pins, where it is there. @param {string} root */
function nodeFor(root) {
  const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(pinned) ? pinned : process.execPath;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    if (!prismaClientIsCurrent()) generatePrismaClient();
  } catch (error) {
    process.stderr.write(`keyferry: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
