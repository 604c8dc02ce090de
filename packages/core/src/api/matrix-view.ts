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
    keys: count.describe('Keys that the filter lets through; without one, all of the plan'),
    items: z.array(
      z.object({
        index: count.describe('Place in the order of keys, from 0; never changes'),
        key_id: z.string().describe('For `GET …/replicas?key=`'),
        alias: z.string().nullable(),
        account: z.string().nullable(),
        primary_region: z.string().nullable(),
        cells: z
          .string()
          .describe(`A letter for each of \`regions\`: ${legend}, ${noReplicaLetter} not in the plan`)
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
          from: count.describe('`index` of its first key'),
          keys: count,
          counts: z
            .array(z.record(z.string(), count))
            .describe('For each of `regions`: how many replicas by letter, those that there are')
            .meta({ examples: [[{ S: 98, F: 2 }, { p: 100 }]] }),
        }),
      )
      .describe('The keys in the same order, cut into slices of one size; the last may be shorter'),
  })
  .meta({ id: 'PlanMatrixBuckets' });

export type MatrixView = z.infer<typeof matrixViewSchema>;
export type MatrixBucketsView = z.infer<typeof matrixBucketsViewSchema>;
