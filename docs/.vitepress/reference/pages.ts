import { readFileSync } from 'node:fs';
import { apiPage } from './api.ts';
import { cliPage } from './cli.ts';
import { configurationPage } from './configuration.ts';
import { errorsPage } from './errors.ts';

/** The pages that are generated, by their path below docs. */
export function generatedPages(): Record<string, string> {
  return {
    'reference/api.md': apiPage(),
    'reference/cli.md': cliPage(),
    'reference/configuration.md': configurationPage(),
    'reference/errors.md': errorsPage(),
    'security/threats.md': threatsPage(),
  };
}

/** SECURITY.md stands where people look for it, at the root; its links are put right for its place on the site. */
function threatsPage(): string {
  const text = readFileSync(new URL('../../../SECURITY.md', import.meta.url), 'utf8');
  return text.replaceAll('](docs/', '](../').replaceAll(/\]\((?!\.\.\/|#|https?:)/g, '](../../');
}
