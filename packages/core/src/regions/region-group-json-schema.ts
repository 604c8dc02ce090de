import { z } from 'zod';
import type { JsonSchema } from '../plan/plan-json-schema.ts';
import { namedRegionGroupSchema } from './region-group.ts';
import { regions } from './regions.ts';

/** The JSON Schema of a Region group with its name, for editors. */
export function regionGroupJsonSchema(): JsonSchema {
  return z.toJSONSchema(namedRegionGroupSchema, {
    io: 'input',
    // The Regions that Keyferry knows, so that an editor offers them.
    override: ({ jsonSchema, path }) => {
      if (path.at(-1) === 'items') jsonSchema.enum = [...regions.keys()];
    },
  }) as JsonSchema;
}
