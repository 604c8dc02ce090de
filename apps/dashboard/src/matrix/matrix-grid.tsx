// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be virtual
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useRef,
} from 'react';
import { Failure } from '../display/failure.tsx';
import { cellAt, headRow, type Place, useGridFocus } from './grid-focus.ts';
import { GridTip, gridWords } from './grid-tip.tsx';
import classes from './matrix-grid.module.css';
import { MatrixHead } from './matrix-head.tsx';
import { useMatrixRows } from './matrix-pages.ts';
import { MatrixRow } from './matrix-row.tsx';
import type { MatrixKey, MatrixSubject, MatrixTotals } from './matrix-subject.ts';

const rowHeight = 28;
const keyWidth = { most: 310, share: 0.42 };
const narrowest = 30;
const widest = 104;
/** From this width on a column's head has room for lying letters. */
const lyingFrom = 84;
/** Of the head: the Regions and their sums. */
const heights = { lying: 46 + 56, upright: 108 + 36 };

export interface MatrixGridProps {
  /** The same object as long as nothing of it has changed: each row depends on it. */
  subject: MatrixSubject;
  totals: MatrixTotals;
  busy: boolean;
  onOpen: (key: MatrixKey, region: string) => void;
  onRegion: (region: string) => void;
  /** What stands at its right: it is told which rows are in view, and may bring others there. */
  beside?: ((view: { first: number; last: number; onJump: (index: number) => void }) => ReactNode) | undefined;
}

/** Keys × Regions as a grid; of its rows only those in view are there. */
export function MatrixGrid({ subject, totals, busy, onOpen, onRegion, beside }: MatrixGridProps) {
  const { keys, regions, chosen, lookOf } = subject;
  const box = useRef<HTMLDivElement>(null);
  const { ref: measured, width } = useElementSize<HTMLDivElement>();
  const boxRef = useMergedRef(box, measured);
  const forKey = Math.min(keyWidth.most, Math.round(width * keyWidth.share));
  const room = Math.floor((width - forKey) / Math.max(1, regions.length));
  const cellWidth = Math.min(widest, Math.max(narrowest, room));
  const lying = cellWidth >= lyingFrom;
  const headHeight = lying ? heights.lying : heights.upright;

  const focus = useGridFocus(box, { rows: keys, cols: regions.length + 1 });
  const activeRow = focus.active.row;
  const rows = useVirtualizer({
    count: keys,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 5,
    useFlushSync: false,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    // The row of the focus is always there, so that Tab comes back to it from wherever one has scrolled.
    rangeExtractor: useCallback(
      (range: Range) => [...new Set([...defaultRangeExtractor(range), ...(activeRow >= 0 ? [activeRow] : [])])],
      [activeRow],
    ),
  });
  // The range is that of the items once they are asked for; what is under the head is not in view.
  const items = rows.getVirtualItems();
  const first = Math.min(keys - 1, Math.floor((rows.scrollOffset ?? 0) / rowHeight));
  const last = Math.max(first, rows.range?.endIndex ?? 0);
  const { rowAt, error } = useMatrixRows(subject.pageOf, first, last);

  useEffect(() => {
    rows.scrollToOffset(0);
    focus.reset();
  }, [subject.list]);

  const act = ({ row, col }: Place) => {
    const region = regions[col - 1];
    if (region === undefined) return;
    if (row === headRow) onRegion(region);
    const key = row >= 0 ? rowAt(row) : undefined;
    if (key && lookOf(key, col - 1) !== null) onOpen(key, region);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      act(focus.active);
      return;
    }
    const next = focus.onKey(event, Math.max(1, last - first - 1));
    if (next && next.row >= 0) rows.scrollToIndex(next.row, { align: 'auto' });
  };
  const onClick = ({ target }: MouseEvent) => {
    const cell = cellAt(target);
    if (!cell) return;
    cell.element.focus({ preventScroll: true });
    act(cell.place);
  };

  const sizes = {
    '--key-width': `${forKey}px`,
    '--cell-width': `${cellWidth}px`,
    '--columns': regions.length,
    '--head-height': `${headHeight}px`,
    '--row-height': `${rowHeight}px`,
  } as CSSProperties;
  return (
    <>
      {error && <Failure error={error} what="these keys" />}
      <div className={classes.frame} style={sizes}>
        <div
          ref={boxRef}
          role="grid"
          aria-label="Keys and Regions"
          aria-rowcount={keys + 2}
          aria-colcount={regions.length + 1}
          aria-busy={busy}
          tabIndex={-1}
          className={classes.grid}
          onKeyDown={onKeyDown}
          onClick={onClick}
          onFocus={focus.onFocus}
        >
          <MatrixHead
            regions={regions}
            sums={totals.sums}
            all={totals.label}
            lying={lying}
            chosen={chosen.region}
            activeRow={Math.min(activeRow, 0)}
            activeCol={focus.active.col}
          />
          <div role="rowgroup" className={classes.body} style={{ height: rows.getTotalSize() }}>
            {items.map(({ index, start }) => (
              <MatrixRow
                key={index}
                index={index}
                top={start - headHeight}
                rowKey={rowAt(index)}
                subject={subject}
                activeCol={activeRow === index ? focus.active.col : null}
              />
            ))}
          </div>
        </div>
        {beside?.({ first, last, onJump: (index) => rows.scrollToIndex(index, { align: 'start' }) })}
        <GridTip grid={box} words={(place) => gridWords(subject, totals, rowAt, place)} />
      </div>
      {items.length < keys && (
        <p className={classes.printed}>
          Rows {first + 1} to {last + 1} of {keys.toLocaleString('en')}
        </p>
      )}
    </>
  );
}
