import { expect, it } from 'vitest';
import { newReplicaKey } from '../keys/model/new-key.ts';
import { diffReplica } from './diff-replica.ts';

const allow = (Sid: string, more = {}) => ({
  Sid,
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::1:root' },
  Action: ['kms:Encrypt', 'kms:Decrypt'],
  Resource: '*',
  ...more,
});

it('a replica is compared in what the plan names, and in nothing else', () => {
  const there = newReplicaKey({ description: 'old', tags: [{ key: 'a', value: '1' }], policy: { Statement: [] } });
  expect(diffReplica({}, there)).toEqual([]);
  expect(diffReplica({ aws_param: { Policy: {} } }, there)).toEqual([]);
  expect(diffReplica({ aws_param: { Alias: 'a', Description: 'old' } }, there)).toEqual([]);
});

it('alias, description and tags that differ are told with what is there instead', () => {
  const there = newReplicaKey({
    description: null,
    tags: [
      { key: 'same', value: '1' },
      { key: 'other', value: 'x' },
      { key: 'cckm_policy_template_id', value: 't' },
    ],
  });
  const Tags = [
    { TagKey: 'same', TagValue: '1' },
    { TagKey: 'other', TagValue: 'y' },
  ];
  expect(diffReplica({ aws_param: { Alias: 'b', Description: 'new', Tags } }, there)).toEqual([
    { field: 'tags', wanted: [{ TagKey: 'other', TagValue: 'y' }], present: [{ TagKey: 'other', TagValue: 'x' }] },
    { field: 'alias', wanted: 'alias/b', present: ['alias/a'] },
    { field: 'description', wanted: 'new', present: '' },
  ]);
});

it('a policy that AWS has only written otherwise is the same', () => {
  const Policy = { Version: '2012-10-17', Statement: [allow('one'), allow('two')] };
  const there = {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      allow('two'),
      allow('one', { Action: ['kms:Decrypt', 'kms:Encrypt'], Principal: { AWS: ['arn:aws:iam::1:root'] } }),
    ],
  };
  expect(diffReplica({ aws_param: { Policy } }, newReplicaKey({ policy: there }))).toEqual([]);
});

it('of a policy the statements that differ are told', () => {
  const Policy = { Statement: [allow('same'), allow('wanted')] };
  const there = { Statement: [allow('same'), allow('there')] };
  expect(diffReplica({ aws_param: { Policy } }, newReplicaKey({ policy: there }))).toEqual([
    { field: 'policy', wanted: [allow('wanted')], present: [allow('there')] },
  ]);
});

it('a policy by template or by lists is compared as CCKM keeps it', () => {
  const templated = newReplicaKey({ tags: [{ key: 'cckm_policy_template_id', value: 't1' }] });
  expect(diffReplica({ policytemplate: 't1' }, templated)).toEqual([]);
  expect(diffReplica({ policytemplate: 't2' }, templated)).toEqual([
    { field: 'policy', wanted: { policytemplate: 't2' }, present: { policytemplate: 't1' } },
  ]);
  const listed = newReplicaKey({ principals: { key_users: ['b', 'a'], key_admins: ['x'] } });
  expect(diffReplica({ key_users: ['a', 'b'], key_admins: ['x'] }, listed)).toEqual([]);
  expect(diffReplica({ key_users: ['a', 'b'], key_admins: ['y'] }, listed)).toEqual([
    { field: 'policy', wanted: { key_admins: ['y'] }, present: { key_admins: ['x'] } },
  ]);
});
