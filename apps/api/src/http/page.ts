import type { Page } from '@keyferry/core';
import { z } from 'zod';

/** Cursor paging as every list of the API has it: `?limit=` (1..1000) and `?cursor=`. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/, 'Give the next_cursor of the page before, unchanged.')
    .transform((text, context) => {
      const id = Buffer.from(text, 'base64url').toString('utf8');
      if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
      context.addIssue({ code: 'custom', message: 'Give the next_cursor of the page before, unchanged.' });
      return z.NEVER;
    })
    .optional()
    .meta({ override: { type: 'string' } }),
};

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
