import { parseKeyReference } from '@keyferry/core';

export interface ReadKeys {
  /** Each once, in their order. */
  readonly keys: readonly string[];
  /** What is no key, with its line from 1. */
  readonly unreadable: readonly { readonly line: number; readonly text: string }[];
  readonly repeated: number;
}

/** The keys in what somebody has pasted: one a line, or several separated by commas, semicolons or spaces, quoted or not. */
export function readKeys(text: string): ReadKeys {
  const keys = new Set<string>();
  const unreadable: { line: number; text: string }[] = [];
  let repeated = 0;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    for (const entry of line.split(/[\s,;]+/).map((part) => part.replaceAll(/^["'[]+|["'\]]+$/g, ''))) {
      if (entry === '') continue;
      if (parseKeyReference(entry) === null) unreadable.push({ line: i + 1, text: entry });
      else if (keys.has(entry)) repeated += 1;
      else keys.add(entry);
    }
  }
  return { keys: [...keys], unreadable, repeated };
}
