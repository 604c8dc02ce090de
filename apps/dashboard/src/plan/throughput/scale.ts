/** The marks of an axis from 0 to beyond `most`: four or five even steps that a person can read. */
export function scaleOf(most: number): number[] {
  const least = Math.max(most * 1.1, 0.1) / 5;
  const size = 10 ** Math.floor(Math.log10(least));
  const step = size * ([1, 2, 2.5, 5, 10].find((times) => times * size >= least) ?? 10);
  const steps = Math.ceil((most * 1.1) / step) || 1;
  return Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
