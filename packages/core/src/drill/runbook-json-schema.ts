import { z } from 'zod';
import { kindField } from '../input/file-kind.ts';
import type { JsonSchema } from '../plan/plan-json-schema.ts';
import { runbookSchema } from './runbook.ts';

/** Names the schema; a name and no address, so that nothing is fetched for it. */
export const runbookSchemaId = 'urn:keyferry:drill:1';

/**
 * The JSON Schema (draft 2020-12) of a runbook, for editors: made from the schema that the API checks drills with. What only
 * code can check it leaves to `keyferry drill validate`.
 */
export function runbookJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(runbookSchema, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema, path }) => {
      if (path.at(-1) === 'selector') jsonSchema.minProperties = 1;
    },
  });
  const { $schema, properties, ...rest } = schema as JsonSchema;
  return {
    $schema,
    $id: runbookSchemaId,
    title: 'Keyferry drill',
    description: 'A runbook that proves that multi-Region KMS keys are usable in the Regions where they must be.',
    ...rest,
    oneOf: [{ required: ['keys'] }, { required: ['selector'] }],
    properties: {
      $schema: { type: 'string', description: 'The location of this schema, for editors. Keyferry ignores it.' },
      kind: kindField('Drill'),
      ...properties,
    },
  };
}
