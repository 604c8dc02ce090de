import { describe, expect, it } from 'vitest';
import { type BlockKey, replicaBlockFor as pairOf, readBlocks } from './block-of-pair.ts';
import { checkBlock } from './check-block.ts';
import { type PlanSpecInput, planSpecSchema } from './spec.ts';

const key: BlockKey = {
  key_id: 'id',
  mrk: 'mrk-1234abcd',
  arn: 'arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd',
  aliases: ['alias/prod/pay', 'alias/old'],
  alias: 'alias/prod/pay',
  account: '111122223333',
  primary_region: 'us-east-1',
  from_primary: null,
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

describe('placeholders in tags and policies', () => {
  it('are filled in for each key and Region', () => {
    const spec = plan({
      replica: {
        aws_param: {
          Tags: [
            { TagKey: 'of', TagValue: '{alias}/{primary_region}' },
            { TagKey: 'in:{region}', TagValue: '{account}' },
          ],
          Policy: { Statement: [{ Principal: { AWS: 'arn:aws:iam::{account}:role/{region}' } }] },
        },
      },
    });
    expect(replicaBlockFor(spec, key, 'eu-west-1').aws_param).toEqual({
      Tags: [
        { TagKey: 'of', TagValue: 'prod/pay/us-east-1' },
        { TagKey: 'in:eu-west-1', TagValue: '111122223333' },
      ],
      Policy: { Statement: [{ Principal: { AWS: 'arn:aws:iam::111122223333:role/eu-west-1' } }] },
    });
  });

  it.each<[string, object, Partial<BlockKey>]>([
    ['tags_out_of_bounds', { Tags: [{ TagKey: 'a', TagValue: '{alias}' }] }, { alias: 'alias/with:colon' }],
    [
      'tags_out_of_bounds',
      { Tags: [{ TagKey: '{alias}{alias}', TagValue: '' }] },
      { alias: `alias/${'x'.repeat(65)}` },
    ],
    [
      'tags_out_of_bounds',
      { Tags: ['{region}', 'eu-west-1'].map((TagKey) => ({ TagKey, TagValue: '' })) },
      { alias: null },
    ],
    ['policy_out_of_bounds', { Policy: { a: '{alias}'.repeat(200) } }, { alias: `alias/${'x'.repeat(200)}` }],
    ['template_without_alias', { Tags: [{ TagKey: 'a', TagValue: '{alias}' }] }, { alias: null }],
    ['template_without_alias', { Policy: { a: 'of {alias}' } }, { alias: null }],
  ])('that break a rule once they are filled in give %s', (code, params, more) => {
    expect(checkBlock(block(params as Record<string, unknown>, more))).toMatchObject({ code });
  });

  it('that there are not are refused in tags', () => {
    for (const Tags of [[{ TagKey: '{regoin}', TagValue: '' }], [{ TagKey: 'a', TagValue: '{regoin}' }]]) {
      const { error } = planSpecSchema.safeParse({
        ...{ name: 'dr', keys: ['mrk-1234abcd'], regions: ['us-west-2'] },
        replica: { aws_param: { Tags } },
      });
      expect(error?.issues[0]?.message).toContain('{primary_region}');
    }
  });
});

describe('same_as_primary', () => {
  const fromPrimary = {
    Policy: { Statement: [{ Sid: '{region}' }] },
    Tags: [{ TagKey: 'tier', TagValue: '1' }],
    Aliases: ['prod/pay', 'old'],
    Description: 'pays {alias}',
  };
  const same_as_primary = ['policy', 'tags', 'alias', 'description'] as const;
  const of = (replica: PlanSpecInput['replica'], more: Partial<PlanSpecInput> = {}) =>
    pairOf(plan({ replica, ...more }), { ...key, from_primary: fromPrimary }, 'eu-west-1');

  it('gives a replica what the primary has, braces and all', () => {
    expect(of({ same_as_primary: [...same_as_primary] })).toMatchObject({
      block: {
        aws_param: {
          Policy: fromPrimary.Policy,
          Tags: fromPrimary.Tags,
          Alias: 'prod/pay',
          Description: 'pays {alias}',
        },
        more_aliases: ['old'],
      },
      from_primary: fromPrimary,
      unknown: [],
    });
    expect(of({ same_as_primary: ['tags'] })).toMatchObject({
      block: { aws_param: { Tags: fromPrimary.Tags } },
      from_primary: { Tags: fromPrimary.Tags },
    });
    expect(of({}).from_primary).toBeNull();
  });

  it('is told where CCKM does not show it, and never left out in silence', () => {
    const pair = pairOf(plan({ replica: { same_as_primary: ['policy', 'tags'] } }), key, 'eu-west-1');
    expect(pair.unknown).toEqual(['policy', 'tags']);
    expect(checkBlock(pair)).toMatchObject({ code: 'primary_settings_unknown' });
  });

  it("keeps to CCKM's limits", () => {
    const Tags = [{ TagKey: 'owner', TagValue: 'two words' }];
    const pair = pairOf(
      plan({ replica: { same_as_primary: ['tags'] } }),
      { ...key, from_primary: { Tags } },
      'eu-west-1',
    );
    expect(checkBlock(pair)).toMatchObject({
      code: 'tags_out_of_bounds',
      message: expect.stringContaining('two words'),
    });
  });

  it('gives way to an override, field by field, and the other way round', () => {
    const override = (replica: PlanSpecInput['replica']) => ({
      overrides: [{ region: 'eu-west-1', replica: replica ?? {} }],
    });
    expect(of({ same_as_primary: [...same_as_primary] }, override({ policytemplate: 't' })).block).toEqual({
      policytemplate: 't',
      aws_param: { Tags: fromPrimary.Tags, Alias: 'prod/pay', Description: 'pays {alias}' },
      more_aliases: ['old'],
    });
    expect(of({ same_as_primary: ['tags'] }, override({ aws_param: { Tags: [] } })).block).toEqual({
      aws_param: { Tags: [] },
    });
    expect(
      of({ aws_param: { Alias: 'x', Description: 'd' } }, override({ same_as_primary: ['alias', 'policy'] })).block,
    ).toEqual({
      aws_param: { Alias: 'prod/pay', Description: 'd', Policy: fromPrimary.Policy },
      more_aliases: ['old'],
    });
    const settings = { aws_param: { Description: 'of its row' } };
    expect(pairOf(plan({ replica: { same_as_primary: ['description'] } }), key, 'eu-west-1', settings).block).toEqual(
      settings,
    );
  });

  it('excludes the same field in another way', () => {
    for (const more of [
      { policytemplate: 't' },
      { key_users: ['bob'] },
      { aws_param: { Policy: { a: 1 } } },
      { aws_param: { Tags: [] } },
      { aws_param: { Alias: 'x' } },
      { aws_param: { Description: '' } },
    ]) {
      const { error } = planSpecSchema.safeParse({
        ...{ name: 'dr', keys: ['mrk-1234abcd'], regions: ['us-west-2'] },
        replica: { same_as_primary, ...more },
      });
      expect(error?.issues).toMatchObject([
        { path: ['replica', 'same_as_primary'], params: { code: 'mutually_exclusive' } },
      ]);
    }
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
    const pair = { block: template, template, withoutAlias: [], from_primary: null, unknown: [] };
    expect(checkBlock(pair)).toMatchObject({ code: 'policy_out_of_bounds' });
  });
});
