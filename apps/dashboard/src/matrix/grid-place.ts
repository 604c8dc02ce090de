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
