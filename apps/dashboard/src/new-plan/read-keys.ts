import { parseKeyReference } from '@keyferry/core';

/** An entry that is no key, and where it stands. */
export interface UnreadableKey {
  /** From 1. */
  readonly line: number;
  /** Where it begins in its line, from 0. */
  readonly column: number;
  /** Where it begins in the whole text, in UTF-16 units. */
  readonly start: number;
  readonly text: string;
}

export interface ReadKeys {
  /** Each once, in their order. */
  readonly keys: readonly string[];
  readonly unreadable: readonly UnreadableKey[];
  readonly repeated: number;
}

/** The keys in a pasted text: one a line, or several separated by commas, semicolons or spaces, quoted or not. */
export function readKeys(text: string): ReadKeys {
  const keys = new Set<string>();
  const unreadable: UnreadableKey[] = [];
  let repeated = 0;
  let lineStart = 0;
  for (const [i, line] of text.split('\n').entries()) {
    for (const { 0: part, index } of line.matchAll(/[^\s,;]+/g)) {
      const entry = part.replaceAll(/^["'[]+|["'\]]+$/g, '');
      if (entry === '') continue;
      if (parseKeyReference(entry) === null) {
        const column = index + part.indexOf(entry);
        unreadable.push({ line: i + 1, column, start: lineStart + column, text: entry });
      } else if (keys.has(entry)) repeated += 1;
      else keys.add(entry);
    }
    lineStart += line.length + 1;
  }
  return { keys: [...keys], unreadable, repeated };
}

/** The same text without what is no key; lines that are empty then go too. */
export function withoutUnreadable(text: string, unreadable: readonly UnreadableKey[]): string {
  const gone = new Set(unreadable.map(({ line }) => line));
  let cut = text;
  // From the end, so that what is cut moves nothing that is still to be cut.
  for (const { start, text: entry } of unreadable.toReversed()) {
    cut = cut.slice(0, start) + cut.slice(start + entry.length);
  }
  return cut
    .split('\n')
    .filter((line, i) => !gone.has(i + 1) || /[^\s,;"'[\]]/.test(line))
    .join('\n');
}
