/** A cell that a spreadsheet would run as a formula is turned into text: names and error messages come from outside. */
export function withoutFormula<Cell>(cell: Cell): Cell | string {
  return typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}
