import { z } from 'zod';

/** In what a replica differs from the request, as it is stored and answered. */
export const replicaDifferenceViewSchema = z
  .object({
    field: z.enum(['policy', 'tags', 'alias', 'description']),
    wanted: z.unknown().describe('The value in the plan'),
    present: z.unknown().describe('The value of the replica'),
  })
  .meta({ id: 'ReplicaDifference' });

export type ReplicaDifferenceView = z.infer<typeof replicaDifferenceViewSchema>;
