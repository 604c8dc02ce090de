import { type FocusEvent, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { gridMove } from './grid-move.ts';
import { cellAt, type Place } from './grid-place.ts';

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
