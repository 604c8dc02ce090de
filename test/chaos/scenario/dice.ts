import { seededRandom } from '../../../apps/simulator/src/kms/seeded-random.ts';

/** Draws from one seed: the same seed, asked in the same order, answers the same. */
export interface Dice {
  /** A whole number, both ends included. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** `count` different ones, in a random order. */
  some<T>(from: readonly T[], count: number): T[];
}

export function diceFrom(seed: string): Dice {
  const random = seededRandom(seed);
  // The first numbers of near seeds are alike.
  for (let i = 0; i < 8; i += 1) random.next();
  const below = (count: number) => Math.floor(random.next() * count);
  return {
    between: (min, max) => min + below(max - min + 1),
    chance: (probability) => random.next() < probability,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    some: (from, count) => {
      const left = [...from];
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(below(left.length), 1)[0] as never);
    },
  };
}
