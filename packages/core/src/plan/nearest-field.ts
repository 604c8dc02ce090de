import { editDistance } from '../text/edit-distance.ts';
import { type JsonSchema, planJsonSchema } from './plan-json-schema.ts';

/** Where every field of a plan may stand: the path of what holds it (`overrides[].replica`), and its names there. */
let known: ReadonlyMap<string, readonly string[]> | undefined;

function knownFields(): ReadonlyMap<string, readonly string[]> {
  if (known) return known;
  const found = new Map<string, string[]>();
  const walk = (schema: JsonSchema, path: string): void => {
    const names = Object.keys(schema.properties ?? {}).filter((name) => name !== '$schema' && name !== 'kind');
    if (names.length > 0) found.set(path, [...(found.get(path) ?? []), ...names]);
    for (const name of names) {
      const field = schema.properties?.[name];
      if (field) walk(field, path === '' ? name : `${path}.${name}`);
    }
    if (schema.items) walk(schema.items, `${path}[]`);
    for (const way of schema.anyOf ?? []) walk(way, path);
  };
  walk(planJsonSchema(), '');
  known = found;
  return found;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The name among these that was most likely meant; null when none is near. */
function nearest(name: string, names: readonly string[]): string | null {
  const wanted = plain(name);
  const [best] = names
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.candidate : null;
}

/**
 * What to do about a field that a plan does not have, by its path (`options.max_inflight`): the name that was meant, or
 * where it belongs, or which names there are.
 */
export function adviseUnknownField(path: string): string {
  const dot = path.lastIndexOf('.');
  const name = path.slice(dot + 1);
  const parent = dot < 0 ? '' : path.slice(0, dot).replaceAll(/\[\d+\]/g, '[]');
  const siblings = knownFields().get(parent) ?? [];
  const meant = nearest(name, siblings);
  if (meant !== null) return `Did you mean "${meant}"?`;
  const home = [...knownFields()].find(([, names]) => names.some((other) => plain(other) === plain(name)));
  if (home) {
    const [place, names] = home;
    const spelled = names.find((other) => plain(other) === plain(name)) ?? name;
    return place === '' ? `"${spelled}" belongs at the top level of a plan.` : `"${spelled}" belongs in "${place}".`;
  }
  return siblings.length > 0 ? `Known: ${siblings.join(', ')}.` : 'Remove it.';
}
