import { z } from 'zod';
import { planOperations, planStates } from '../plan/life.ts';
import { coverageCellViewSchema } from './coverage-views.ts';
import { replicaViewSchema } from './views.ts';

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

const memberInFull = estateKeyViewSchema.shape.regions.element.extend({
  key_arn: z.string().nullable(),
  tags: z.array(z.object({ key: z.string(), value: z.string() })).describe('As CCKM lists them'),
});

/** One key with its whole set, as CCKM was last read. */
export const estateKeyDetailViewSchema = estateKeyViewSchema
  .extend({
    regions: z.array(memberInFull).describe('Every Region in which CCKM lists it'),
    read_at: time.nullable().describe('When it was read of CCKM'),
  })
  .meta({ id: 'EstateKeyDetail' });

/** A row of a plan about a key. */
export const keyReplicaViewSchema = replicaViewSchema
  .extend({
    operation: z.enum(planOperations),
    plan_name: z.string(),
    plan_state: z.enum(planStates),
  })
  .meta({ id: 'KeyReplica' });

/** What the newest check of a policy found of a key in a Region. */
export const keyCoverageViewSchema = coverageCellViewSchema
  .extend({ policy: z.string(), check_id: z.uuid(), checked_at: time })
  .meta({ id: 'KeyCoverage' });

export type EstateKeyDetailView = z.infer<typeof estateKeyDetailViewSchema>;
export type KeyReplicaView = z.infer<typeof keyReplicaViewSchema>;
export type KeyCoverageView = z.infer<typeof keyCoverageViewSchema>;
export type EstateKeyView = z.infer<typeof estateKeyViewSchema>;
export type EstateView = z.infer<typeof estateViewSchema>;
