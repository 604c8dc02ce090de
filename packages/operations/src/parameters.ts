import { z } from 'zod';

/** A page of a list. */
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });

const otherCursor = 'Use the next_cursor of the previous page, unchanged.';

export const limit = z.coerce.number<number>().int().min(1).max(1000).default(100);

/** Cursor paging as most lists of the API have it: `?limit=` (1..1000) and `?cursor=`, which hides the id of the last row. */
export const pageQuery = {
  limit,
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/, otherCursor)
    .transform((text, context) => {
      const id = decoded(text);
      if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
      context.addIssue({ code: 'custom', message: otherCursor });
      return z.NEVER;
    })
    .optional()
    .meta({ override: { type: 'string' } }),
};

/** Of base64url. */
function decoded(text: string): string {
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}

/** A cursor that is the number of the last row. */
export const numberCursor = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^\\d{1,${digits}}$`), otherCursor)
    .transform(Number)
    .optional()
    .meta({ override: { type: 'string' } });

const place = z
  .string()
  .regex(/^\d{1,9}$/, 'Expected a whole number of 0 or more.')
  .transform(Number)
  .optional();
/** The place of a key in a matrix, from the previous page. */
export const matrixCursor = place.meta({ override: { type: 'string' } });
/** The place of a key in a matrix, as a table that jumps anywhere asks for it. */
export const matrixOffset = place.meta({ override: { type: 'integer', minimum: 0 } }) as z.ZodType<
  number | undefined,
  number | undefined
>;

/** Part of what a key is known by. */
export const keyText = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('Part of an alias, key id or account; case-insensitive');
export const regionText = z.string().max(64).optional();

/** A flag in a query. */
export const flag = z.enum(['true', 'false']);

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 hexadecimal digits, in lower case.');
/** What a person says. */
export const words = z.string().trim().min(1).max(2_000);

/** The header of what is made once for it. */
export const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .max(255)
    .optional()
    .describe('A repeat with the same body returns the result of the first request; kept for 24 hours'),
});
