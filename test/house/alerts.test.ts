import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), 'utf8');
const namesIn = (folder: string) => readdirSync(new URL(folder, root));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}
const rules = (parse(read('deploy/prometheus/rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

/** Documented metrics with their labels; those are compared with what the processes expose in the tests of the metrics. */
const documented = new Map(
  read('docs/reference/metrics.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(/\s*\|\s*/))
    .map(([, name = '', type = '', labels = '']) => [
      name.replaceAll('`', ''),
      { histogram: type.startsWith('histogram'), labels: labels.match(/\w+/g) ?? [] },
    ]),
);
/** What a scrape adds by itself. */
const scraped = ['job', 'instance'];
const ownMetric = /\b((?:keyferry|nodejs|process)_\w+)(?:\{([^}]*)\})?/g;

/** What of an expression is not documented: a metric, or a label that a metric does not have. */
function unknownIn(expr: string): string[] {
  return [...expr.matchAll(ownMetric)].flatMap(([, name = '', matchers = '']) => {
    const series = name.replace(/_(bucket|sum|count)$/, '');
    const known = documented.get(name) ?? (documented.get(series)?.histogram ? documented.get(series) : undefined);
    if (known === undefined) return [name];
    const labels = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    return labels.filter((label) => ![...known.labels, ...scraped].includes(label)).map((label) => `${name}{${label}}`);
  });
}

describe('deploy/prometheus/rules.yaml', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s asks for metrics and labels that there are',
    (_, rule) => {
      expect(rule.expr).toMatch(/keyferry_|up\{/);
      expect(unknownIn(rule.expr)).toEqual([]);
    },
  );

  it('has for every alert a severity, a summary and a page of its own, which names it; and no page without an alert', () => {
    const pages = rules.map(({ alert, labels, annotations }) => {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
      expect(read(annotations.runbook)).toMatch(new RegExp(`^# ${alert}\n`));
      return annotations.runbook.replace('docs/alerts/', '');
    });
    expect(new Set(pages).size).toBe(rules.length);
    expect(namesIn('docs/alerts').sort()).toEqual(['README.md', ...pages].sort());
  });

  it('is listed in docs/alerts/README.md, alert by alert with its severity', () => {
    const listed = read('docs/alerts/README.md')
      .split('\n')
      .flatMap((line) =>
        [/^\| \[(\w+)\]\(([\w-]+\.md)\) \| (\w+) \|/.exec(line)?.slice(1) ?? []].filter((one) => one.length > 0),
      );
    expect(listed).toEqual(
      rules.map(({ alert, labels, annotations }) => [
        alert,
        annotations.runbook.replace('docs/alerts/', ''),
        labels.severity,
      ]),
    );
  });
});

describe.each(namesIn('deploy/grafana'))('deploy/grafana/%s', (name) => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly targets?: readonly { readonly expr: string }[];
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }
  const { panels, uid } = JSON.parse(read(`deploy/grafana/${name}`)) as { panels: Panel[]; uid: string };

  it('asks for metrics and labels that there are', () => {
    expect(uid).toMatch(/^keyferry-/);
    const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(exprs.length).toBeGreaterThan(10);
    expect(exprs.flatMap(unknownIn)).toEqual([]);
  });

  it('lays its panels side by side within 24 columns, each under an id of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { gridPos: at, title } of panels) {
      expect([title, at.x + at.w <= 24]).toEqual([title, true]);
      for (let x = at.x; x < at.x + at.w; x += 1) {
        for (let y = at.y; y < at.y + at.h; y += 1) {
          expect([title, taken.has(`${x},${y}`)]).toEqual([title, false]);
          taken.add(`${x},${y}`);
        }
      }
    }
  });
});

describe('docs/alerts', () => {
  it('links to pages that exist', () => {
    for (const page of namesIn('docs/alerts')) {
      const links = [...read(`docs/alerts/${page}`).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(
        ([, path = '']) => path,
      );
      for (const path of links)
        expect(() => readFileSync(new URL(path, new URL(`docs/alerts/${page}`, root)))).not.toThrow(/ENOENT/);
    }
  });
});
