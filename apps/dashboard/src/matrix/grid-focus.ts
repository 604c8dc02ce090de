import { type FocusEvent, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';

const start: Place = { row: 0, col: 1 };

/** The one cell of the grid that Tab comes to, and its moves by the keys of a grid. */
export function useGridFocus(
  box: RefObject<HTMLElement | null>,
  size: { readonly rows: number; readonly cols: number },
) {
  const [chosen, setActive] = useState<Place>(start);
  const active = { row: Math.min(chosen.row, size.rows - 1), col: Math.min(chosen.col, size.cols - 1) };
  // The cell that is to have the focus and is perhaps not there yet.
  const awaited = useRef<Place>(null);
  useEffect(() => {
    const cell = awaited.current && box.current?.querySelector<HTMLElement>(selector(awaited.current));
    if (!cell) return;
    awaited.current = null;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });
  return {
    active,
    reset: () => setActive(start),
    /** Answers where the focus goes; null: it was no key of a grid. */
    onKey: (event: KeyboardEvent, pageRows: number): Place | null => {
      const next = event.altKey || event.metaKey ? null : gridMove(event, active, { ...size, pageRows });
      if (next === null) return null;
      event.preventDefault();
      // The row that has the focus may go before the next has come: meanwhile the grid itself hears the keys.
      if (!box.current?.querySelector(selector(next))) box.current?.focus({ preventScroll: true });
      awaited.current = next;
      setActive(next);
      return next;
    },
    onFocus: ({ target }: FocusEvent) => {
      const place = cellAt(target)?.place;
      if (place && (place.row !== active.row || place.col !== active.col)) setActive(place);
    },
  };
}

function selector({ row, col }: Place): string {
  return `[data-row="${row}"] [data-col="${col}"]`;
}

/** Where a pressed key leads from a cell, as in any grid; null: nowhere, it is not one of the grid's keys. */
export function gridMove(
  { key, ctrlKey }: { readonly key: string; readonly ctrlKey: boolean },
  { row, col }: Place,
  size: { readonly rows: number; readonly cols: number; readonly pageRows: number },
): Place | null {
  const lastRow = size.rows - 1;
  const lastCol = size.cols - 1;
  const at = (toRow: number, toCol: number): Place => ({
    row: Math.min(lastRow, Math.max(headRow, toRow)),
    col: Math.min(lastCol, Math.max(0, toCol)),
  });
  switch (key) {
    case 'ArrowUp':
      return at(row - 1, col);
    case 'ArrowDown':
      return at(row + 1, col);
    case 'ArrowLeft':
      return at(row, col - 1);
    case 'ArrowRight':
      return at(row, col + 1);
    case 'PageUp':
      // From the keys it stops at the first one, so that the head is not met by surprise.
      return at(row > 0 ? Math.max(0, row - size.pageRows) : headRow, col);
    case 'PageDown':
      return at(Math.max(0, row + size.pageRows), col);
    case 'Home':
      return ctrlKey ? at(0, 0) : at(row, 0);
    case 'End':
      return ctrlKey ? at(lastRow, lastCol) : at(row, lastCol);
    default:
      return null;
  }
}

/** A cell of the grid: column 0 holds the key; row -2 the Regions, row -1 their sums, rows from 0 the keys. */
export interface Place {
  readonly row: number;
  readonly col: number;
}

export const headRow = -2;
export const sumRow = -1;

/** The cell that an element is in, by the `data-row` and `data-col` around it. */
export function cellAt(target: EventTarget | null): { readonly element: HTMLElement; readonly place: Place } | null {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-col]') : null;
  const row = element?.closest<HTMLElement>('[data-row]');
  if (!element || !row) return null;
  return { element, place: { row: Number(row.dataset.row), col: Number(element.dataset.col) } };
}
