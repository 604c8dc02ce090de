import { z } from 'zod';
import { type InputError, inputErrors, mostErrors, pathText } from './input-errors.ts';

/** A list or record that is longer is checked entry by entry first, and no further than to `mostErrors` wrong ones. */
const longFrom = 1_000;

type Path = readonly PropertyKey[];

/**
 * What a schema would take too long to say of an input: lists and records that hold more than they may (at which nothing
 * else is looked then), and the first wrong entries of long ones. A record says how much it may hold in its `maxProperties`.
 */
export function tooMany(schema: z.core.$ZodType, input: unknown, path: Path = []): InputError[] {
  const { _zod: own } = schema as z.core.$ZodTypes;
  switch (own.def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      return tooMany(own.def.innerType, input, path);
    case 'pipe':
      return [...tooMany(own.def.in, input, path), ...tooMany(own.def.out, input, path)];
    case 'object': {
      if (!isRecord(input)) return [];
      const known = own.def.shape;
      const odd = Object.keys(input).filter((name) => !Object.hasOwn(known, name));
      if (odd.length > mostErrors && own.def.catchall?._zod.def.type === 'never') {
        const message = `${odd.length.toLocaleString('en')} unknown fields, such as "${odd[0]}" and "${odd[1]}". Remove them.`;
        return [{ path: pathText(path), code: 'unknown_field', message }];
      }
      const given = Object.entries(known).filter(([name]) => Object.hasOwn(input, name));
      return given.flatMap(([name, field]) => tooMany(field, input[name], [...path, name]));
    }
    case 'array': {
      if (!Array.isArray(input)) return [];
      // What the schema says of the length alone.
      const checks = (own.def.checks ?? []).filter(({ _zod }) => _zod.def.check === 'max_length');
      const { error } = z.core.safeParse(
        z.core.clone(schema as z.core.$ZodArray, { ...own.def, element: z.unknown(), checks }),
        input,
      );
      return error ? inputErrors(error, path) : ofEntries(own.def.element, [...input.entries()], path);
    }
    case 'record': {
      if (!isRecord(input)) return [];
      const entries = Object.entries(input);
      const most = Number(z.globalRegistry.get(schema)?.maxProperties ?? Number.POSITIVE_INFINITY);
      if (entries.length <= most) return ofEntries(own.def.valueType, entries, path);
      const message = `${entries.length.toLocaleString('en')} entries; at most ${most.toLocaleString('en')} are allowed.`;
      return [{ path: pathText(path), code: 'too_big', message }];
    }
    default:
      return [];
  }
}

function ofEntries(
  schema: z.core.$ZodType,
  entries: readonly (readonly [PropertyKey, unknown])[],
  path: Path,
): InputError[] {
  if (entries.length <= longFrom) return entries.flatMap(([name, entry]) => tooMany(schema, entry, [...path, name]));
  const errors: InputError[] = [];
  for (const [i, [name, entry]] of entries.entries()) {
    const inside = tooMany(schema, entry, [...path, name]);
    if (inside.length > 0) return inside;
    const { error } = z.core.safeParse(schema, entry);
    if (error) errors.push(...inputErrors(error, [...path, name]));
    if (errors.length < mostErrors) continue;
    const message = `Of the first ${(i + 1).toLocaleString('en')} entries these have errors; the other ${(entries.length - i - 1).toLocaleString('en')} were not checked.`;
    return [{ path: pathText(path), code: 'not_checked', message }, ...errors.slice(0, mostErrors - 1)];
  }
  // The schema says all of it in one.
  return [];
}

const isRecord = (input: unknown): input is Record<string, unknown> =>
  typeof input === 'object' && input !== null && !Array.isArray(input);
