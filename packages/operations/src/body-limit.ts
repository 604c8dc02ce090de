import type { Body } from './operation.ts';

const [KiB, MiB] = [1024, 1024 * 1024];

/** Bytes that a JSON body may have, inflated. What names keys one by one may be large; all other operations take a few fields. */
export function mostBytesOf({ large, mostBytes }: Body): number {
  return mostBytes ?? (large ? 32 * MiB : 256 * KiB);
}
