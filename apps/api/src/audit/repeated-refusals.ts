import type { Command, NewEntry } from '@keyferry/store';

/** How long those who follow the first are only counted. */
const windowMs = 60_000;
/** More matters than that at once end the oldest early: it is noted as it stands, and nothing of it is lost. */
const usualMostMatters = 10_000;

/** Those of this minute that follow the first, and the last of them. */
interface Window {
  readonly timer: NodeJS.Timeout;
  attempts: number;
  last: [Command, NewEntry] | null;
}

/**
 * Bounds what those who are refused can write into the audit log: of each matter (the same caller with the same wish, or a
 * token that works no more) the first refusal is noted at once, and those of the next minute in one entry with their
 * number, which tells of the last of them. What is only counted when the process stops is lost.
 */
export class RepeatedRefusals {
  readonly #note: (command: Command, entry: NewEntry) => Promise<void>;
  readonly #mostMatters: number;
  /** The oldest first. */
  readonly #windows = new Map<string, Window>();

  constructor(note: (command: Command, entry: NewEntry) => Promise<void>, { mostMatters = usualMostMatters } = {}) {
    this.#note = note;
    this.#mostMatters = mostMatters;
  }

  /** Notes or counts a refusal. */
  async refused(matter: string, command: Command, entry: NewEntry): Promise<void> {
    const window = this.#windows.get(matter);
    if (window) {
      window.attempts += 1;
      window.last = [command, entry];
      return;
    }
    const timer = setTimeout(() => void this.#endWindow(matter), windowMs).unref();
    this.#windows.set(matter, { timer, attempts: 0, last: null });
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > this.#mostMatters && oldest !== undefined) await this.#endWindow(oldest);
    await this.#note(command, entry);
  }

  /** Notes those that were only counted, and begins anew. */
  async #endWindow(matter: string): Promise<void> {
    const window = this.#windows.get(matter);
    this.#windows.delete(matter);
    clearTimeout(window?.timer);
    if (!window?.last) return;
    const [command, entry] = window.last;
    await this.#note(command, { ...entry, detail: { ...entry.detail, attempts: window.attempts } });
  }
}
