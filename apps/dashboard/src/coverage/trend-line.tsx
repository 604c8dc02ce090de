import looks from './trend-line.module.css';
import { trendPoints } from './trend-path.ts';

const box = { width: 132, height: 34, margin: 4 };

/** The covered share over the last checks as a small line; `words` say the same. */
export function TrendLine({ trend, words }: { trend: readonly { at: number; percent: number }[]; words: string }) {
  const points = trendPoints(trend).map(({ x, y }) => ({
    x: box.margin + x * (box.width - 2 * box.margin),
    y: box.margin + y * (box.height - 2 * box.margin),
  }));
  const last = points.at(-1);
  if (!last) return null;
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return (
    <svg
      className={looks.line}
      width={box.width}
      height={box.height}
      viewBox={`0 0 ${box.width} ${box.height}`}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      <line x1={box.margin} x2={box.width - box.margin} y1={box.margin} y2={box.margin} className={looks.all} />
      {points.length > 1 && <polyline points={line} className={looks.path} />}
      <circle cx={last.x} cy={last.y} r="3" className={looks.now} />
    </svg>
  );
}
