import { type MatrixView, noReplicaLetter, type ReplicaState, replicaStates, stateLetters } from '@keyferry/core';
import { regionInFull } from '../../regions/region-in-words.ts';
import { replicaLooks } from '../../states/replica-states.ts';

export type MatrixKey = MatrixView['items'][number];

const statesByLetter = new Map(replicaStates.map((state) => [stateLetters[state], state]));

/** The state that a letter of `cells` stands for; null: no replica, or a state that is newer than this page. */
export function stateOf(letter: string | undefined): ReplicaState | null {
  return statesByLetter.get(letter ?? noReplicaLetter) ?? null;
}

/** How many replicas of one slice and Region, by state. */
export function countsOfLetters(letters: Readonly<Record<string, number>>): Partial<Record<ReplicaState, number>> {
  const counts: Partial<Record<ReplicaState, number>> = {};
  for (const [letter, count] of Object.entries(letters)) {
    const state = stateOf(letter);
    if (state !== null) counts[state] = count;
  }
  return counts;
}

/** What a person calls a key: its alias, else its id. */
export function keyName({ alias, key_id }: Pick<MatrixKey, 'alias' | 'key_id'>): string {
  return alias ?? key_id;
}

/** What the head of a row says in words. */
export function keyWords(key: MatrixKey): string {
  const { account, primary_region } = key;
  return `${keyName(key)}, ${account === null ? 'not found in CCKM' : `account ${account}, primary in ${primary_region}`}`;
}

/** What a cell says in words. */
export function cellWords(key: MatrixKey, region: string, state: ReplicaState | null): string {
  if (state !== null) return replicaLooks[state].label;
  return key.primary_region === region ? 'The primary is here' : `Not replicated to ${regionInFull(region)}`;
}
