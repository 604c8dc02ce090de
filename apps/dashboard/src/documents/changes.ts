/** A field that is another in one of two documents; undefined: it is not there. */
export interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** In what two documents differ, field by field; lists of plain values are compared as a whole. */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changesBetween(before[name], after[name], path === '' ? name : `${path}.${name}`));
  }
  if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].some(isObject)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, i) => changesBetween(before[i], after[i], `${path}[${i}]`)).flat();
  }
  return same(before, after) ? [] : [{ path, before, after }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * What a document must say to mean the same: fields that have their default are left out, and the others stand in the order of
 * its schema. `read` fills defaults in; null: invalid.
 */
export function withoutDefaults(spec: object, read: (spec: unknown) => object | null): object {
  const whole = read(spec);
  if (whole === null) return spec;
  const shown = JSON.parse(JSON.stringify(whole)) as object;
  // Each field is tried: of a document with very many that takes long, and it is shown with its defaults.
  if (JSON.stringify(shown).length > mostTried) return shown;
  const drop = (holder: unknown): void => {
    if (Array.isArray(holder)) holder.filter((item) => typeof item === 'object').forEach(drop);
    if (!isObject(holder)) return;
    for (const [name, value] of Object.entries(holder)) {
      delete holder[name];
      const now = read(shown);
      if (now !== null && changesBetween(whole, now).length === 0) continue;
      holder[name] = value;
      drop(value);
    }
  };
  drop(shown);
  return shown;
}

const mostTried = 20_000;
