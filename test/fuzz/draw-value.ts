import type { Dice } from '../chaos/scenario/dice.ts';

/** A JSON Schema as the OpenAPI document holds it, as far as values are drawn from it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Texts that some field or other of the API takes, so that many requests get past the first check. */
const takenSomewhere = [
  'eu-west-1',
  'us-west-2',
  'group:eu',
  'alias/prod-*',
  'mrk-1234567890abcdef1234567890abcdef',
  'arn:aws:kms:us-east-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef',
  '111122223333',
  '{alias}-dr',
  'tier',
  'csv',
  '2026-12-01T00:00:00Z',
];

/** A value that a schema describes, more or less: its texts are often somebody else's. `resolve` looks up `$ref`. */
export function drawValue(schema: Schema, dice: Dice, resolve: (ref: string) => Schema, depth = 0): unknown {
  if (schema.$ref !== undefined) return drawValue(resolve(schema.$ref), dice, resolve, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return dice.pick(schema.enum);
  if (schema.examples && dice.chance(0.6)) return dice.pick(schema.examples);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices && !schema.properties) return drawValue(dice.pick(choices), dice, resolve, depth);
  const type = Array.isArray(schema.type) ? dice.pick(schema.type) : schema.type;
  switch (type) {
    case 'object':
      return drawObject(schema, dice, resolve, depth);
    case 'array': {
      const count = depth > 6 ? 0 : dice.between(schema.minItems ?? 0, 3);
      return Array.from({ length: count }, () => drawValue(schema.items ?? {}, dice, resolve, depth + 1));
    }
    case 'integer':
      return dice.between(schema.minimum ?? 0, Math.min(schema.maximum ?? 100, (schema.minimum ?? 0) + 1_000));
    case 'number':
      return dice.between(0, 1_000) / 10;
    case 'boolean':
      return dice.chance(0.5);
    case 'null':
      return null;
    default:
      return dice.pick(takenSomewhere);
  }
}

function drawObject(
  { properties = {}, required = [], additionalProperties }: Schema,
  dice: Dice,
  resolve: (ref: string) => Schema,
  depth: number,
): Record<string, unknown> {
  const fields = Object.entries(properties).filter(
    ([name]) => required.includes(name) || (depth < 6 && dice.chance(0.4)),
  );
  const values = fields.map(([name, field]) => [name, drawValue(field, dice, resolve, depth + 1)] as const);
  const others =
    typeof additionalProperties === 'object' && depth < 6 && dice.chance(0.7)
      ? [[dice.pick(takenSomewhere), drawValue(additionalProperties, dice, resolve, depth + 1)] as const]
      : [];
  return Object.fromEntries([...values, ...others]);
}
