import type { Command, NewEntry } from '@keyferry/store';

/** How long those who follow the first are only counted. */
const windowMs = 60_000;

/**
 * Bounds what callers without a valid token can write into the audit log: of each token that works no more, of each
 * person whom the OIDC provider knows and who has no role here, and of all unknown ones together, the first attempt is noted at once, and those of the next minute in one entry with their number.
 */
export class Strangers {
  readonly #note: (command: Command, entry: NewEntry) => Promise<void>;
  /** By token or person; those of this minute that follow the first, and the last of them. */
  readonly #following = new Map<string, { attempts: number; last: [Command, NewEntry] | null }>();

  constructor(note: (command: Command, entry: NewEntry) => Promise<void>) {
    this.#note = note;
  }

  /** Notes or counts an attempt. */
  async refused(command: Command, entry: NewEntry): Promise<void> {
    const who = command.token_id ?? command.caller ?? '';
    const following = this.#following.get(who);
    if (following) {
      following.attempts += 1;
      following.last = [command, entry];
      return;
    }
    this.#following.set(who, { attempts: 0, last: null });
    setTimeout(() => void this.#endWindow(who), windowMs).unref();
    await this.#note(command, entry);
  }

  /** Notes those that were only counted, and begins anew. */
  async #endWindow(who: string): Promise<void> {
    const { attempts, last } = this.#following.get(who) ?? { attempts: 0, last: null };
    this.#following.delete(who);
    if (last === null) return;
    const [command, entry] = last;
    await this.#note(command, { ...entry, detail: { ...entry.detail, attempts } });
  }
}
