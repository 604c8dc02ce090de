import { type InputError, pathText } from './input-errors.ts';

/** No input of the API is nested deeper than a key policy, and none of those comes near to this. */
const maxDepth = 64;

/** A value within another, and the way to it. */
interface Place {
  readonly value: unknown;
  readonly depth: number;
  readonly name: PropertyKey;
  readonly parent: Place | null;
}

/**
 * What cannot be stored of an input, in any field: Postgres accepts neither U+0000 nor half a surrogate pair (in
 * names of fields either), and what is nested without end would exhaust whoever walks through it. Walks without recursion;
 * goes no deeper than it must to say so.
 */
export function unstorable(input: unknown): InputError[] {
  const errors: InputError[] = [];
  const left: Place[] = [{ value: input, depth: 0, name: '', parent: null }];
  for (let place = left.pop(); place; place = left.pop()) {
    const { value, depth } = place;
    if (typeof value === 'string') {
      if (!isStorable(value)) errors.push(oddText(place));
    } else if (typeof value === 'object' && value !== null) {
      if (depth === maxDepth) {
        const message = `Nested more than ${maxDepth} levels deep.`;
        return [{ path: pathOf(place), code: 'too_deep', message }];
      }
      const fields = Object.entries(value).reverse();
      if (fields.some(([name]) => !isStorable(name))) errors.push(oddText(place));
      for (const [name, field] of fields) {
        left.push({ value: field, depth: depth + 1, name: Array.isArray(value) ? Number(name) : name, parent: place });
      }
    }
  }
  return errors;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function oddText(place: Place): InputError {
  const message = 'This text contains U+0000 or half of a surrogate pair. Remove these characters.';
  return { path: pathOf(place), code: 'invalid_text', message };
}

function pathOf(place: Place): string {
  const path: PropertyKey[] = [];
  for (let at = place; at.parent; at = at.parent) path.unshift(at.name);
  return pathText(path);
}
