import { expect, test } from 'vitest';
import { newKey } from '../../../../test/models/keys/new-key.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { diffRequested, policyLeftOut, requestsSettings } from './diff-requested.ts';

const fieldsOf = (wanted: Parameters<typeof diffRequested>[0], present: Partial<CckmKey>) =>
  diffRequested(wanted, newKey(present)).map(({ field }) => field);

test('only what is requested is compared', () => {
  const present = { aliases: ['alias/other'], tags: [{ key: 'org:owner', value: 'x' }], description: 'of CCKM' };
  expect(requestsSettings({})).toBe(false);
  expect(fieldsOf({}, present)).toEqual([]);
  const tags = [{ TagKey: 'tier', TagValue: '1' }];
  expect(fieldsOf({ aws_param: { Tags: tags } }, { tags: [...present.tags, { key: 'tier', value: '1' }] })).toEqual([]);
  expect(fieldsOf({ aws_param: { Tags: tags, Alias: 'mine' } }, present)).toEqual(['tags', 'alias']);
});

test('principals are looked for in the lists of CCKM and in the policy; without a policy they are not compared', () => {
  const wanted = { key_users_roles: ['reader'], external_accounts: ['444455556666'] };
  const policyOf = (...AWS: string[]) => ({ Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: '*' }] });
  const both = policyOf('arn:aws:iam::111122223333:role/reader', 'arn:aws:iam::444455556666:root');
  expect(fieldsOf(wanted, { policy: both, principals: {} })).toEqual([]);
  expect(fieldsOf(wanted, { policy: policyOf('arn:aws:iam::111122223333:root'), principals: wanted })).toEqual([]);
  expect(fieldsOf(wanted, { policy: null, principals: {} })).toEqual([]);
  expect(policyLeftOut(wanted, newKey({ policy: null }))).toBe(true);
  expect(
    diffRequested(wanted, {
      ...newKey(),
      policy: policyOf('arn:aws:iam::444455556666:root'),
      principals: {},
    } as CckmKey),
  ).toEqual([{ field: 'policy', wanted: { key_users_roles: ['reader'] }, present: { key_users_roles: [] } }]);
});
