import { noReplicaLetter, type ReplicaState, replicaStates, stateLetters } from '@keyferry/core';
import type { MatrixKey } from '../../matrix/matrix-subject.ts';
import { replicaLooks } from '../../states/replica-states.ts';
import type { StateLook } from '../../states/state-look.tsx';

const statesByLetter = new Map(replicaStates.map((state) => [stateLetters[state], state]));

/** The state that a letter of `cells` stands for; null: no replica, or a state that is newer than this page. */
function stateOf(letter: string | undefined): ReplicaState | null {
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

/** Nothing is wrong where the primary is: there was only nothing to make. */
const blockedAtHome: StateLook = { ...replicaLooks.blocked, colour: 'var(--quiet)', weight: 'outline' };

export function lookOfCell(key: MatrixKey, region: string | undefined, letter: string | undefined): StateLook | null {
  const state = stateOf(letter);
  if (state === 'blocked' && key.primary_region === region) return blockedAtHome;
  return state && replicaLooks[state];
}
