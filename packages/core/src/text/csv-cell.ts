/** What a spreadsheet may take for the beginning of a formula: also in full width, and behind what it does not show. */
const formula = /^(?:[\t\r\n]|[\s\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/u;

/** A cell that a spreadsheet would run as a formula is turned into text: names and error messages come from outside. */
export function withoutFormula<Cell>(cell: Cell): Cell | string {
  return typeof cell === 'string' && formula.test(cell) ? `'${cell}` : cell;
}
