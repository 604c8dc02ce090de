import { describe, expect, it } from 'vitest';
import { planSpecSchema } from '../plan/spec.ts';
import { regionGroupSchema } from '../regions/region-group.ts';
import { checkInput } from './check-input.ts';
import { mostErrors } from './input-errors.ts';

const spec = { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] };
const many = (count: number) => Array.from({ length: count }, (_, i) => `eu-wset-${i}`);
const wrong = (input: object, schema: Parameters<typeof checkInput>[0] = planSpecSchema) => {
  const checked = checkInput(schema, input);
  if (!('errors' in checked)) throw new Error('nothing is wrong');
  return checked.errors;
};

describe('an input that holds too much', () => {
  it('is reported, and its content is not checked', () => {
    expect(wrong({ ...spec, regions: many(256_000) })).toEqual([
      { path: 'regions', code: 'too_big', message: expect.stringContaining('64') },
    ]);
    const tags = Array.from({ length: 100_000 }, () => null);
    expect(wrong({ ...spec, replica: { aws_param: { Tags: tags } } })).toEqual([
      { path: 'replica.aws_param.Tags', code: 'too_big', message: 'A KMS key has at most 50 tags.' },
    ]);
    const overrides = Array.from({ length: 300_000 }, (_, i) => ({ region: `eu-wset-${i}`, replica: {} }));
    expect(wrong({ ...spec, overrides })).toMatchObject([{ path: 'overrides', code: 'too_big' }]);
    const odd = Object.fromEntries(many(200_000).map((name) => [name, 1]));
    const message = '200,000 unknown fields, such as "eu-wset-0" and "eu-wset-1". Remove them.';
    expect(wrong({ ...spec, ...odd })).toEqual([{ path: '', code: 'unknown_field', message }]);
    expect(wrong({ ...spec, replica: { aws_param: { Policy: odd } } })).toMatchObject([
      { path: 'replica.aws_param.Policy', code: 'too_big' },
    ]);
    const accounts = Object.fromEntries(many(20_000).map((name) => [name, ['eu-west-1']]));
    const group = wrong({ regions: ['eu-west-1'], accounts }, regionGroupSchema);
    expect(group).toEqual([
      { path: 'accounts', code: 'too_big', message: '20,000 entries; at most 10,000 are allowed.' },
    ]);
  });

  it('is looked at as far as its first wrong entries, where they are many', () => {
    const errors = wrong({ ...spec, keys: ['mrk-1', ...many(200_000)] });
    expect(errors).toHaveLength(mostErrors);
    expect(errors[0]).toEqual({
      path: 'keys',
      code: 'not_checked',
      message: 'Of the first 101 entries these have errors; the other 199,900 were not checked.',
    });
    expect(errors[1]).toMatchObject({ path: 'keys[1]', code: 'invalid_key' });
  });

  it('is reported as usual if it has few errors', () => {
    const keys = Array.from({ length: 5_000 }, (_, i) => `mrk-${i}`);
    expect(checkInput(planSpecSchema, { ...spec, keys })).toMatchObject({ data: { keys } });
    expect(wrong({ ...spec, keys: [...keys, 'none', ...keys] })).toMatchObject([{ path: 'keys[5000]' }]);
  });
});

it('hints take time, and are computed only for reported errors', () => {
  const account_regions = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [String(100_000_000_000 + i), Array(60).fill('eu-wset-1')]),
  );
  const errors = wrong({ ...spec, account_regions });
  expect(errors).toHaveLength(2_400);
  expect(errors.filter(({ message }) => message.includes('Did you mean'))).toHaveLength(mostErrors);
});
