/** A row of the store as JSON has it. */
export type Shown<Row> = Row extends Date
  ? string
  : Row extends readonly (infer Item)[]
    ? Shown<Item>[]
    : Row extends object
      ? { -readonly [Column in keyof Row]: Shown<Row[Column]> }
      : Row;

/** A row with its dates as RFC 3339 texts. What is inside its JSON columns are texts already. */
export function showRow<Row extends object>(row: Row): Shown<Row> {
  const shown = { ...row } as Record<string, unknown>;
  for (const column in shown) if (shown[column] instanceof Date) shown[column] = shown[column].toISOString();
  return shown as Shown<Row>;
}
