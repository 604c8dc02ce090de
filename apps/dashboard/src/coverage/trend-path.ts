interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Where the points of a trend lie in a box of 1 × 1, the oldest at the left and y = 0 at the top. By time, since checks are
 * not made at equal distances. The box reaches from a little below the lowest to 100 %, so that a small loss is seen.
 */
export function trendPoints(trend: readonly { readonly at: number; readonly percent: number }[]): Point[] {
  const [first, last] = [trend[0], trend.at(-1)];
  if (!first || !last) return [];
  const span = last.at - first.at;
  const bottom = bottomOf(trend.map(({ percent }) => percent));
  return trend.map(({ at, percent }) => ({
    x: span === 0 ? 1 : (at - first.at) / span,
    y: 1 - (percent - bottom) / (100 - bottom),
  }));
}

/** Where the scale of a trend begins: below its lowest, at the most 90 %. */
export function bottomOf(percents: readonly number[]): number {
  const lowest = Math.min(100, ...percents);
  return Math.min(90, Math.floor(Math.max(0, lowest - (100 - lowest) * 0.15)));
}
