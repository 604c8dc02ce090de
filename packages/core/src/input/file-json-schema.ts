import { z } from 'zod';
import type { JsonSchema } from '../plan/plan-json-schema.ts';
import { type FileKind, kindField } from './file-kind.ts';

/** The JSON Schema (draft 2020-12) of a file of a kind, made from the schema of what it holds. */
export function fileJsonSchema(schema: z.ZodType, kind: FileKind): JsonSchema {
  const { properties, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema;
  return { ...rest, properties: { kind: kindField(kind), ...properties } };
}
