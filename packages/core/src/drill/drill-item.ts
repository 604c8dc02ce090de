import { z } from 'zod';

/** What became of one key × Region of a drill, and of one key that it promoted: a row each of its evidence. */

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const ms = z.number().min(0);

/** What ended the recovery of a key × Region, the strongest evidence first. */
export const reachedBy = ['proof_after_promotion', 'promotion', 'proof', 'usable'] as const;
export type ReachedBy = (typeof reachedBy)[number];

export const lostTimeSchema = z
  .object({ approval_ms: ms, paused_ms: ms, throttled_ms: ms, retries_ms: ms })
  .meta({ id: 'LostTime', description: 'Milliseconds lost to each; no moment counts twice.' });

const itemErrorSchema = z.object({
  code: z.string().describe("Keyferry's own code, from its error catalogue"),
  message: z.string(),
  provider_code: z.string().nullable(),
});

const whatWasDone = {
  state: z.string(),
  outcome: z.string().nullable(),
  attempts: z.int().min(0).describe('Calls that were made to change something'),
  error: itemErrorSchema.nullable(),
  first_call_at: time.nullable().describe('T2: the first call to change something'),
  accepted_at: time.nullable().describe('T3: CCKM took it'),
  usable_at: time.nullable().describe('T4: read back and usable'),
  lost: lostTimeSchema,
};

export const drillItemSchema = z.object({
  key_id: z.string().describe('CCKM id of the primary when the drill began'),
  mrk: z.string(),
  key_arn: z.string().nullable(),
  alias: z.string().nullable(),
  account: z.string(),
  primary_region: z.string().describe("The primary's Region when the drill began"),
  origin: z.string().nullable(),
  region: z.string(),
  replica_key_id: z.string().nullable(),
  replica_arn: z.string().nullable(),
  before: z.string().nullable().describe('Its coverage when the drill began'),
  ...whatWasDone,
  state: z
    .string()
    .nullable()
    .describe('Its coverage by the last check; null: no check tells, which counts as unknown'),
  code: z.string().nullable(),
  message: z.string().nullable(),
  replication: z.string().nullable().describe('Where a plan of the drill was to make it: the state it ended in'),
  promoted_at: time
    .nullable()
    .default(null)
    .describe('When every member of its set confirmed its promotion by the drill; null: it was not promoted'),
  proven_at: time
    .nullable()
    .describe('T5: the first proof that covers it, after its promotion where the drill promotes'),
  proven_by: z.enum(['check', 'http']).nullable(),
  reached_ms: ms
    .nullable()
    .describe(
      'From T0 to T5; where nothing proves it to its promotion, and without one to T4. Null: it was not reached, or not promoted by a drill that promotes',
    ),
  reached_by: z
    .enum(reachedBy)
    .nullable()
    .default(null)
    .describe('What `reached_ms` ends with: the proof after the promotion, the promotion, a proof, or T4'),
  material: z.object({
    equal: z.boolean().nullable().describe("Whether it has the primary's key material; null: it was not compared"),
    compared_by: z
      .enum(['current_material', 'imported_material', 'key_id'])
      .nullable()
      .describe(
        '`key_id`: AWS_KMS, CCKM tells no id of material, and KMS itself keeps that of one key alike in all Regions',
      ),
    ids: z.array(z.string()),
    primary_ids: z.array(z.string()),
    valid_to: time.nullable(),
  }),
  differs_in: z
    .array(z.string())
    .describe('Properties that are other than intended; of policies no more than that is told'),
});

export const drillMoveSchema = z.object({
  step: z.string().nullable().describe('The id of the step'),
  kind: z.enum(['promote', 'failback', 'rollback']),
  plan_id: z.uuid(),
  key_id: z.string(),
  mrk: z.string(),
  key_arn: z.string().nullable(),
  alias: z.string().nullable(),
  account: z.string(),
  from_region: z.string(),
  region: z.string().describe("Made the primary's Region"),
  ...whatWasDone,
});

export type LostTime = z.infer<typeof lostTimeSchema>;
export type DrillItem = z.infer<typeof drillItemSchema>;
export type DrillMove = z.infer<typeof drillMoveSchema>;
