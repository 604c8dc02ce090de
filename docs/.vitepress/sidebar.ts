import { readdirSync, readFileSync } from 'node:fs';

const docs = new URL('../', import.meta.url);

/** The parts of the site in reading order. A folder's pages that are not named come after those that are, by name. */
const parts: readonly { text: string; pages: readonly string[]; folders?: readonly string[]; collapsed?: boolean }[] = [
  { text: 'Start', pages: ['index', 'quickstart', 'concepts'] },
  {
    text: 'How-to',
    pages: ['plans', 'scheduling-and-approvals', 'follow-plans', 'failures', 'coverage', 'drills', 'evidence']
      .concat('webhooks', 'command-line', 'dashboard')
      .map((page) => `how-to/${page}`),
    folders: ['how-to'],
  },
  { text: 'Runbooks', pages: ['runbooks/README'], folders: ['runbooks'] },
  {
    text: 'Reference',
    pages: ['api', 'cli', 'configuration', 'metrics', 'errors'].map((page) => `reference/${page}`),
    folders: ['reference'],
  },
  {
    text: 'Operations',
    pages: ['install', 'deploy', 'helm-values'].concat(
      [
        'upgrade',
        'backup',
        'failover',
        'sizing',
        'network',
        'postgres-and-redis',
        'secrets',
        'permissions',
        'traces',
      ].map((page) => `operations/${page}`),
    ),
    // Pages at the top that have no place of their own belong here.
    folders: ['operations', ''],
  },
  { text: 'Alerts', pages: ['alerts/README'], folders: ['alerts'], collapsed: true },
  {
    text: 'Security',
    pages: ['access', 'audit-log', 'threats'].map((page) => `security/${page}`),
    folders: ['security'],
  },
  { text: 'Development', pages: ['architecture'] },
  { text: 'Decisions', pages: [], folders: ['adr'], collapsed: true },
];

/** Every page of the site, once. `generated`: those that are not written, by their path below docs; they need not be there yet. */
export function sidebar(generated: Readonly<Record<string, string>>) {
  const pagesIn = (folder: string): string[] => {
    const below = folder === '' ? '' : `${folder}/`;
    const written = readdirSync(new URL(below || '.', docs)).map((name) => below + name);
    const made = Object.keys(generated).filter((path) => path.slice(0, path.lastIndexOf('/') + 1) === below);
    return [...new Set([...written, ...made])]
      .filter((path) => path.endsWith('.md'))
      .map((path) => path.slice(0, -'.md'.length))
      .sort();
  };
  const textOf = (page: string) => generated[`${page}.md`] ?? readFileSync(new URL(`${page}.md`, docs), 'utf8');
  const titleOf = (page: string): string => /^# (.+)$/m.exec(textOf(page))?.[1] ?? page;
  const named = new Set(parts.flatMap(({ pages }) => pages));
  return parts.map(({ text, pages, folders = [], collapsed = false }) => {
    const rest = folders.flatMap(pagesIn).filter((page) => !named.has(page));
    const there = new Set(['', ...parts.flatMap((part) => part.folders ?? [])].flatMap(pagesIn));
    return {
      text,
      collapsed,
      items: [...pages.filter((page) => there.has(page)), ...rest].map((page) => ({
        text: titleOf(page),
        link: `/${page.replace(/(^|\/)(index|README)$/, '$1')}`,
      })),
    };
  });
}
