import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { environmentVariables, loadConfig } from '@keyferry/config';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageServices } from './package-services.ts';

const root = new URL('../../', import.meta.url);
const chart = new URL('deploy/helm/keyferry/', root);
const read = (name: string, base = chart) => readFileSync(new URL(name, base), 'utf8');

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}
const schema = JSON.parse(read('values.schema.json')) as Schema;
const values = parse(read('values.yaml')) as unknown;
const templates = readdirSync(new URL('templates', chart)).map((name) => read(`templates/${name}`));

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every value by its path, down to where the schema describes it, with what stands in values.yaml. */
function described(at: Schema, value: unknown, path: readonly string[] = []): [string, string | undefined, unknown][] {
  if (at.description !== undefined || at.properties === undefined) return [[path.join('.'), at.description, value]];
  return Object.entries(at.properties)
    .filter(([name]) => name !== 'global')
    .flatMap(([name, inner]) => described(inner, isMap(value) ? value[name] : undefined, [...path, name]));
}
/** As YAML in one line. */
function shown(value: unknown): string {
  if (isMap(value))
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}: ${shown(inner)}`)
      .join(', ')}}`;
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return value === '' ? "''" : String(value);
}

describe('the Helm chart', () => {
  it('has a description for every value, and docs/helm-values.md shows all of them with their defaults', async () => {
    const rows = described(schema, values);
    expect(rows.filter(([, description]) => !description).map(([path]) => path)).toEqual([]);
    const table = rows.map(([path, description, value]) => `| \`${path}\` | \`${shown(value)}\` | ${description} |`);
    const page = [
      '# Values of the Helm chart',
      '',
      'Made from `values.schema.json` and `values.yaml` of the [chart](../deploy/helm/keyferry): change it there, then run',
      '`npx vitest run -u test/house/helm.test.ts`. How to install it: [deploy.md](deploy.md#kubernetes).',
      '',
      '| value | default | meaning |',
      '| --- | --- | --- |',
      ...table,
      '',
    ];
    await expect(page.join('\n')).toMatchFileSnapshot('../../docs/helm-values.md');
  });

  it('has a default for every value that its schema knows, and knows every default', () => {
    for (const [path, , value] of described(schema, values)) expect([path, value]).not.toEqual([path, undefined]);
    const known = (at: Schema, value: unknown): boolean =>
      at.properties === undefined || !isMap(value)
        ? true
        : Object.entries(value).every(([name, inner]) => at.properties?.[name] && known(at.properties[name], inner));
    expect(known(schema, values)).toBe(true);
  });

  it('uses every value, and no other', () => {
    const used = templates.join('\n');
    for (const name of Object.keys(schema.properties ?? {}).filter((name) => name !== 'global')) {
      expect([name, new RegExp(`[vV]alues\\.${name}\\b`).test(used)]).toEqual([name, true]);
    }
    const named = [...used.matchAll(/\.Values\.(\w+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => schema.properties?.[name] === undefined)).toEqual([]);
  });

  it('sets only variables that are read, and gives files only for secrets', () => {
    const known = new Set(environmentVariables.flatMap((name) => [name, `${name}_FILE`]));
    const text = templates.join('\n');
    const filledIn = ['REDIS_PASSWORD', 'SENTINEL_PASSWORD'];
    const named = text.match(/\b(?:KEYFERRY|CCKM|DATABASE|REDIS|SENTINEL|OTEL)_[A-Z_]+\b/g) ?? [];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !known.has(name) && !filledIn.includes(name))).toEqual([]);
    const [, list = ''] = /define "keyferry\.secretVariables" -}}\n(.*?){{- end -}}/s.exec(text) ?? [];
    const secrets = parse(list) as Record<string, Record<string, string>>;
    for (const [variable, value] of Object.values(secrets).flatMap((of) => Object.entries(of))) {
      expect(schema.properties?.secrets?.properties).toHaveProperty(value);
      expect(() => loadConfig({ [`${variable}_FILE`]: '/nowhere' })).toThrow(`${variable}_FILE: cannot read /nowhere`);
    }
    expect(Object.keys(secrets.api ?? {}).filter((name) => name.startsWith('CCKM_'))).toEqual([]);
    for (const own of ['KEYFERRY_ADMIN_TOKEN', 'KEYFERRY_SIGNING_KEY', 'KEYFERRY_MIGRATION_DATABASE_URL'])
      expect(secrets.worker).not.toHaveProperty(own);
  });

  it('is of this version, and starts what the image has', () => {
    const { appVersion } = parse(read('Chart.yaml')) as { appVersion: string };
    expect(appVersion).toBe((JSON.parse(read('package.json', root)) as { version: string }).version);
    const started = templates.flatMap((text) => [...text.matchAll(/ args: \[(\S+)\]/g)].map(([, name]) => name));
    expect(started.sort()).toEqual(['api', 'migrate', 'worker']);
    expect(packageServices).toEqual(expect.arrayContaining(started));
  });

  it('has the rules and dashboards of deploy/, not copies of them', () => {
    expect(read('files/rules.yaml')).toBe(read('deploy/prometheus/rules.yaml', root));
    expect(readdirSync(new URL('files/dashboards', chart))).toEqual(readdirSync(new URL('deploy/grafana', root)));
  });
});

describe('deploy/systemd', () => {
  const units = readdirSync(new URL('deploy/systemd', root)).map((name) => [
    name,
    read(`deploy/systemd/${name}`, root),
  ]);

  it.each(units)(
    '%s sets only variables that are read, and reads secrets that deploy/init.sh makes',
    (_, text = '') => {
      const set = [...text.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(
        ([, name = '', value = '']) => [name, value] as const,
      );
      const known = new Set([...environmentVariables.flatMap((name) => [name, `${name}_FILE`]), 'NODE_ENV']);
      expect(set.filter(([name]) => !known.has(name))).toEqual([]);
      const credentials = [...text.matchAll(/^LoadCredential=(\w+):\/etc\/keyferry\/secrets\/(\w+)$/gm)];
      expect(credentials.length).toBeGreaterThan(0);
      const init = read('deploy/init.sh', root);
      for (const [, id = '', file = ''] of credentials) {
        expect(set.filter(([, value]) => value === `%d/${id}`)).toHaveLength(1);
        expect(init).toMatch(new RegExp(`keep ${file} |secrets/${file}\\b`));
      }
    },
  );

  it('starts programs that there are', () => {
    for (const [name, text = ''] of units) {
      const program = /^ExecStart=\S+ (\S+)$/m.exec(text)?.[1];
      if (program === undefined) expect(name).toMatch(/\.conf$/);
      else expect([program, existsSync(new URL(program, root))]).toEqual([program, true]);
    }
  });
});
