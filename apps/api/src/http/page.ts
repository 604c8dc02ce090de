import type { Page } from '@keyferry/core';

/** A page from rows that were read with one more than the limit: the extra one says that there is a next page. */
export function pageOf<Row extends { id: string }, View>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => View,
): Page<View> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: items.map(view), next_cursor: more ? Buffer.from(last.id).toString('base64url') : null };
}
