import { z } from 'zod';

const count = z.int().min(0);
const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

export const estateKeyViewSchema = z
  .object({
    key_id: z.string().describe('CCKM id of the primary; of a key without one, of one of its records'),
    mrk: z.string().nullable().describe('AWS key id, shared by all its Regions'),
    account: z.string().nullable(),
    alias: z.string().nullable(),
    origin: z.string().nullable(),
    multi_region: z.boolean().describe('Only these can be replicated'),
    primary_region: z.string().nullable().describe('Null: CCKM lists no primary'),
    regions: z
      .array(
        z.object({
          region: z.string(),
          key_id: z.string().describe('CCKM id there'),
          key_state: z.string().nullable().describe('As CCKM lists it; `Gone`: its container has the Region no more'),
          primary: z.boolean(),
        }),
      )
      .describe('Every Region in which CCKM lists it'),
  })
  .meta({ id: 'EstateKey' });

/** What CCKM lists, as it was last read: a page of keys, and how many there are of those that were asked for. */
export const estateViewSchema = z
  .object({
    items: z.array(estateKeyViewSchema),
    next_cursor: z.string().nullable(),
    total: count.describe('Keys that fit'),
    regions: z
      .array(z.object({ region: z.string(), keys: count }))
      .describe('Of these, how many are in each Region and not pending deletion there; the most first'),
    read_at: time.nullable().describe('When it was read of CCKM; null: not yet, ask again in some seconds'),
    reading: z.boolean().describe('It is being read now'),
    error: z
      .object({ code: z.string(), message: z.string(), failed_at: time })
      .nullable()
      .describe('Why the last reading failed; what is here is of the one before'),
  })
  .meta({ id: 'Estate' });

export type EstateKeyView = z.infer<typeof estateKeyViewSchema>;
export type EstateView = z.infer<typeof estateViewSchema>;
