import { z } from 'zod';
import { lostTimeSchema } from '../drill/drill-item.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const count = z.int().min(0);
const ms = z.number().min(0);
const met = z
  .boolean()
  .nullable()
  .describe('true only if every key-Region pair is known to have met it; null: no target');

const reached = {
  cells: count.describe('Key-Region pairs in scope'),
  reached: count,
  within_target: count.nullable(),
  p50_ms: ms.nullable().describe('Nearest-rank percentile over all cells; null: too many cells were not reached'),
  p95_ms: ms.nullable(),
  max_ms: ms.nullable(),
  met,
};
const compared = {
  cells: count,
  compared: count.describe("Cells whose key material was compared with the primary's"),
  equal: count,
  by_material: count.describe('Of these, cells compared by the ids of the key material'),
  by_key_id: count.describe('Of these, cells judged by the key id alone'),
  nearest_valid_to: time.nullable(),
  met,
};
const region = { region: z.string() };

export const drillTimesViewSchema = z
  .object({
    drill_id: z.uuid(),
    declared_at: time.describe('T0'),
    approved_at: time.nullable().describe('T1'),
    first_call_at: time.nullable().describe('T2'),
    accepted_at: time.nullable().describe('T3: when CCKM accepted the last call'),
    usable_at: time.nullable().describe('T4: when the last one was read as usable; null: not all are usable'),
    promoted_at: time.nullable().describe('When the last promotion was confirmed; null: no promotion'),
    proven_at: time
      .nullable()
      .describe(
        'T5: when the last one was proven (after its promotion if the drill promotes); null: not all are proven',
      ),
    finished_at: time.nullable().describe('T6'),
    rto: z.object({
      target_ms: ms.nullable(),
      measured_to: z
        .object({
          proof_after_promotion: count.describe('Until the first proof after the promotion'),
          promotion: count.describe('Until the promotion, without a proof after it'),
          proof: count.describe('Until the first proof, in a drill without promotions'),
          usable: count.describe('Until T4, without a proof'),
        })
        .describe(
          'Times are measured from the declaration (T0) until one of these; number of key-Region pairs for each',
        ),
      total: z.object(reached),
      by_region: z.array(z.object({ ...region, ...reached })),
    }),
    rpo: z.object({
      target_ms: ms.nullable(),
      total: z.object(compared),
      by_region: z.array(z.object({ ...region, ...compared })),
    }),
    lost: lostTimeSchema.describe('Sum over all key-Region pairs'),
    worst: lostTimeSchema.describe('Maximum of one key-Region pair for each'),
    by_state: z.record(z.string(), count).describe('Key-Region pairs by the result of the last check'),
  })
  .meta({ id: 'DrillTimes', description: 'Times of a drill, from T0 to T5, or to T4 without a proof.' });

export type DrillTimesView = z.infer<typeof drillTimesViewSchema>;
