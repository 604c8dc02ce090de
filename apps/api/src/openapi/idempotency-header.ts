import { z } from 'zod';

/** The header of what is made once for it. */
export const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .max(255)
    .optional()
    .describe('A repeat with the same body answers what the first one made; kept 24 hours'),
});
