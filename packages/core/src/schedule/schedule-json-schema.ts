import { fileJsonSchema } from '../input/file-json-schema.ts';
import type { JsonSchema } from '../plan/plan-json-schema.ts';
import { scheduleSchema } from './schedule.ts';

/** The JSON Schema of a schedule, for editors: made from the schema that the API checks schedules with. */
export function scheduleJsonSchema(): JsonSchema {
  return fileJsonSchema(scheduleSchema, 'Schedule');
}
