import { describe, expect, it } from 'vitest';
import { type BlockKey, replicaBlockFor as pairOf, readBlocks } from './block-of-pair.ts';
import { checkBlock } from './check-block.ts';
import { type PlanSpecInput, planSpecSchema } from './spec.ts';

const key: BlockKey = {
  keyId: 'id',
  mrk: 'mrk-1234abcd',
  arn: 'arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd',
  aliases: ['alias/prod/pay', 'alias/old'],
  alias: 'alias/prod/pay',
  account: '111122223333',
};
const plan = (more: Partial<PlanSpecInput>) =>
  planSpecSchema.parse({ name: 'dr', keys: ['mrk-1234abcd'], regions: ['us-west-2', 'eu-west-1'], ...more });
const replicaBlockFor = (...of: Parameters<typeof pairOf>) => pairOf(...of).block;
const block = (aws_param: Record<string, unknown>, more: Partial<BlockKey> = {}) =>
  readBlocks(plan({ replica: { aws_param } }))({ ...key, ...more }, 'eu-west-1');

describe('overrides', () => {
  it('lie over the block in their order, field by field', () => {
    const spec = plan({
      replica: { aws_param: { Description: 'base', Tags: [{ TagKey: 'a', TagValue: '1' }] } },
      overrides: [
        { region: 'eu-west-1', replica: { aws_param: { Description: 'eu' } } },
        { key: 'mrk-1234abcd', region: 'eu-west-1', replica: { aws_param: { Alias: 'x' } } },
      ],
    });
    expect(replicaBlockFor(spec, key, 'eu-west-1')).toEqual({
      aws_param: { Description: 'eu', Alias: 'x', Tags: [{ TagKey: 'a', TagValue: '1' }] },
    });
    expect(replicaBlockFor(spec, key, 'us-west-2').aws_param?.Description).toBe('base');
  });

  it('put away a policy that was set in another way', () => {
    const spec = plan({
      replica: { aws_param: { Policy: { Version: '2012-10-17' }, Description: 'd' } },
      overrides: [{ region: 'eu-west-1', replica: { policytemplate: 't' } }],
    });
    expect(replicaBlockFor(spec, key, 'eu-west-1')).toEqual({ aws_param: { Description: 'd' }, policytemplate: 't' });
  });

  it.each([
    'mrk-1234abcd',
    'arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd',
    'alias/prod/pay',
    'alias/old',
    'arn:aws:kms:us-east-1:111122223333:alias/old',
  ])('find their key by %s', (name) => {
    const spec = plan({ overrides: [{ key: name, replica: { policytemplate: 't' } }] });
    expect(replicaBlockFor(spec, key, 'eu-west-1')).toEqual({ policytemplate: 't' });
  });

  it('leave other keys alone', () => {
    const overrides = ['alias/pay', 'arn:aws:kms:eu-west-1:111122223333:alias/old', 'mrk-1234abce'].map((name) => ({
      key: name,
      replica: { policytemplate: 't' },
    }));
    expect(replicaBlockFor(plan({ overrides }), key, 'eu-west-1')).toEqual({});
  });
});

describe('a template', () => {
  it('is filled in for each key and Region, in overrides too', () => {
    const spec = plan({
      replica: { aws_param: { Alias: '{alias}-dr', Description: '{account}: {alias} in {region}, {"as":"is"}' } },
      overrides: [{ region: 'us-west-2', replica: { aws_param: { Alias: '{region}/{alias}' } } }],
    });
    expect(replicaBlockFor(spec, key, 'eu-west-1').aws_param).toEqual({
      Alias: 'prod/pay-dr',
      Description: '111122223333: prod/pay in eu-west-1, {"as":"is"}',
    });
    expect(replicaBlockFor(spec, key, 'us-west-2').aws_param?.Alias).toBe('us-west-2/prod/pay');
  });

  it('with a placeholder that does not exist is refused by name', () => {
    for (const field of ['Alias', 'Description']) {
      const { error } = planSpecSchema.safeParse({
        name: 'dr',
        keys: ['mrk-1234abcd'],
        regions: ['us-west-2'],
        replica: { aws_param: { [field]: 'x-{regoin}' } },
      });
      expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([`replica.aws_param.${field}`]);
      expect(error?.issues[0]?.message).toContain('{region}');
    }
  });

  it.each([
    ['alias_out_of_bounds', { Alias: '{alias}-{alias}' }, { alias: `alias/${'x'.repeat(130)}` }],
    ['alias_out_of_bounds', { Alias: '{alias}' }, { alias: 'alias/with:colon' }],
    ['alias_out_of_bounds', { Alias: '{alias}' }, { alias: 'alias/aws/s3' }],
    ['description_out_of_bounds', { Description: '{alias}'.repeat(1000) }, { alias: 'alias/somewhat-long' }],
    ['template_without_alias', { Alias: '{alias}-dr' }, { alias: null }],
    ['template_without_alias', { Description: 'of {alias}' }, { alias: null }],
  ])('that breaks a rule once it is filled in is told as %s', (code, params, more) => {
    expect(checkBlock(block(params, more))).toMatchObject({ code, message: expect.stringMatching(/\.$/) });
  });

  it('within the limits is fine', () => {
    expect(checkBlock(block({ Alias: '{alias}', Description: '' }, { alias: `alias/${'x'.repeat(250)}` }))).toBeNull();
    expect(checkBlock(block({ Alias: 'dr', Description: 'd' }, { alias: null }))).toBeNull();
  });
});

describe('tags and policy', () => {
  const Tags = Array.from({ length: 50 }, (_, i) => ({ TagKey: `t${i}`, TagValue: '' }));

  it('may be too many with the tag that CCKM adds for a policy template', () => {
    const read = readBlocks(plan({ replica: { aws_param: { Tags }, policytemplate: 't' } }));
    expect(checkBlock(read(key, 'eu-west-1'))).toMatchObject({ code: 'tags_out_of_bounds' });
    expect(checkBlock(block({ Tags }))).toBeNull();
  });

  it('are checked again as they would be sent', () => {
    const template = { aws_param: { Policy: { a: 'x'.repeat(32_768) } } };
    expect(checkBlock({ block: template, template, withoutAlias: [] })).toMatchObject({ code: 'policy_out_of_bounds' });
  });
});
