import { pathText } from '@keyferry/core';
import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq } from 'yaml';

/** What is wrong with a document before anybody asks whether it is a plan; `offset` counts characters of the text. */
export interface DocumentFault {
  readonly offset: number;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** How much a plan may hold once its aliases are written out: a million keys and what belongs to them. */
const maxExpandedNodes = 8_000_000;
/** Each is looked up among all the others when the document becomes values. */
const maxAliases = 10_000;

/**
 * Looks through a document without writing its aliases out: fields that stand twice, aliases without an anchor, and
 * aliases of aliases, of which a few lines can stand for more than any machine holds.
 */
export function examineDocument(document: Document): DocumentFault[] {
  const faults: DocumentFault[] = [];
  const sizes = new Map<unknown, number>();
  // In the document's order, so that an alias finds the last anchor before it, as YAML has it.
  const anchored = new Map<string, unknown>();
  const path: (string | number)[] = [];
  let aliases = 0;

  const tell = (node: unknown, code: string, message: string): void => {
    faults.push({ offset: isNode(node) ? (node.range?.[0] ?? 0) : 0, path: pathText(path), code, message });
  };
  const within = (step: string | number, node: unknown): number => {
    path.push(step);
    const size = sizeOf(node);
    path.pop();
    return size;
  };
  const sizeOf = (node: unknown): number => {
    const counted = sizes.get(node);
    if (counted !== undefined) return counted;
    // What is met again before it is counted holds itself.
    sizes.set(node, Number.POSITIVE_INFINITY);
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) anchored.set(node.anchor, node);
    const size = count(node);
    sizes.set(node, size);
    return size;
  };
  const count = (node: unknown): number => {
    if (isAlias(node)) {
      aliases += 1;
      if (anchored.has(node.source)) return sizeOf(anchored.get(node.source));
      tell(node, 'unknown_anchor', `No anchor &${node.source} before this alias.`);
    }
    if (isSeq(node)) return node.items.reduce((sum: number, item, i) => sum + within(i, item), 1);
    if (!isMap(node)) return 1;
    const names = new Set<string>();
    return node.items.reduce((sum: number, pair) => {
      if (!isPair(pair)) return sum;
      const name = isScalar(pair.key) ? String(pair.key.value) : '?';
      path.push(name);
      if (names.has(name)) tell(pair.key, 'duplicate_key', 'Duplicate field: keep one of them.');
      names.add(name);
      const size = 1 + sizeOf(pair.value);
      path.pop();
      return sum + size;
    }, 1);
  };

  const size = sizeOf(document.contents);
  if (size > maxExpandedNodes || aliases > maxAliases) {
    const message = Number.isFinite(size)
      ? 'With its aliases expanded this is too large for a plan. Write the values instead.'
      : 'An alias refers to its own parent.';
    faults.push({ offset: 0, path: '', code: 'too_many_aliases', message });
  }
  return faults;
}
