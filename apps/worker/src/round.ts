import type { OpenWork } from '@keyferry/store';

/** What a worker does again and again on its own. */
export interface Round {
  readonly name: string;
  /** After the end of the one before. */
  readonly everyMs: number;
  /** Skipped while Postgres has no such work, begun at once when it notifies of new work; left out: never skipped. */
  readonly when?: keyof OpenWork;
  /** Done all the same once skipped for so long: should the gate be wrong, this is how late that is noticed. */
  readonly skippedMs?: number;
  readonly work: () => Promise<unknown>;
  /** Called each time the round is skipped. */
  readonly skipped?: () => void;
  /** Called at each notification of new work, before the round begins. */
  readonly heard?: () => void;
}
