import { z } from 'zod';
import { noReplicaLetter, stateLetters } from '../replica/state-letters.ts';
import { replicaStates } from '../replica/states.ts';

/** A plan's keys × Regions, near and from afar. */

const count = z.int().min(0);
const legend = replicaStates.map((state) => `${stateLetters[state]} ${state}`).join(', ');
const regions = z.array(z.string()).describe('In the order of the plan');

export const matrixViewSchema = z
  .object({
    regions,
    keys: count.describe('Keys that match the filter; without a filter, all keys of the plan'),
    items: z.array(
      z.object({
        index: count.describe('Position in the fixed order of keys, from 0'),
        key_id: z.string().describe('For `GET …/replicas?key=`'),
        alias: z.string().nullable(),
        account: z.string().nullable(),
        primary_region: z.string().nullable(),
        cells: z
          .string()
          .describe(`One letter per entry of \`regions\`: ${legend}, ${noReplicaLetter} not in the plan`)
          .meta({ examples: ['SSSF.c'] }),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'PlanMatrix' });

export const matrixBucketsViewSchema = z
  .object({
    regions,
    keys: count,
    buckets: z
      .array(
        z.object({
          from: count.describe('`index` of the first key'),
          keys: count,
          counts: z
            .array(z.record(z.string(), count))
            .describe('Number of replicas by letter, for each entry of `regions`')
            .meta({ examples: [[{ S: 98, F: 2 }, { p: 100 }]] }),
        }),
      )
      .describe('The keys in the same order, in slices of equal size; the last may be shorter'),
  })
  .meta({ id: 'PlanMatrixBuckets' });

export type MatrixView = z.infer<typeof matrixViewSchema>;
export type MatrixBucketsView = z.infer<typeof matrixBucketsViewSchema>;
