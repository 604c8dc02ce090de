import { z } from 'zod';

const count = z.int().min(0);
const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

export const estateKeyViewSchema = z
  .object({
    key_id: z.string().describe('CCKM id of the primary, or of another record if there is no primary'),
    mrk: z.string().nullable().describe('AWS key id, shared by all its Regions'),
    account: z.string().nullable(),
    alias: z.string().nullable(),
    origin: z.string().nullable(),
    multi_region: z.boolean().describe('true: the key can be replicated'),
    primary_region: z.string().nullable().describe('Null: CCKM lists no primary'),
    regions: z
      .array(
        z.object({
          region: z.string(),
          key_id: z.string().describe('CCKM id there'),
          key_state: z
            .string()
            .nullable()
            .describe('As CCKM lists it; `Gone`: its KMS container no longer includes the Region'),
          primary: z.boolean(),
        }),
      )
      .describe('All Regions in which CCKM lists the key'),
  })
  .meta({ id: 'EstateKey' });

/** What CCKM lists, as it was last read: a page of keys, and how many there are of those that were asked for. */
export const estateViewSchema = z
  .object({
    items: z.array(estateKeyViewSchema),
    next_cursor: z.string().nullable(),
    total: count.describe('Keys that match'),
    regions: z
      .array(z.object({ region: z.string(), keys: count }))
      .describe('Of these, the number in each Region that are not pending deletion there, highest first'),
    read_at: time.nullable().describe('When the list was read from CCKM; null: not read yet, retry in a few seconds'),
    reading: z.boolean().describe('true: it is being read now'),
    error: z
      .object({ code: z.string(), message: z.string(), failed_at: time })
      .nullable()
      .describe('Why the last read failed; this response has the previous data'),
  })
  .meta({ id: 'Estate' });

export type EstateKeyView = z.infer<typeof estateKeyViewSchema>;
export type EstateView = z.infer<typeof estateViewSchema>;
