/**
 * Items by a key that may only grow while they wait. An item whose key has grown since it was put in is put in again when its
 * turn comes, so that a change of what a thousand keys depend on costs nothing until they are looked at.
 */
export class LazyHeap<Item> {
  readonly #keyOf: (item: Item) => readonly number[];
  readonly #heap: { item: Item; key: readonly number[] }[] = [];

  constructor(items: Iterable<Item>, keyOf: (item: Item) => readonly number[]) {
    this.#keyOf = keyOf;
    for (const item of items) this.push(item);
  }

  push(item: Item): void {
    const heap = this.#heap;
    const entry = { item, key: this.#keyOf(item) };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isLess(entry.key, above.key)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes out the item with the least key of now. */
  pop(): Item | undefined {
    for (;;) {
      const top = this.#take();
      if (top === undefined) return undefined;
      if (!isLess(top.key, this.#keyOf(top.item))) return top.item;
      this.push(top.item);
    }
  }

  #take(): { item: Item; key: readonly number[] } | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const [least, next] =
        right !== undefined && isLess(right.key, left.key) ? [right, 2 * at + 2] : [left, 2 * at + 1];
      if (!isLess(least.key, last.key)) break;
      heap[at] = least;
      at = next;
    }
    heap[at] = last;
    return top;
  }
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i += 1) {
    const [one = 0, other = 0] = [a[i], b[i]];
    if (one !== other) return one < other;
  }
  return false;
}
