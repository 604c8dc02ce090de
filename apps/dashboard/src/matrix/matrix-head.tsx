// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be virtual
// biome-ignore-all lint/a11y/useFocusableInteractive: the cells of a grid have the focus, not its rows
import { VisuallyHidden } from '@mantine/core';
import { memo } from 'react';
import { regionName } from '../regions/region-names.ts';
import { StateGlyph } from '../states/state-look.tsx';
import { headRow, sumRow } from './grid-focus.ts';
import classes from './matrix-grid.module.css';
import type { CellSum, MatrixTotals } from './matrix-subject.ts';

interface MatrixHeadProps {
  regions: readonly string[];
  sums: MatrixTotals['sums'];
  /** Of all keys, in short. */
  all: string;
  /** Whether the names of the Regions lie; else they stand. */
  lying: boolean;
  /** The Region of the filter. */
  chosen: string | null;
  /** The cell that has the grid's focus. */
  activeRow: number;
  activeCol: number;
}

/** The Regions, and how each is doing. */
export const MatrixHead = memo(function MatrixHead(props: MatrixHeadProps) {
  const { regions, sums, all, lying, chosen, activeRow, activeCol } = props;
  const tab = (row: number, col: number) => (activeRow === row && activeCol === col ? 0 : -1);
  return (
    <div role="rowgroup" className={classes.head} data-lying={lying || undefined}>
      <div role="row" aria-rowindex={1} data-row={headRow} className={classes.names}>
        <div role="columnheader" aria-colindex={1} data-col={0} tabIndex={tab(headRow, 0)} className={classes.key}>
          <span className={classes.name}>Key</span>
          <span className={classes.account}>Account</span>
          <span className={classes.home}>Primary</span>
        </div>
        {regions.map((region, i) => (
          <div
            key={region}
            role="columnheader"
            aria-colindex={i + 2}
            aria-selected={chosen === region}
            aria-label={[region, regionName(region)].filter(Boolean).join(', ')}
            data-col={i + 1}
            tabIndex={tab(headRow, i + 1)}
            className={classes.region}
            data-back={(chosen !== null && chosen !== region) || undefined}
          >
            <span className={classes.code}>{region}</span>
            <span className={classes.place}>{regionName(region)}</span>
          </div>
        ))}
      </div>
      <div role="row" aria-rowindex={2} data-row={sumRow} className={classes.sums}>
        <div role="rowheader" aria-colindex={1} data-col={0} tabIndex={tab(sumRow, 0)} className={classes.key}>
          <span className={classes.name}>All keys</span>
          <span className={classes.account}>{all}</span>
        </div>
        {regions.map((region, i) => {
          const sum = sums?.[i];
          return (
            <div
              key={region}
              role="gridcell"
              aria-colindex={i + 2}
              data-col={i + 1}
              tabIndex={tab(sumRow, i + 1)}
              className={classes.sum}
            >
              {sum && <RegionSumCell sum={sum} wide={lying} />}
              <VisuallyHidden>{sum ? sum.words || 'Nothing' : 'Loading'}</VisuallyHidden>
            </div>
          );
        })}
      </div>
    </div>
  );
});

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** How the cells of one Region are doing: as a bar, and in the numbers that there is room for. */
function RegionSumCell({ sum: { parts, done, open, short }, wide }: { sum: CellSum; wide: boolean }) {
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
