import { z } from 'zod';

/** In what a replica differs from the request, as it is stored and answered. */
export const replicaDifferenceViewSchema = z
  .object({
    field: z.enum(['policy', 'tags', 'alias', 'description']),
    wanted: z.unknown().describe('What the plan wants and the replica has not'),
    present: z.unknown().describe('What the replica has instead'),
  })
  .meta({ id: 'ReplicaDifference' });

export type ReplicaDifferenceView = z.infer<typeof replicaDifferenceViewSchema>;
