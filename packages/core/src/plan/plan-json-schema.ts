import { z } from 'zod';
import { kindField } from '../input/file-kind.ts';
import { planSpecSchema } from './spec.ts';

/** A JSON Schema, as far as it is read here. */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly [keyword: string]: unknown;
}

/** Names the schema; a name and no address, so that nothing is fetched for it. */
export const planSchemaId = 'urn:keyferry:plan:1';

const keyPattern =
  '^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|mrk-[0-9A-Za-z-]{1,128}|arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/[0-9A-Za-z-]{1,128}|(arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:)?alias/(?!aws/)[a-zA-Z0-9/_-]{1,250})$';

/** What the schema says for the fields that name a key, whose rule is code. */
const keyFields = ['/properties/keys/items', '/properties/overrides/items/properties/key'];

/**
 * The JSON Schema (draft 2020-12) of a plan file, for editors: made from the schema that the API checks plans with, so
 * that neither knows a field that the other does not. What only code can check (Regions of one partition, one way to set
 * a policy) it leaves to `keyferry plan validate`.
 */
export function planJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(planSpecSchema, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema, path }) => {
      // The format says it; the pattern would be a page of its own in an editor's complaint.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (keyFields.includes(`/${path.join('/')}`)) jsonSchema.pattern = keyPattern;
      if (path.at(-1) === 'selector') jsonSchema.minProperties = 1;
    },
  });
  const { $schema, properties, ...rest } = schema as JsonSchema;
  return {
    $schema,
    $id: planSchemaId,
    title: 'Keyferry plan',
    description: 'Which multi-Region KMS keys to replicate into which Regions, and how.',
    ...rest,
    oneOf: [{ required: ['keys'] }, { required: ['selector'] }],
    properties: {
      $schema: { type: 'string', description: 'The location of this schema, for editors. Keyferry ignores it.' },
      kind: kindField('Plan'),
      ...properties,
    },
  };
}
