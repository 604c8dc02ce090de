// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are written so
import { describe, expect, it } from 'vitest';
import { comparePolicies, samePolicy } from './same-policy.ts';

const base = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action: ['kms:Encrypt', 'kms:Decrypt'],
  Resource: '*',
  Condition: { StringEquals: { 'kms:ViaService': ['s3', 'ebs'] }, Bool: { 'aws:SecureTransport': 'true' } },
};
const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const changed = (more: object) => policy({ ...base, ...more });
const same = (one: unknown, other: unknown) => {
  const [there, back] = [samePolicy(one, other, 'aws'), samePolicy(other, one, 'aws')];
  expect(there).toBe(back);
  return there;
};

describe('two policies say the same', () => {
  it.each<[string, unknown, unknown]>([
    ['whatever their Id and Sids', policy(base), { ...changed({ Sid: 's' }), Id: 'i' }],
    ['with one statement as a list or not', policy(base), { Version: '2012-10-17', Statement: base }],
    ['with one action as a list or not', changed({ Action: 'kms:Sign' }), changed({ Action: ['kms:Sign'] })],
    ['whatever the case of actions', policy(base), changed({ Action: ['KMS:DECRYPT', 'kms:encrypt'] })],
    [
      'with one statement for each action',
      policy(base),
      policy({ ...base, Action: 'kms:Encrypt' }, { ...base, Action: 'kms:Decrypt' }),
    ],
    ['with a statement twice', policy(base), policy(base, { ...base, Sid: 'again' })],
    ['for everyone', changed({ Principal: '*' }), changed({ Principal: { AWS: ['*'] } })],
    ['for an account', policy(base), changed({ Principal: { AWS: ['111122223333'] } })],
    [
      'with a statement for each principal',
      changed({ Principal: { AWS: '444455556666', Service: 'logs.amazonaws.com' } }),
      policy(
        { ...base, Principal: { Service: ['logs.amazonaws.com'] } },
        { ...base, Principal: { AWS: '444455556666' } },
      ),
    ],
    [
      'whatever the order of a condition',
      policy(base),
      changed({
        Condition: { Bool: { 'AWS:securetransport': [true] }, StringEquals: { 'kms:ViaService': ['ebs', 's3'] } },
      }),
    ],
    ['without a condition or with an empty one', changed({ Condition: undefined }), changed({ Condition: {} })],
    [
      'with a number or its text',
      changed({ Condition: { NumericEquals: { k: 300 } } }),
      changed({ Condition: { NumericEquals: { k: '300' } } }),
    ],
    [
      'with or without the version that holds without one',
      { Statement: base },
      { Version: '2008-10-17', Statement: base },
    ],
    ['of another version without variables', policy(base), { Version: '2008-10-17', Statement: base }],
    ['without any statement', { Version: '2012-10-17', Statement: [] }, { Statement: [] }],
  ])('%s', (_what, one, other) => {
    expect(same(one, other)).toBe(true);
  });
});

