import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);

interface Workspace {
  name: string;
  folder: string;
  uses: string[];
}

function workspaces(folder: 'apps' | 'packages'): Workspace[] {
  return readdirSync(new URL(`${folder}/`, root)).map((name) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(
      readFileSync(new URL(`${folder}/${name}/package.json`, root), 'utf8'),
    ) as { dependencies?: Record<string, string>; devDependencies?: Record<string, string> };
    const uses = Object.keys({ ...dependencies, ...devDependencies });
    return { name, folder, uses: uses.filter((use) => use.startsWith('@keyferry/')).map((use) => use.slice(10)) };
  });
}

/**
 * Which of our packages each package may use. What a workspace imports must stand in its package.json (the linter's
 * noUndeclaredDependencies), so checking those is checking the imports.
 */
const allowed: Record<string, string[]> = {
  core: [],
  tracing: [],
  log: ['core', 'tracing'],
  metrics: [],
  config: ['core', 'tracing'],
  cckm: ['core', 'tracing'],
  store: ['core', 'log', 'tracing'],
  queue: ['core', 'log', 'tracing'],
  operations: ['core'],
  client: ['core', 'operations'],
  manifest: ['core'],
  evidence: ['core'],
  webhook: ['core'],
};

describe('imports run one way', () => {
  it.each(workspaces('packages'))('packages/$name uses only what lies below it', ({ name, uses }) => {
    expect(uses.filter((use) => !(allowed[name] ?? []).includes(use))).toEqual([]);
  });

  it.each(workspaces('apps'))('apps/$name uses packages and no other app', ({ uses }) => {
    expect(uses.filter((use) => !(use in allowed))).toEqual([]);
  });

  it('core has no dependency but zod and what knows of calendars, and no Node', () => {
    const core = JSON.parse(readFileSync(new URL('packages/core/package.json', root), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(core.dependencies)).toEqual(['cron-parser', 'temporal-polyfill', 'zod']);
  });

  it('the client, which the dashboard bundles, takes types alone from the table of operations', () => {
    const client = new URL('packages/client/src/', root);
    const texts = readdirSync(client).map((file) => readFileSync(new URL(file, client), 'utf8'));
    const imports = texts.flatMap((text) => text.match(/^(im|ex)port [^;]*'@keyferry\/operations'/gm) ?? []);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter((one) => !/^(im|ex)port type /.test(one))).toEqual([]);
  });

  it('what core decides knows no answer of the API', () => {
    const core = new URL('packages/core/src/', root);
    const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const inside = files.filter((file) => !file.startsWith('api/') && file !== 'index.ts');
    const knowing = inside.filter((file) => /from '(\.\.\/)+api\//.test(readFileSync(new URL(file, core), 'utf8')));
    expect(inside.length).toBeGreaterThan(100);
    expect(knowing).toEqual([]);
  });
});
