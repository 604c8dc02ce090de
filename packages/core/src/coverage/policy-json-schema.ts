import { fileJsonSchema } from '../input/file-json-schema.ts';
import type { JsonSchema } from '../plan/plan-json-schema.ts';
import { coveragePolicySchema } from './policy.ts';

/** The JSON Schema of a coverage policy, for editors: made from the schema that the API checks policies with. */
export function coveragePolicyJsonSchema(): JsonSchema {
  return fileJsonSchema(coveragePolicySchema, 'CoveragePolicy');
}
