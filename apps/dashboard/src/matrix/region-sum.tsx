import { StateGlyph } from '../states/state-look.tsx';
import classes from './matrix-grid.module.css';
import type { RegionSum } from './matrix-subject.ts';

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** How the cells of one Region are doing: as a bar, and in the numbers that there is room for. */
export function RegionSumCell({ sum: { parts, done, open, short }, wide }: { sum: RegionSum; wide: boolean }) {
  return (
    <span aria-hidden className={classes.numbers}>
      <span className={classes.bar}>
        {parts
          .filter(({ count }) => count > 0)
          .map(({ look, count }) => (
            <span key={look.label} style={{ flexGrow: count, background: look.colour }} />
          ))}
      </span>
      {wide ? (
        <>
          <span>{done}</span>
          <span className={classes.notDone}>
            {open.map(({ look, count }) => (
              <span key={look.label}>
                <StateGlyph look={look} /> {compact.format(count)}
              </span>
            ))}
          </span>
        </>
      ) : typeof short === 'string' ? (
        <span>{short}</span>
      ) : (
        <b style={{ color: short.look.colour }}>{compact.format(short.count)}</b>
      )}
    </span>
  );
}
