import { formatNumber } from './format-number.ts';

/** A number and what it counts: `1 key`, `1,234 keys`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** The first `most` of a list, and how many it has besides: `and 12 more`. */
export function firstOf(items: readonly string[], most: number, total: number = items.length): string[] {
  const shown = items.slice(0, most);
  return total > shown.length ? [...shown, `and ${formatNumber(total - shown.length)} more`] : shown;
}

/** Names as they stand in a sentence: `a`, `a and b`, `a, b and c`. */
export function inSentence(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
