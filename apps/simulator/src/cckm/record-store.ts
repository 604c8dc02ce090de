import type { KeyRecord } from './key-record.ts';

/** CCKM's table of keys, in the order in which they came. */
export class RecordStore {
  readonly #byId = new Map<string, KeyRecord>();
  readonly #byArn = new Map<string, KeyRecord>();
  readonly #byKeyId = new Map<string, Set<KeyRecord>>();

  add(record: KeyRecord): void {
    // A key that was deleted and made again: AWS has one, and so has the list.
    const earlier = this.#byArn.get(record.key.arn);
    if (earlier) this.remove(earlier);
    this.#byId.set(record.id, record);
    this.#byArn.set(record.key.arn, record);
    const related = this.#byKeyId.get(record.key.keyId);
    if (related) related.add(record);
    else this.#byKeyId.set(record.key.keyId, new Set([record]));
  }

  remove(record: KeyRecord): void {
    this.#byId.delete(record.id);
    this.#byArn.delete(record.key.arn);
    this.#byKeyId.get(record.key.keyId)?.delete(record);
  }

  byId(id: string): KeyRecord | undefined {
    return this.#byId.get(id);
  }

  byArn(arn: string): KeyRecord | undefined {
    return this.#byArn.get(arn);
  }

  /** All members of a set that CCKM knows. */
  byKeyId(keyId: string): Iterable<KeyRecord> {
    return this.#byKeyId.get(keyId) ?? [];
  }

  all(): IterableIterator<KeyRecord> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }
}
