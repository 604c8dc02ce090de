import { posix } from 'node:path';
import { defineConfig, type MarkdownRenderer } from 'vitepress';
import { generatedPages } from './reference/pages.ts';
import { sidebar } from './sidebar.ts';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/** Where the API serves the site. */
const base = '/help/';

/**
 * Where a link of a page leads on the site: pages to pages, examples to their copies, and a file that only a checkout has
 * nowhere. `page` and what comes out are relative to the root of the repository.
 */
function siteLink(page: string, href: string): string | null {
  if (/^[a-z]+:|^#|^\//.test(href)) return href;
  const path = posix.join(posix.dirname(page), href);
  if (path.startsWith('docs/')) return href;
  if (path.startsWith('examples/') && /\.\w+$/.test(path)) return `${base}${path}`;
  return path.startsWith('SECURITY.md') ? `${base}security/threats${path.slice('SECURITY.md'.length)}` : null;
}

/** Puts the links of a line right; one that leads nowhere stays as text. */
function leadLinks(page: string, tokens: Token[]): void {
  let tag = 'a';
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const href = siteLink(page, token.attrGet('href') ?? '');
      tag = href === null ? 'span' : 'a';
      if (href === null) token.attrs = null;
      else token.attrSet('href', href);
      // Else what follows would take it for a page of this site.
      if (href?.startsWith(`${base}examples/`)) token.attrSet('target', '_blank');
    }
    if (token.type.startsWith('link_')) token.tag = tag;
  }
}

export default defineConfig({
  base,
  lang: 'en',
  title: 'Keyferry',
  description: 'Batch replication of multi-Region AWS KMS keys through CipherTrust Cloud Key Manager.',
  // The dashboard's.
  head: [['link', { rel: 'icon', href: '/favicon.svg' }]],
  cleanUrls: true,
  // Else every page has an inline script, which the policy of the API refuses.
  metaChunk: true,
  // test/house/docs.test.ts checks every link and anchor, those of the files outside this folder too.
  ignoreDeadLinks: true,
  rewrites: { ':folder/README.md': ':folder/index.md' },
  markdown: {
    // What looks like HTML in a page is text, as <id> of a command.
    html: false,
    config(markdown) {
      markdown.core.ruler.push('site-links', ({ tokens, env }) => {
        const page = `docs/${(env as { relativePath?: string }).relativePath ?? ''}`;
        for (const { children } of tokens) leadLinks(page, children ?? []);
      });
    },
  },
  themeConfig: {
    // All words, so that the name of a variable finds that and not every page that has one of its parts.
    search: { provider: 'local', options: { miniSearch: { searchOptions: { combineWith: 'AND' } } } },
    sidebar: sidebar(generatedPages()),
    outline: [2, 3],
    nav: [
      { text: 'Quickstart', link: '/quickstart' },
      { text: 'API', link: '/reference/api' },
    ],
  },
});
