/** A figure at a time, seconds since the beginning. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** What comes before is the warm-up: caches fill, pools open, the first plans come of age. */
const warmUp = 1 / 3;

/**
 * How much a figure has grown: its highest value in the second half of the time after the warm-up ÷ that in the first half.
 * `floor`: its lowest instead, for a heap, whose height is a matter of the last garbage collection, and for what queued jobs hold.
 */
export function growth(points: readonly Point[], seconds: number, floor = false): number {
  const middle = seconds * (warmUp + (1 - warmUp) / 2);
  const values = (from: number, to: number) =>
    points.filter(({ at }) => at > from && at <= to).map(({ value }) => value);
  const of = (some: readonly number[]) => (floor ? Math.min(...some) : Math.max(...some));
  const [first, second] = [of(values(seconds * warmUp, middle)), of(values(middle, Number.POSITIVE_INFINITY))];
  return first === 0 ? (second === 0 ? 1 : Number.POSITIVE_INFINITY) : second / first;
}

/** Least squares over the second half of all points: what it grows by in a second. */
export function slope(points: readonly Point[]): number {
  const late = points.slice(Math.floor(points.length / 2));
  const mean = (of: (point: Point) => number) => late.reduce((sum, point) => sum + of(point), 0) / late.length;
  const [at, value] = [mean((point) => point.at), mean((point) => point.value)];
  const spread = late.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
  return spread === 0 ? 0 : late.reduce((sum, point) => sum + (point.at - at) * (point.value - value), 0) / spread;
}
