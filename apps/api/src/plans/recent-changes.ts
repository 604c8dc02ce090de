import type { eventFields } from '@keyferry/operations';

/** What a reader is told of replicas: nothing, their states, or all. */
export type EventFields = (typeof eventFields)[number];

/** Replicas that have changed, as JSON, by id. */
export type ChangedReplicas = ReadonlyMap<string, string>;

/** What changed between two revisions. */
export interface Round {
  readonly from: number;
  readonly to: number;
  readonly matrix: ChangedReplicas;
  /** Null: nobody wanted all of them. */
  readonly all: ChangedReplicas | null;
  /** More replicas changed than are named. */
  readonly truncated: boolean;
}

/** More replicas than this in one message and the reader is told to read the list. */
export const replicasPerMessage = 1_000;

/** What is kept at most: some megabytes, where somebody wants all of a replica. */
const most = { rounds: 240, replicas: 5_000 };

/** The newest changes of a plan, for those who come back and those who are slow. */
export class RecentChanges {
  readonly #rounds: Round[] = [];
  #replicas = 0;

  add(round: Round): void {
    this.#rounds.push(round);
    this.#replicas += round.matrix.size;
    while (this.#rounds.length > most.rounds || this.#replicas > most.replicas) {
      this.#replicas -= this.#rounds.shift()?.matrix.size ?? 0;
    }
  }

  /** What changed after a revision, each replica once; null: that is not known any more. */
  since(revision: number, fields: 'matrix' | 'all'): { replicas: ChangedReplicas; truncated: boolean } | null {
    const missed = this.#rounds.filter(({ to }) => to > revision);
    const [first] = missed;
    if (first === undefined || first.from > revision) return null;
    const parts = missed.map((round) => round[fields]);
    if (!parts.every((part) => part !== null)) return null;
    const replicas = parts.length === 1 && parts[0] ? parts[0] : new Map(parts.flatMap((part) => [...part]));
    return { replicas, truncated: missed.some(({ truncated }) => truncated) };
  }
}
