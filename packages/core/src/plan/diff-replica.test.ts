import { describe, expect, it } from 'vitest';
import { newReplicaKey } from '../../../../test/models/keys/new-key.ts';
import { diffReplica } from './diff-replica.ts';

const allow = (Sid: string, more = {}) => ({
  Sid,
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action: ['kms:Encrypt', 'kms:Decrypt'],
  Resource: '*',
  ...more,
});
const tagged = (...tags: [key: string, value: string][]) =>
  newReplicaKey({ tags: tags.map(([key, value]) => ({ key, value })) });
const tag = (TagKey: string, TagValue: string) => ({ TagKey, TagValue });

it('a replica is compared in what the plan names, and in nothing else', () => {
  const there = newReplicaKey({ description: 'old', tags: [{ key: 'a', value: '1' }], policy: { Statement: [] } });
  expect(diffReplica({}, there)).toEqual([]);
  expect(diffReplica({ aws_param: { Policy: {} } }, there)).toEqual([]);
  expect(diffReplica({ aws_param: { Alias: 'a', Description: 'old' } }, there)).toEqual([]);
});

it('alias, description and tags that differ are shown with what is there instead', () => {
  const there = newReplicaKey({
    description: null,
    tags: [
      { key: 'same', value: '1' },
      { key: 'other', value: 'x' },
    ],
  });
  const Tags = [tag('same', '1'), tag('other', 'y'), tag('absent', 'z')];
  expect(diffReplica({ aws_param: { Alias: 'b', Description: 'new', Tags } }, there)).toEqual([
    { field: 'tags', wanted: [tag('other', 'y'), tag('absent', 'z')], present: [tag('other', 'x')] },
    { field: 'alias', wanted: 'alias/b', present: ['alias/a'] },
    { field: 'description', wanted: 'new', present: '' },
  ]);
});

describe('tags', () => {
  const there = tagged(['a', '1'], ['c7n-state', 'marked'], ['aws:cloudformation:stack', 's'], ['owner', 'ops']);

  it('that an organisation adds are no difference, unless exactly the named ones are asked for', () => {
    const wanted = { aws_param: { Tags: [tag('a', '1')] } };
    expect(diffReplica(wanted, there)).toEqual([]);
    expect(diffReplica(wanted, there, { ignore: ['c7n-*'], exact: true })).toEqual([
      { field: 'tags', wanted: [], present: [tag('owner', 'ops')] },
    ]);
    expect(diffReplica(wanted, there, { ignore: ['c7n-*', 'own?r', 'owner'], exact: true })).toEqual([]);
  });

  it('that are to be ignored are neither missing nor wrong', () => {
    const wanted = { aws_param: { Tags: [tag('a', '1'), tag('c7n-state', 'none'), tag('c7n-more', 'x')] } };
    expect(diffReplica(wanted, there, { ignore: ['c7n-*'], exact: false })).toEqual([]);
    expect(diffReplica(wanted, there)).toEqual([
      {
        field: 'tags',
        wanted: [tag('c7n-state', 'none'), tag('c7n-more', 'x')],
        present: [tag('c7n-state', 'marked')],
      },
    ]);
  });

  it('are named in one case', () => {
    expect(diffReplica({ aws_param: { Tags: [tag('A', '1')] } }, there)).toEqual([
      { field: 'tags', wanted: [tag('A', '1')], present: [] },
    ]);
  });
});

