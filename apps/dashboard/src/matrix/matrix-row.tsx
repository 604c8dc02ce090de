// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be virtual
// biome-ignore-all lint/a11y/useFocusableInteractive: the cells of a grid have the focus, not its rows
import { type CSSProperties, memo } from 'react';
import { regionInShort } from '../regions/region-names.ts';
import type { StateLook } from '../states/state-look.tsx';
import classes from './matrix-grid.module.css';
import { cellWords, keyHome, keyName, type MatrixKey, type MatrixSubject } from './matrix-subject.ts';

const endLength = 8;

interface MatrixRowProps {
  index: number;
  top: number;
  /** Undefined while it is being read. */
  rowKey: MatrixKey | undefined;
  subject: MatrixSubject;
  /** The column that has the grid's focus, in this row. */
  activeCol: number | null;
}

/** One key and its cells. An element a cell and no more: while one scrolls hundreds come and go each moment. */
export const MatrixRow = memo(function MatrixRow(props: MatrixRowProps) {
  const { index, top, rowKey, subject, activeCol } = props;
  const { regions, lookOf, chosen } = subject;
  return (
    <div
      role="row"
      aria-rowindex={index + 3}
      aria-busy={rowKey === undefined}
      data-row={index}
      className={classes.row}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        role="rowheader"
        aria-colindex={1}
        aria-label={rowKey ? `${keyName(rowKey)}, ${keyHome(rowKey)}` : 'Loading'}
        data-col={0}
        tabIndex={activeCol === 0 ? 0 : -1}
        className={classes.key}
      >
        {rowKey ? <KeyLine rowKey={rowKey} /> : <span className={classes.coming} />}
      </div>
      {/* Without cells until it has come, but for the row that has the focus. */}
      {(rowKey !== undefined || activeCol !== null) &&
        regions.map((name, i) => {
          const there = rowKey ? lookOf(rowKey, i) : null;
          const back =
            (chosen.look !== null && there?.label !== chosen.look.label) ||
            (chosen.region !== null && name !== chosen.region);
          return (
            <div
              key={name}
              role="gridcell"
              aria-colindex={i + 2}
              aria-label={rowKey ? cellWords(rowKey, name, there, subject) : 'Loading'}
              data-col={i + 1}
              tabIndex={activeCol === i + 1 ? 0 : -1}
              className={classes.cell}
              style={there === null ? undefined : paintOf(there)}
              data-weight={there?.weight}
              data-back={back || undefined}
              data-primary={rowKey?.primary_region === name || undefined}
            >
              {there?.shape}
            </div>
          );
        })}
    </div>
  );
});

function KeyLine({ rowKey: { alias, key_id, account, primary_region } }: { rowKey: MatrixKey }) {
  const name = alias?.replace(/^alias\//, '') ?? key_id;
  return (
    <>
      <span className={classes.name} data-id={alias === null || undefined}>
        {/* What tells keys apart mostly stands at the end: the middle gives way. */}
        <span className={classes.start}>{name.slice(0, -endLength)}</span>
        <span>{name.slice(-endLength)}</span>
      </span>
      <span className={classes.account}>{account}</span>
      <span className={classes.home}>{primary_region && regionInShort(primary_region)}</span>
    </>
  );
}

const paints = new Map<StateLook, CSSProperties>();

/** One object a state, so that a cell which has not changed is not touched. */
function paintOf(look: StateLook): CSSProperties {
  const paint = paints.get(look) ?? ({ '--state': look.colour } as CSSProperties);
  paints.set(look, paint);
  return paint;
}
