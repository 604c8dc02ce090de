/** Lengths that a person can read off an axis, seconds. */
const readable = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];

/**
 * How long the slices are into which a span of time is cut, at most `points` of them: of the readable lengths the shortest
 * that does, so that slices keep their place while the span grows. Longer ones are whole days.
 */
export function sliceSeconds(spanSeconds: number, points: number): number {
  const least = spanSeconds / points;
  return readable.find((seconds) => seconds >= least) ?? Math.ceil(least / 86_400) * 86_400;
}