describe('an alias', () => {
  const rotated = 'alias/pay-rotated-2026-11-29T08:00:00Z';

  it("of CCKM's rotation is neither missing nor too many", () => {
    const there = newReplicaKey({ aliases: ['alias/pay', rotated] });
    expect(diffReplica({ aws_param: { Alias: 'pay' } }, there)).toEqual([]);
    expect(diffReplica({ aws_param: { Alias: rotated.slice(6) } }, newReplicaKey({ aliases: [] }))).toEqual([]);
  });

  it('that was asked for is missing where only a rotated one is there', () => {
    expect(diffReplica({ aws_param: { Alias: 'pay' } }, newReplicaKey({ aliases: [rotated] }))).toHaveLength(1);
  });

  it('is shown by itself where one of several is missing', () => {
    const wanted = { aws_param: { Alias: 'a' }, more_aliases: ['b', 'c', 'c-rotated-1'] };
    expect(diffReplica(wanted, newReplicaKey({ aliases: ['alias/a', 'alias/c'] }))).toEqual([
      { field: 'alias', wanted: 'alias/b', present: ['alias/a', 'alias/c'] },
    ]);
  });

  it('may stand in the record without its prefix', () => {
    expect(diffReplica({ aws_param: { Alias: 'pay' } }, newReplicaKey({ aliases: ['pay'] }))).toEqual([]);
  });
});

describe('a policy', () => {
  const Policy = { Version: '2012-10-17', Statement: [allow('one'), allow('two', { Effect: 'Deny' })] };

  it('that AWS has only written otherwise is the same', () => {
    const policy = {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        allow('2', { Effect: 'Deny', Action: ['KMS:decrypt', 'kms:Encrypt'] }),
        allow('1', { Action: ['kms:Decrypt', 'kms:Encrypt'], Principal: { AWS: ['111122223333'] } }),
      ],
    };
    expect(diffReplica({ aws_param: { Policy } }, newReplicaKey({ policy }))).toEqual([]);
  });

  it('shows the statements that differ', () => {
    const policy = { Version: '2012-10-17', Statement: [allow('one'), allow('other', { Action: 'kms:Sign' })] };
    expect(diffReplica({ aws_param: { Policy } }, newReplicaKey({ policy }))).toEqual([
      { field: 'policy', wanted: [Policy.Statement[1]], present: [policy.Statement[1]] },
    ]);
  });

  it.each(['aws', 'aws-cn', 'aws-us-gov'])('names an account by its id or by its root user, in %s', (partition) => {
    const by = (AWS: unknown) => ({ Statement: allow('x', { Principal: { AWS } }) });
    const there = newReplicaKey({
      arn: `arn:${partition}:kms:x:111122223333:key/mrk-1`,
      policy: by([`arn:${partition}:iam::111122223333:root`, '444455556666']),
    });
    const wanted = by(['111122223333', `arn:${partition}:iam::444455556666:root`]);
    expect(diffReplica({ aws_param: { Policy: wanted } }, there)).toEqual([]);
    const another = by(['111122223333', 'arn:aws-iso:iam::444455556666:root']);
    expect(diffReplica({ aws_param: { Policy: another } }, there)).toHaveLength(1);
  });

  it('by template or by lists is compared as CCKM keeps it', () => {
    const templated = tagged(['cckm_policy_template_id', 't1']);
    expect(diffReplica({ policytemplate: 't1' }, templated)).toEqual([]);
    expect(diffReplica({ policytemplate: 't2' }, templated)).toEqual([
      { field: 'policy', wanted: { policytemplate: 't2' }, present: { policytemplate: 't1' } },
    ]);
    const listed = newReplicaKey({ principals: { key_users: ['b', 'a'], key_admins: ['x'] } });
    expect(diffReplica({ key_users: ['a', 'b', 'a'], key_admins: ['x'] }, listed)).toEqual([]);
    expect(diffReplica({ key_users: ['a', 'b'], key_admins: ['y'] }, listed)).toEqual([
      { field: 'policy', wanted: { key_admins: ['y'] }, present: { key_admins: ['x'] } },
    ]);
  });

  it('by lists names other accounts by their ids or by their root users', () => {
    const there = newReplicaKey({
      principals: { external_accounts: ['arn:aws-cn:iam::444455556666:root', '777788889999'] },
    });
    const external_accounts = ['777788889999', '444455556666'];
    expect(diffReplica({ external_accounts }, there)).toEqual([]);
    expect(diffReplica({ external_accounts: ['444455556666'] }, there)).toHaveLength(1);
  });
});
