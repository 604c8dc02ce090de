import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentVariables } from '@keyferry/config';
import { createMarkdownRenderer } from 'vitepress';
import { beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../apps/cli/src/program.ts';
import { generatedPages } from '../../docs/.vitepress/reference/pages.ts';
import { sidebar } from '../../docs/.vitepress/sidebar.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every Markdown file that people read, by its path from the root; generated ones as they would be built now. */
const pages = new Map<string, string>();
beforeAll(async () => {
  const written = ['*.md', '{docs,bench,test,apps,packages,deploy,examples}/**/*.md'];
  for await (const path of glob(written, { cwd: root, exclude: (name) => /node_modules|(^|\/)\./.test(name) }))
    pages.set(path, readFileSync(join(root, path), 'utf8'));
  for (const [path, text] of Object.entries(generatedPages())) pages.set(`docs/${path}`, text);
});

/** What is written in blocks of code of some language. */
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}[^\\n]*\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);
const withoutBlocks = (text: string) => text.replaceAll(/^```.*?^```/gms, '');

describe('the documentation', () => {
  it('has no link that leads nowhere, and no anchor that is not there', async () => {
    const renderer = await createMarkdownRenderer(root);
    const anchors = new Map<string, Set<string>>();
    const anchorsOf = (path: string) => {
      const known = anchors.get(path);
      if (known !== undefined) return known;
      const html = renderer.render(pages.get(path) ?? '');
      const found = new Set([...html.matchAll(/<h\d id="([^"]+)"/g)].map(([, id = '']) => id));
      anchors.set(path, found);
      return found;
    };
    const broken: string[] = [];
    let links = 0;
    for (const [page, text] of pages) {
      for (const [, href = ''] of withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(href)) continue;
        links += 1;
        const [path = '', anchor] = href.split('#');
        const target = path === '' ? page : posix.join(posix.dirname(page), path);
        if (!pages.has(target) && !existsSync(join(root, target))) broken.push(`${page}: ${href}`);
        else if (anchor !== undefined && !anchorsOf(target).has(anchor)) broken.push(`${page}: ${href}`);
      }
    }
    expect(links).toBeGreaterThan(300);
    expect(broken).toEqual([]);
  });

  it('has every page in its sidebar, once', () => {
    const listed = sidebar(generatedPages()).flatMap(({ items }) => items.map(({ link }) => link));
    const expected = [...pages.keys()]
      .filter((path) => path.startsWith('docs/'))
      .map((path) => path.slice('docs'.length, -'.md'.length).replace(/\/(index|README)$/, '/'));
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*\w)/g)].map(([, script = '']) => ({ page, script })),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ script }) => !(script in scripts))).toEqual([]);
  });

  it('names variables that are read', () => {
    // The CLI reads its own, without the schema of the rest.
    const ofTheCli = sourcesOf('apps/cli/src').flatMap((text) =>
      [...text.matchAll(/\benv\.(KEYFERRY_\w+)/g)].map(([, name = '']) => name),
    );
    expect(ofTheCli).toContain('KEYFERRY_TOKEN');
    const known = new Set([
      ...environmentVariables,
      ...environmentVariables.map((name) => `${name}_FILE`),
      ...ofTheCli,
    ]);
    const unknown = [...pages].flatMap(([page, text]) =>
      (text.match(/\b(?:KEYFERRY|CCKM)_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [])
        .filter((name) => !known.has(name))
        .map((name) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('shows commands of the CLI that it takes', async () => {
    const commands = [...pages].flatMap(([page, text]) =>
      blocks(text, 'sh').flatMap((block) => commandsOf(block).map((command) => ({ page, command }))),
    );
    expect(commands.length).toBeGreaterThan(100);
    const entry = readFileSync(join(root, 'scripts/package-entry.mjs'), 'utf8');
    const services = [...entry.matchAll(/^ {2}'?([\w-]+)'?: \(\) => import/gm)].map(([, name]) => name);
    const refused: string[] = [];
    for (const { page, command } of commands) {
      if (services.includes(command.join(' '))) continue;
      const complaint = await refusal(command);
      if (complaint !== null) refused.push(`${page}: ${command.join(' ')}: ${complaint}`);
    }
    expect(refused).toEqual([]);
  });
});

/** The text of every source file below a folder. */
const sourcesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'));

/** The arguments of every call of `keyferry` in a block of shell commands. */
function commandsOf(block: string): string[][] {
  return block
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const [, call] = /(?:^|[;&]|^[A-Z_]+=\S+)\s*(?:\d\) )?keyferry +(.*)$/.exec(line.trimStart()) ?? [];
      if (call === undefined) return [];
      const words = call.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
      const end = words.findIndex((word) => /^(#|[|&;>]|\d?>)/.test(word));
      return [(end < 0 ? words : words.slice(0, end)).map((word) => word.replaceAll(/^["']|["']$/g, ''))];
    });
}

type Command = ReturnType<typeof program>['commands'][number];

/** What the definition of the CLI has against these arguments; null: nothing. No command runs. */
async function refusal(words: string[]): Promise<string | null> {
  const root = program(() => undefined);
  const disarm = (command: Command) => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    for (const child of command.commands) disarm(child);
  };
  disarm(root as unknown as Command);
  try {
    await root.parseAsync(words, { from: 'user' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