describe('two policies differ', () => {
  it.each<[string, object]>([
    ['in their effect', { Effect: 'Deny' }],
    ['in the case of their effect', { Effect: 'allow' }],
    ['in one action more', { Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:Sign'] }],
    ['in one action less', { Action: 'kms:Encrypt' }],
    ['in actions with and without a wildcard', { Action: ['kms:Encrypt*', 'kms:Decrypt'] }],
    ['in Action and NotAction', { Action: undefined, NotAction: base.Action }],
    ['in a resource', { Resource: 'arn:aws:kms:us-east-1:111122223333:key/mrk-1' }],
    ['in Resource and NotResource', { Resource: undefined, NotResource: '*' }],
    ['in a principal', { Principal: { AWS: 'arn:aws:iam::111122223333:role/root' } }],
    ['in the case of a role', { Principal: { AWS: 'arn:aws:iam::111122223333:ROOT' } }],
    ['in an account', { Principal: { AWS: '111122223334' } }],
    ['in the partition of an account', { Principal: { AWS: 'arn:aws-cn:iam::111122223333:root' } }],
    ['in the kind of a principal', { Principal: { Service: '111122223333' } }],
    ['in Principal and NotPrincipal', { Principal: undefined, NotPrincipal: base.Principal }],
    ['in everyone and an account', { Principal: '*' }],
    ['in having no condition', { Condition: undefined }],
    [
      'in a condition value more',
      { Condition: { ...base.Condition, StringEquals: { 'kms:ViaService': ['s3', 'ebs', 'ec2'] } } },
    ],
    [
      'in the case of a condition value',
      { Condition: { ...base.Condition, StringEquals: { 'kms:ViaService': ['S3', 'ebs'] } } },
    ],
    ['in a condition operator', { Condition: { StringLike: base.Condition.StringEquals, Bool: base.Condition.Bool } }],
    ['in a condition key', { Condition: { ...base.Condition, Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }],
    ['in a condition less', { Condition: { Bool: base.Condition.Bool } }],
    ['in a null condition', { Condition: { ...base.Condition, Bool: { 'aws:SecureTransport': null } } }],
    ['in an empty list of values', { Condition: { ...base.Condition, Bool: { 'aws:SecureTransport': [] } } }],
    ['in an empty operator', { Condition: { ...base.Condition, Null: {} } }],
    ['in a condition that is none', { Condition: null }],
    ['in an empty list of actions', { Action: [] }],
    ['in an empty list of principals', { Principal: { AWS: [] } }],
    ['in an element that nobody knows', { Actions: 'kms:*' }],
  ])('%s', (_what, more) => {
    expect(same(policy(base), changed(more))).toBe(false);
  });

  it('where the whole of what NotAction leaves out is split', () => {
    const whole = policy({ ...base, Action: undefined, NotAction: ['kms:A', 'kms:B'] });
    const parts = ['kms:A', 'kms:B'].map((NotAction) => ({ ...base, Action: undefined, NotAction }));
    expect(same(whole, policy(...parts))).toBe(false);
  });

  it('where a null test is turned round', () => {
    const ask = (value: string) => changed({ Condition: { Null: { 'kms:GrantOperations': value } } });
    expect(same(ask('true'), ask('false'))).toBe(false);
  });

  it('where null stands for the text "null"', () => {
    const ask = (value: unknown) => changed({ Condition: { StringEquals: { k: value } } });
    expect(same(ask(null), ask('null'))).toBe(false);
  });

  it('of versions that read their variables otherwise', () => {
    const Statement = { ...base, Resource: 'arn:aws:kms:*:*:key/${aws:username}' };
    expect(same({ Version: '2012-10-17', Statement }, { Statement })).toBe(false);
  });

  it('where one is none', () => {
    for (const none of [null, {}, [], 'text', { Version: '2012-10-17' }, { Statement: null }]) {
      expect(same(policy(base), none)).toBe(false);
      expect(same({ Statement: [] }, none)).toBe(false);
      expect(same(none, none)).toBe(true);
    }
  });

  it('where two actions of two principals are crossed', () => {
    const of = (AWS: string, Action: string) => ({ ...base, Principal: { AWS }, Action });
    const [one, other] = ['444455556666', '777788889999'];
    const paired = policy(of(one ?? '', 'kms:Sign'), of(other ?? '', 'kms:Verify'));
    const crossed = policy({ ...base, Principal: { AWS: [one, other] }, Action: ['kms:Sign', 'kms:Verify'] });
    expect(same(paired, crossed)).toBe(false);
  });
});

it('only the statements that differ are shown, as they are written', () => {
  const [kept, gone, come] = [base, { ...base, Sid: 'gone', Effect: 'Deny' }, { ...base, Action: 'kms:Sign' }];
  expect(comparePolicies(policy(kept, gone), policy(come, { ...kept, Sid: 'x' }), 'aws')).toEqual({
    missing: [gone],
    extra: [come],
  });
});

it('a policy of many names is compared in a moment', () => {
  const many = (n: number, of: (i: number) => string) => Array.from({ length: n }, (_, i) => of(i));
  const statement = {
    ...base,
    Principal: { AWS: many(200, (i) => `arn:aws:iam::111122223333:role/r${i}`) },
    Action: many(600, (i) => `kms:A${i}`),
  };
  const back = { ...statement, Action: [...statement.Action].reverse() };
  expect(same(policy(statement), policy(back))).toBe(true);
  expect(same(policy(statement), policy({ ...back, Action: back.Action.slice(1) }))).toBe(false);
});
