import { describe, expect, it } from 'vitest';
import { checkInput } from '../input/check-input.ts';
import { inputErrors } from '../input/input-errors.ts';
import { manifestPlanSchema, manifestSpecSchema, planSpecSchema } from './spec.ts';

const valid = { name: 'dr', keys: ['mrk-1234abcd'], regions: ['us-west-2', 'eu-west-1'] };

function errorsOf(input: unknown): { path: string; code: string }[] {
  const parsed = planSpecSchema.safeParse(input);
  return parsed.success ? [] : inputErrors(parsed.error).map(({ path, code }) => ({ path, code }));
}

describe('a plan', () => {
  it('gets the documented defaults', () => {
    expect(planSpecSchema.parse(valid)).toMatchObject({
      operation: 'replicate',
      mode: 'execute',
      options: { priority: 0, max_in_flight: 50, max_attempts: 8, region_order: 'parallel', import_material: true },
    });
  });

  it('takes the five forms of a key and nothing else', () => {
    const forms = [
      '0f3e9d5c-1234-4abc-9def-0123456789ab',
      'mrk-1234567890abcdef1234567890abcdef',
      'arn:aws:kms:us-east-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef',
      'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef',
      'alias/prod',
      'arn:aws:kms:us-east-1:111122223333:alias/prod/pay_1',
    ];
    expect(errorsOf({ ...valid, keys: forms })).toEqual([]);
    const others = [
      '',
      'alias/',
      'alias/aws/s3',
      'alias/pröd',
      'arn:aws:kms:us-east-1:alias/prod',
      'arn:aws:s3:::bucket',
      'mrk-',
      'x y',
    ];
    expect(errorsOf({ ...valid, keys: others })).toEqual(
      others.map((_, i) => ({ path: `keys[${i}]`, code: 'invalid_key' })),
    );
  });

  it('is told everything that is wrong with it at once', () => {
    expect(
      errorsOf({
        regions: ['us-wset-2', 'nowhere', 'us-west-2'],
        replica: { aws_param: { Description: 'x'.repeat(8193) }, policy_template: 'typo' },
        options: { priority: 101, max_inflight: 3 },
      }),
    ).toEqual(
      expect.arrayContaining([
        { path: 'name', code: 'required' },
        { path: 'keys', code: 'required' },
        { path: 'regions[0]', code: 'unknown_region' },
        { path: 'regions[1]', code: 'invalid_region' },
        { path: 'replica.aws_param.Description', code: 'too_big' },
        { path: 'replica.policy_template', code: 'unknown_field' },
        { path: 'options.priority', code: 'too_big' },
        { path: 'options.max_inflight', code: 'unknown_field' },
      ]),
    );
  });

  it('names the nearest Region for a mistyped one', () => {
    const checked = checkInput(planSpecSchema, { ...valid, regions: ['eu-wset-1'] });
    expect(checked).toMatchObject({ errors: [{ message: expect.stringContaining('Did you mean eu-west-1') }] });
  });

  it('stays in one partition', () => {
    expect(errorsOf({ ...valid, regions: ['us-west-2', 'us-gov-west-1'] })).toEqual([
      { path: 'regions', code: 'other_partition' },
    ]);
  });

  it('names its keys in one way', () => {
    expect(errorsOf({ ...valid, selector: { alias: 'alias/x' } })).toEqual([
      { path: 'selector', code: 'mutually_exclusive' },
    ]);
  });
});

