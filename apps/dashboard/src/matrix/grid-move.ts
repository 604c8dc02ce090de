import { headRow, type Place } from './grid-place.ts';

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
