import { type InputError, optionsSchema } from '@keyferry/core';

/** Fields of a plan that are structures: their query parameter holds JSON. */
const structures = ['account_regions', 'replica', 'overrides', 'options'];

/**
 * Reads the rest of a manifest's plan from query parameters: `name`, `mode`, `regions` (separated by commas), one option as
 * `options.priority`, the structures as JSON; or all of it as JSON in `spec`. What it says is checked by the plan's schema.
 */
export function specOfQuery(query: Readonly<Record<string, unknown>>): {
  spec: Record<string, unknown>;
  errors: InputError[];
} {
  const errors: InputError[] = [];
  const json = (name: string, text: unknown): unknown => {
    try {
      return JSON.parse(String(text));
    } catch {
      errors.push({ path: name, code: 'invalid_json', message: `The query parameter "${name}" must be JSON.` });
      return undefined;
    }
  };
  const { spec: whole, ...fields } = query;
  const base = whole === undefined ? {} : json('spec', whole);
  const options: [string, unknown][] = [];
  // Pairs and not an object: a parameter may be called `__proto__`, and is refused by that name then.
  const given: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const option = /^options\.(.+)$/.exec(name)?.[1];
    if (option !== undefined) options.push([option, optionOf(option, value)]);
    else if (name === 'regions') given.push([name, [value].flat().flatMap((list) => String(list).split(','))]);
    else given.push([name, structures.includes(name) ? json(name, value) : value]);
  }
  const spec = { ...(typeof base === 'object' ? base : {}), ...Object.fromEntries(given) };
  if (options.length === 0) return { spec, errors };
  return {
    spec: { ...spec, options: { ...(spec.options as object | undefined), ...Object.fromEntries(options) } },
    errors,
  };
}

/** Text where the option is a text, else what it says as JSON. */
function optionOf(name: string, value: unknown): unknown {
  const schema = Object.entries(optionsSchema.shape).find(([known]) => known === name)?.[1];
  if (schema?.safeParse(value).success) return value;
  try {
    return JSON.parse(String(value));
  } catch {
    return value;
  }
}
