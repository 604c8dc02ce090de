import { z } from 'zod';
import { failureToleranceSchema, optionsSchema } from './spec.ts';
import { windowsSchema } from './windows.ts';

/** The limits in force of a plan, as an approval binds them. */
export const limitsSchema = z
  .strictObject({
    priority: optionsSchema.shape.priority.unwrap(),
    max_in_flight: optionsSchema.shape.max_in_flight.unwrap(),
    failure_tolerance: failureToleranceSchema.nullable(),
    windows: windowsSchema,
  })
  .meta({ id: 'Limits', description: 'The current limits of a plan; a null failure tolerance never halts it.' });

export type Limits = z.infer<typeof limitsSchema>;
