import { readFileSync } from 'node:fs';
import { environmentVariables, loadConfig } from '@keyferry/config';
import { parseAllDocuments } from 'yaml';

/** `node check-rendered.ts <file …>`: whether Keyferry takes the environment of every container that the chart makes. */
interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}
interface Rendered {
  readonly kind: string;
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: readonly Container[] } } };
}

/** For the kubelet, which fills them into others. */
const filledIn = ['REDIS_PASSWORD', 'SENTINEL_PASSWORD'];
const known = new Set([...environmentVariables.flatMap((name) => [name, `${name}_FILE`]), ...filledIn]);
const faults: string[] = [];
let checked = 0;
for (const file of process.argv.slice(2)) {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Rendered | null);
  for (const { name, env } of objects.flatMap((object) => object?.spec?.template?.spec.containers ?? [])) {
    checked += 1;
    const at = `${file}: ${name}`;
    const names = env.map((variable) => variable.name);
    for (const name of names) if (!known.has(name)) faults.push(`${at}: there is no ${name}`);
    for (const name of new Set(names.filter((one, i) => names.indexOf(one) < i))) faults.push(`${at}: ${name} twice`);
    // What stands in files is in the cluster alone.
    const values = env.filter((variable) => !variable.name.endsWith('_FILE'));
    const environment = Object.fromEntries(
      values.map(({ name, value }) => [name, value?.replaceAll(/\$\(\w+\)/g, 'password')]),
    );
    try {
      loadConfig(environment);
    } catch (error) {
      faults.push(`${at}: ${(error as Error).message}`);
    }
  }
}
if (checked === 0) faults.push('There is no container.');
process.stdout.write(`environments of ${checked} containers checked\n`);
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
