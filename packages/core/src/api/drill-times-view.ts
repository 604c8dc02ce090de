import { z } from 'zod';
import { lostTimeSchema } from '../drill/drill-item.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const count = z.int().min(0);
const ms = z.number().min(0);
const met = z
  .boolean()
  .nullable()
  .describe('True only when every key × Region is known to have met it; null: there is no target');

const reached = {
  cells: count.describe('Key × Region that were to be reached'),
  reached: count,
  within_target: count.nullable(),
  p50_ms: ms.nullable().describe('Nearest-rank over all cells; null: too many were not reached to tell'),
  p95_ms: ms.nullable(),
  max_ms: ms.nullable(),
  met,
};
const compared = {
  cells: count,
  compared: count.describe("Of which the key material was compared with the primary's"),
  equal: count,
  by_material: count.describe('Of these, the ones whose key material was compared by its own ids'),
  by_key_id: count.describe('Of these, the ones that are known to be by their key id alone'),
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
    accepted_at: time.nullable().describe('T3: when CCKM had taken the last that was called for'),
    usable_at: time.nullable().describe('T4: when the last was seen usable; null: not all were'),
    promoted_at: time.nullable().describe('When the last promotion was confirmed; null: none was made'),
    proven_at: time
      .nullable()
      .describe('T5: when the last was proven, after its promotion where the drill promotes; null: not all were'),
    finished_at: time.nullable().describe('T6'),
    rto: z.object({
      target_ms: ms.nullable(),
      measured_to: z
        .object({
          proof_after_promotion: count.describe('To the first proof after the promotion'),
          promotion: count.describe('To the promotion, which nothing proves afterwards'),
          proof: count.describe('To the first proof, where the drill promotes nothing'),
          usable: count.describe('To T4, where nothing proves it'),
        })
        .describe('All times go from the declaration (T0) to one of these, so many key × Region each'),
      total: z.object(reached),
      by_region: z.array(z.object({ ...region, ...reached })),
    }),
    rpo: z.object({
      target_ms: ms.nullable(),
      total: z.object(compared),
      by_region: z.array(z.object({ ...region, ...compared })),
    }),
    lost: lostTimeSchema.describe('Summed over all key × Region'),
    worst: lostTimeSchema.describe('The most that one of them lost to each'),
    by_state: z.record(z.string(), count).describe('Key × Region by what the last check found'),
  })
  .meta({ id: 'DrillTimes', description: 'What a drill took, from T0 to T5, or to T4 where nothing proves it.' });

export type DrillTimesView = z.infer<typeof drillTimesViewSchema>;
