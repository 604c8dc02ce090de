/** One HTTP call as it went; holds names and ids, no secrets and no bodies. */
export interface LedgerEntry {
  readonly seq: number;
  /** Milliseconds since the epoch, when the call came in. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  keyId: string | null;
  mrk: string | null;
  account: string | null;
  primaryRegion: string | null;
  region: string | null;
  httpStatus: number | null;
  awsError: string | null;
  /** The call got as far as AWS's quotas. */
  metered: boolean;
  /** Something was changed in AWS. */
  workDone: boolean;
  durationMs: number | null;
  fault: string | null;
}

/** Every call since the start (or since it was emptied), in their order. */
export class Ledger {
  #entries: LedgerEntry[] = [];
  #seq = 0;

  open(call: Pick<LedgerEntry, 'at' | 'method' | 'path' | 'operation'>): LedgerEntry {
    this.#seq += 1;
    const entry: LedgerEntry = {
      seq: this.#seq,
      ...call,
      keyId: null,
      mrk: null,
      account: null,
      primaryRegion: null,
      region: null,
      httpStatus: null,
      awsError: null,
      metered: false,
      workDone: false,
      durationMs: null,
      fault: null,
    };
    this.#entries.push(entry);
    return entry;
  }

  read({ operation, since = 0 }: { operation?: string | undefined; since?: number }): readonly LedgerEntry[] {
    return this.#entries.filter(
      (entry) => entry.seq > since && (operation === undefined || entry.operation === operation),
    );
  }

  clear(): void {
    this.#entries = [];
  }
}
