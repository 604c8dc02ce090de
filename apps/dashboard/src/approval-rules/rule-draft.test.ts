import type { ApprovalRule } from '@keyferry/core';
import { expect, test } from 'vitest';
import { checkRule, draftOfRule, emptyRule, withRule } from './rule-draft.ts';

const full: ApprovalRule = {
  name: 'production',
  for: ['plan', 'drill'],
  when: {
    operations: ['promote'],
    accounts: ['111122223333'],
    regions: ['eu-west-1'],
    policy_change: true,
    min_replicas: 500,
  },
  approvals: 2,
};

test('a rule comes out of the form as it went in', () => {
  for (const rule of [full, { name: 'all', when: {}, approvals: 1 }]) {
    expect(checkRule(draftOfRule(rule), [])).toEqual({ rule, errors: [] });
  }
});

test('all that is wrong with a rule is said by the field', () => {
  const draft = { ...emptyRule, name: 'Not a name', accounts: ['1'], minReplicas: 0, approvals: '' as const };
  expect(
    checkRule(draft, [])
      .errors.map(({ path }) => path)
      .sort(),
  ).toEqual(['approvals', 'name', 'when.accounts[0]', 'when.min_replicas']);
  expect(checkRule({ ...emptyRule, name: 'taken' }, ['taken']).errors).toMatchObject([{ path: 'name' }]);
});

test('a rule takes the place of the one that was edited, though its name changes, or stands behind all others', () => {
  const rules = [full, { name: 'b', when: {}, approvals: 1 }];
  const renamed = { ...full, name: 'prod' };
  expect(withRule(rules, renamed, 'production').map(({ name }) => name)).toEqual(['prod', 'b']);
  expect(withRule(rules, renamed, null).map(({ name }) => name)).toEqual(['production', 'b', 'prod']);
  expect(withRule(rules, renamed, 'gone').map(({ name }) => name)).toEqual(['production', 'b', 'prod']);
});
