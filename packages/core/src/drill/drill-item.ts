import { z } from 'zod';

/** What became of one key × Region of a drill, and of one key that it promoted: a row each of its evidence. */

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const ms = z.number().min(0);

/** What ended the recovery of a key × Region, the strongest evidence first. */
export const reachedBy = ['proof_after_promotion', 'promotion', 'proof', 'usable'] as const;
export type ReachedBy = (typeof reachedBy)[number];

export const lostTimeSchema = z
  .object({ approval_ms: ms, paused_ms: ms, throttled_ms: ms, retries_ms: ms })
  .meta({ id: 'LostTime', description: 'Milliseconds lost to each cause; no moment counts twice.' });

const itemErrorSchema = z.object({
  code: z.string().describe("Code from Keyferry's error catalogue"),
  message: z.string(),
  provider_code: z.string().nullable(),
});

const whatWasDone = {
  state: z.string(),
  outcome: z.string().nullable(),
  attempts: z.int().min(0).describe('Calls that change something'),
  error: itemErrorSchema.nullable(),
  first_call_at: time.nullable().describe('T2: the first call that changes something'),
  accepted_at: time.nullable().describe('T3: CCKM accepted the call'),
  usable_at: time.nullable().describe('T4: read as usable'),
  lost: lostTimeSchema,
};

export const drillItemSchema = z.object({
  key_id: z.string().describe('CCKM id of the primary at the start of the drill'),
  mrk: z.string(),
  key_arn: z.string().nullable(),
  alias: z.string().nullable(),
  account: z.string(),
  primary_region: z.string().describe("The primary's Region at the start of the drill"),
  origin: z.string().nullable(),
  region: z.string(),
  replica_key_id: z.string().nullable(),
  replica_arn: z.string().nullable(),
  before: z.string().nullable().describe('Coverage at the start of the drill'),
  ...whatWasDone,
  state: z.string().nullable().describe('Coverage in the last check; null: not in a check, counts as unknown'),
  code: z.string().nullable(),
  message: z.string().nullable(),
  replication: z.string().nullable().describe('Final state of its row in a plan of the drill; null: in no plan'),
  promoted_at: time
    .nullable()
    .default(null)
    .describe('When every member of its set confirmed the promotion by the drill; null: not promoted'),
  proven_at: time
    .nullable()
    .describe('T5: the first proof that it is covered (after its promotion if the drill promotes)'),
  proven_by: z.enum(['check', 'http']).nullable(),
  reached_ms: ms
    .nullable()
    .describe(
      'From T0 to T5; without a proof to the promotion, and without a promotion to T4. Null: not reached, or not promoted in a drill that promotes',
    ),
  reached_by: z
    .enum(reachedBy)
    .nullable()
    .default(null)
    .describe('What ends `reached_ms`: the proof after the promotion, the promotion, a proof, or T4'),
  material: z.object({
    equal: z.boolean().nullable().describe("true: it has the primary's key material; null: not compared"),
    compared_by: z
      .enum(['current_material', 'imported_material', 'key_id'])
      .nullable()
      .describe(
        '`key_id`: AWS_KMS origin and CCKM reports no material id; KMS keeps the material of one multi-Region key equal in all Regions',
      ),
    ids: z.array(z.string()),
    primary_ids: z.array(z.string()),
    valid_to: time.nullable(),
  }),
  differs_in: z.array(z.string()).describe('Properties that differ from the intended ones; policies are not shown'),
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
  region: z.string().describe('The new Region of the primary'),
  ...whatWasDone,
});

export type LostTime = z.infer<typeof lostTimeSchema>;
export type DrillItem = z.infer<typeof drillItemSchema>;
export type DrillMove = z.infer<typeof drillMoveSchema>;
