/** The names under which a tag carries its key and its value, by who wrote it. Source: CCKM contract, sections 2.3 and 2.8. */
const keyNames = ['TagKey', 'tag_key', 'Key', 'key', 'tagKey'];
const valueNames = ['TagValue', 'tag_value', 'Value', 'value', 'tagValue'];

/**
 * Tags as CCKM sends them: a list of objects in any of its spellings, an object of values by key, or the JSON of either in
 * a string. What is no tag is left out.
 */
export function parseTags(given: unknown): { key: string; value: string }[] {
  if (typeof given === 'string') return parseTags(parsed(given));
  if (Array.isArray(given)) {
    return given.flatMap((entry: unknown) => {
      const key = textAt(entry, keyNames);
      return key === null ? [] : [{ key, value: textAt(entry, valueNames) ?? '' }];
    });
  }
  if (typeof given !== 'object' || given === null) return [];
  return Object.entries(given).flatMap(([key, value]: [string, unknown]) =>
    isScalar(value) ? [{ key, value: String(value) }] : [],
  );
}

function textAt(entry: unknown, names: readonly string[]): string | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const fields = entry as Readonly<Record<string, unknown>>;
  const value = names.map((name) => fields[name]).find(isScalar);
  return value === undefined ? null : String(value);
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? null : value;
  } catch {
    return null;
  }
}
