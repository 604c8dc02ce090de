/** A small repeatable generator: the same seed makes the same keys, timings and faults. */
export interface SeededRandom {
  /** 0 ≤ x < 1. */
  next(): number;
  between(min: number, max: number): number;
  hex(length: number): string;
  uuid(): string;
  /** Begins the same numbers again. */
  restart(): void;
}

export function seededRandom(seed: string): SeededRandom {
  const first = [...seed].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16_777_619) >>> 0, 2_166_136_261);
  let state = first;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join('');
  return {
    next,
    between: (min, max) => min + next() * (max - min),
    hex,
    restart: () => {
      state = first;
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}
