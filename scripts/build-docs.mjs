/**
 * Builds the documentation into `docs/.vitepress/dist`, from where the API serves it at /help: first the pages that are
 * generated from code, then all of them as static files. Loads nothing from a network.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';
import { generatedPages } from '../docs/.vitepress/reference/pages.ts';

const docs = fileURLToPath(new URL('../docs', import.meta.url));

export async function buildDocs() {
  for (const [path, text] of Object.entries(generatedPages())) {
    mkdirSync(dirname(join(docs, path)), { recursive: true });
    writeFileSync(join(docs, path), text);
  }
  await build(docs);
  const built = join(docs, '.vitepress', 'dist');
  cpSync(join(docs, '..', 'examples'), join(built, 'examples'), { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildDocs();
  // The bundler leaves timers behind.
  process.exit(0);
}
