import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap of this process grow by a quarter of what is in use before it is collected, instead of to a multiple of it,
 * so that a plan of a million rows fits into a container of 512 MiB. Called first thing in `main`. What it costs: see
 * bench/benches.md.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=25');
}
