/** Deeper than any answer of CCKM, webhook or check is nested. */
const deepest = 64;

/**
 * A text from outside that Postgres can store: U+0000 and each half of a surrogate pair become U+FFFD. For answers of other
 * systems. A caller's input is refused instead (`input/unstorable.ts`).
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

/**
 * The same for every string and every name of a field in decoded JSON, at any depth. What is nested more than 64 levels deep
 * becomes null, which bounds the recursion of every later reader.
 */
export function storableValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return null;
  if (Array.isArray(value)) return value.map((item) => storableValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [storableText(name), storableValue(field, depth + 1)]),
  );
}
