import { coveragePolicySchema, planSpecSchema, runbookSchema, scheduleSchema } from '@keyferry/core';
import type { z } from 'zod';

/** The schemas of bodies that may name keys one by one, by the operation: what they are checked with off the main thread. */
export const largeBodySchemas: Readonly<Record<string, z.ZodType>> = {
  'POST /v1/plans': planSpecSchema,
  'POST /v1/drills': runbookSchema,
  'POST /v1/schedules': scheduleSchema,
  'PUT /v1/schedules/{id}': scheduleSchema,
  'PUT /v1/coverage/policies/{name}': coveragePolicySchema,
  'POST /v1/coverage/checks': coveragePolicySchema,
};
