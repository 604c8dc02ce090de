import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseKeyReference } from '../keys/key-reference.ts';
import { regions } from '../regions/regions.ts';
import { type JsonSchema, planJsonSchema } from './plan-json-schema.ts';

const schema = planJsonSchema();

/** Every field of the schema with its path, as an editor finds it. */
function* fields(at: JsonSchema, path = ''): Generator<[string, JsonSchema]> {
  for (const [name, field] of Object.entries(at.properties ?? {})) {
    yield [`${path}${name}`, field];
    yield* fields(field, `${path}${name}.`);
  }
  if (at.items) yield* fields(at.items, `${path}[].`);
  for (const way of at.anyOf ?? []) yield* fields(way, path);
}

/** Zod reads patterns without their `u` flag, in which `\\p{L}` means nothing; those are left out here. */
function readBack(field: JsonSchema): z.ZodType {
  const plain = JSON.stringify(field, (name, value) =>
    name === 'pattern' && String(value).includes('\\p{') ? undefined : value,
  );
  return z.fromJSONSchema(JSON.parse(plain));
}

describe('the JSON Schema of a plan', () => {
  it('tells an editor of every field what it is for', () => {
    const all = [...fields(schema)].filter(([path]) => path !== '$schema');
    expect(all.length).toBeGreaterThan(50);
    const untold = all.filter(([, { title, description = '' }]) => !title || !/^.{15,}\.$/s.test(description));
    expect(untold.map(([path]) => path)).toEqual([]);
  });

  it('gives examples that are themselves valid', () => {
    const wrong = [...fields(schema)].flatMap(([path, field]) =>
      ((field.examples ?? []) as unknown[])
        .filter((example) => !readBack(field).safeParse(example).success)
        .map((example) => `${path}: ${JSON.stringify(example)}`),
    );
    expect(wrong).toEqual([]);
  });

  it('offers every Region that Keyferry knows', () => {
    expect(schema.properties?.regions?.items?.anyOf?.[0]?.enum).toEqual([...regions.keys()]);
  });

  it.each([
    '0f3e9d5c-1234-4abc-9def-0123456789ab',
    'mrk-1234567890abcdef1234567890abcdef',
    'arn:aws:kms:us-east-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef',
    'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1',
    'alias/prod',
    'arn:aws:kms:us-east-1:111122223333:alias/prod',
    'mrk-',
    '',
  ])('calls %j a key just where the API does', (text) => {
    for (const key of [schema.properties?.keys?.items, schema.properties?.overrides?.items?.properties?.key]) {
      expect(new RegExp(String(key?.pattern), 'u').test(text)).toBe(parseKeyReference(text) !== null);
    }
  });

  it('has no part that must be fetched', () => {
    expect(JSON.stringify(schema)).not.toContain('$ref');
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  });
});