describe('the replica block', () => {
  const withBlock = (replica: unknown) => errorsOf({ ...valid, replica });

  it.each([
    [{ aws_param: { Policy: { Version: '2012-10-17' } }, policytemplate: 't' }],
    [{ aws_param: { Policy: { Version: '2012-10-17' } }, key_users: ['u'] }],
    [{ policytemplate: 't', external_accounts: ['111122223333'] }],
  ])('sets the policy in one way: %j', (block) => {
    expect(withBlock(block)).toEqual([{ path: 'replica', code: 'mutually_exclusive' }]);
  });

  it('counts empty lists and an empty policy as not given, as the CCKM example has them', () => {
    expect(
      withBlock({ aws_param: { Policy: {} }, policytemplate: 't', key_admins: [], external_accounts: [] }),
    ).toEqual([]);
  });

  it.each([
    ['alias/x', 'replica.aws_param.Alias'],
    ['aws/x', 'replica.aws_param.Alias'],
    ['with space', 'replica.aws_param.Alias'],
    ['ümlaut', 'replica.aws_param.Alias'],
  ])('refuses the alias %j', (Alias, path) => {
    expect(withBlock({ aws_param: { Alias } }).map((error) => error.path)).toEqual([path]);
  });

  it('checks tags by the narrower rules of CCKM', () => {
    const Tags = [
      { TagKey: 'aws:x', TagValue: 'a' },
      { TagKey: 'ok', TagValue: 'no spaces here' },
      { TagKey: '', TagValue: '' },
      { TagKey: 'ok', TagValue: 'a_b.c/d=e+f-g@h' },
    ];
    expect(withBlock({ aws_param: { Tags } }).map((error) => error.path)).toEqual([
      'replica.aws_param.Tags[0].TagKey',
      'replica.aws_param.Tags[1].TagValue',
      'replica.aws_param.Tags[2].TagKey',
      'replica.aws_param.Tags[3].TagKey',
    ]);
  });

  it('bounds the policy in bytes and characters', () => {
    expect(withBlock({ aws_param: { Policy: { a: 'x'.repeat(32_768) } } })).toHaveLength(1);
    expect(withBlock({ aws_param: { Policy: { a: '\u20ac' } } })).toHaveLength(1);
    expect(withBlock({ aws_param: { Policy: { a: '\u00ff' } } })).toEqual([]);
  });

  it('takes account ids of 12 digits', () => {
    expect(withBlock({ external_accounts: ['1111'] }).map((error) => error.path)).toEqual([
      'replica.external_accounts[0]',
    ]);
  });
});

describe('overrides', () => {
  it('must name a Region of the plan', () => {
    expect(errorsOf({ ...valid, overrides: [{ region: 'ap-south-1', replica: {} }] })).toEqual([
      { path: 'overrides[0].region', code: 'unused_override' },
    ]);
  });
});

describe('a promotion', () => {
  const promotion = { name: 'move', operation: 'promote', keys: ['mrk-1234abcd'], regions: ['eu-west-1'] };

  it('takes two approvers unless it asks for more, and never fewer', () => {
    const options = (given: object) => planSpecSchema.parse({ ...promotion, options: given }).options;
    expect(planSpecSchema.parse(promotion).options).toMatchObject({ require_approval: true, approvals: 2 });
    expect(options({ priority: 7 })).toMatchObject({ require_approval: true, approvals: 2, priority: 7 });
    expect(options({ approvals: 3 })).toMatchObject({ require_approval: true, approvals: 3 });
    const unapproved = (path: string) => ({ path: `options.${path}`, code: 'promotion_unapproved' });
    expect(errorsOf({ ...promotion, options: { approvals: 1 } })).toEqual([unapproved('approvals')]);
    expect(errorsOf({ ...promotion, options: { require_approval: false } })).toEqual([unapproved('require_approval')]);
  });

  it('sets nothing on replicas, and names one Region, each by its field', () => {
    expect(
      errorsOf({
        ...promotion,
        regions: ['eu-west-1', 'us-west-2'],
        account_regions: { '111122223333': ['eu-west-1', 'us-west-2'] },
        replica: { policytemplate: 'x' },
        overrides: [{ replica: {} }],
      }),
    ).toEqual([
      { path: 'replica', code: 'not_for_promotion' },
      { path: 'overrides', code: 'not_for_promotion' },
      { path: 'regions', code: 'one_region' },
      { path: 'account_regions.111122223333', code: 'one_region' },
    ]);
  });

  it('may take its rows from a manifest, each with a Region of its own', () => {
    const manifest = { format: 'csv', sha256: 'a'.repeat(64), rows: 2, with_alias: false };
    const { keys: _keys, ...rest } = promotion;
    const parsed = manifestPlanSchema.parse({
      ...rest,
      regions: [],
      manifest: { ...manifest, regions: ['eu-west-1', 'us-west-2'] },
    });
    expect(parsed.options).toMatchObject({ require_approval: true, approvals: 2 });
    expect(manifestSpecSchema.parse(rest).options.approvals).toBe(2);
  });

  it('leaves a wrong plan to be told what is wrong with it', () => {
    expect(errorsOf({ ...promotion, options: 'fast' })).toEqual([{ path: 'options', code: 'invalid_type' }]);
    expect(errorsOf([promotion])).toEqual([{ path: '', code: 'invalid_type' }]);
    expect(errorsOf({ ...promotion, operation: 'demote' })).toEqual([{ path: 'operation', code: 'invalid_value' }]);
  });
});
