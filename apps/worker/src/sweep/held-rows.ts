import { readHeld, type Store } from '@keyferry/store';

/**
 * The rows that this process has in its hands. A row that the database says is ours and that nobody here works on was
 * claimed by a statement whose answer was lost, or dropped by an error: it is given back, or it would stay for ever.
 */
export class HeldRows {
  readonly #ids = new Set<string>();
  #suspects = new Set<string>();

  /** Runs `work` while the rows count as held. */
  async while<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const id of ids) this.#ids.add(id);
    try {
      return await work();
    } finally {
      for (const id of ids) this.#ids.delete(id);
    }
  }

  /** Rows that were nobody's at this check and at the one before: one check alone may fall between claim and work. */
  async findForgotten(store: Store, workerId: string): Promise<string[]> {
    const suspects = (await readHeld(store, workerId)).filter((id) => !this.#ids.has(id));
    const forgotten = suspects.filter((id) => this.#suspects.has(id));
    this.#suspects = new Set(suspects);
    return forgotten;
  }
}
