import { invalidParam } from './api-error.ts';

export type Query = Readonly<Record<string, string | undefined>>;

/** CCKM's list envelope. */
export interface Page<T> {
  readonly skip: number;
  readonly limit: number;
  readonly total: number;
  readonly resources: T[];
}

/** One page of the items by `skip` and `limit` (10 when not given, -1: all). Throws CCKM's 400 for anything else. */
export function pageOf<T>(items: readonly T[], query: Query): Page<T> {
  const skip = whole(query.skip, 0, 'skip', 0);
  const limit = whole(query.limit, 10, 'limit', -1);
  const end = limit === -1 ? items.length : skip + limit;
  return { skip, limit, total: items.length, resources: items.slice(skip, end) };
}

function whole(text: string | undefined, otherwise: number, name: string, least: number): number {
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw invalidParam(`${name}: not a valid number`);
  return value;
}

/** Sorts by CCKM's `sort`: a comma list of fields, `-` in front for descending. Unknown fields are left aside. */
export function sorted<T>(items: T[], sort: string | undefined, fields: Readonly<Record<string, (item: T) => string | number>>): T[] {
  if (!sort) return items;
  const orders = sort.split(',').flatMap((entry) => {
    const name = entry.trim();
    const descending = name.startsWith('-');
    const field = fields[descending ? name.slice(1) : name];
    return field ? [{ field, sign: descending ? -1 : 1 }] : [];
  });
  return items.sort((a, b) => {
    for (const { field, sign } of orders) {
      const [left, right] = [field(a), field(b)];
      if (left !== right) return left < right ? -sign : sign;
    }
    return 0;
  });
}
