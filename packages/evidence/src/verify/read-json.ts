import type { z } from 'zod';
import type { ContentFile } from '../pack/manifest.ts';
import { BrokenPack } from './broken-pack.ts';

/** The content of a file of a pack. */
export type TextOf = (name: ContentFile) => string;

/** What a file holds, by its schema. Throws a BrokenPack that names it. */
export function read<Schema extends z.ZodType>(name: ContentFile, text: TextOf, schema: Schema): z.output<Schema> {
  return parse(name, text(name), schema, 'it');
}

/** The same of a part of a file; `what`: which. */
export function parse<Schema extends z.ZodType>(
  name: ContentFile,
  json: string,
  schema: Schema,
  what: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new BrokenPack(name, `${what} is not JSON`);
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw new BrokenPack(name, `${what} is not valid: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}
