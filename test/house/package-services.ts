import { readFileSync } from 'node:fs';

/** What the npm package and the image run by its name: `keyferry <service>`. */
export const packageServices: readonly string[] = [
  ...readFileSync(new URL('../../scripts/package-entry.mjs', import.meta.url), 'utf8').matchAll(
    /^ {2}'?([a-z-]+)'?: \(\) => import\(/gm,
  ),
].map(([, name = '']) => name);
