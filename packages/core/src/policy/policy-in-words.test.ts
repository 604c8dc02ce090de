import { expect, it } from 'vitest';
import { policyInWords } from './policy-in-words.ts';

const all = { Action: 'kms:*', Resource: '*' };
const told = (...Statement: object[]) => policyInWords({ Version: '2012-10-17', Statement });

it('says who gets what, account by account and role by role', () => {
  const role = 'arn:aws:iam::111122223333:role/payments';
  expect(
    told(
      { Sid: 'Root', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, ...all },
      { Effect: 'Allow', Principal: { AWS: ['444455556666', role] }, Action: ['kms:Decrypt', 'kms:Sign'] },
      { Effect: 'Deny', Principal: { Service: 's3.amazonaws.com' }, NotAction: 'kms:Get*', Resource: 'arn:x' },
    ),
  ).toEqual([
    { text: 'Allows the account 111122223333: kms:* [Root]', warns: false },
    { text: `Allows the account 444455556666 and ${role}: kms:Decrypt, kms:Sign`, warns: false },
    { text: 'Denies the service s3.amazonaws.com: everything but kms:Get*, on arn:x', warns: false },
  ]);
});

it('calls out what is given to anyone, in each way to write it', () => {
  const [one, two, three, four, denied] = told(
    { Effect: 'Allow', Principal: '*', ...all },
    { Effect: 'Allow', Principal: { AWS: ['arn:aws:iam::111122223333:user/ann', '*'] }, ...all },
    {
      ...{ Effect: 'Allow', Principal: { AWS: '*' }, ...all },
      Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-1', 'o-2'] }, Bool: { 'aws:SecureTransport': true } },
    },
    { Effect: 'Allow', NotPrincipal: { AWS: '111122223333' }, ...all },
    { Effect: 'Deny', Principal: '*', ...all },
  );
  expect(one).toEqual({ text: 'Allows ANYONE (Principal "*"): kms:*, without a condition', warns: true });
  expect(two?.text).toBe('Allows ANYONE ("*") and arn:aws:iam::111122223333:user/ann: kms:*, without a condition');
  expect(three?.text).toBe(
    'Allows ANYONE ("*"): kms:*, only if StringEquals aws:PrincipalOrgID o-1 or o-2 and Bool aws:SecureTransport true',
  );
  expect(four?.text).toBe('Allows ANYONE but the account 111122223333: kms:*, without a condition');
  expect([two, three, four].every((statement) => statement?.warns)).toBe(true);
  expect(denied).toEqual({ text: 'Denies anyone (Principal "*"): kms:*', warns: false });
});

it('shows as it is written what it does not understand, and never passes over it', () => {
  expect(told({ Effect: 'allow', Principal: '*' })).toEqual([
    { text: 'Not understood: {"Effect":"allow","Principal":"*"}', warns: true },
  ]);
  expect(told({ Effect: 'Allow', Principal: { AWS: '111122223333' }, ...all, principal: '*' })).toEqual([
    { text: 'Allows the account 111122223333: kms:*; not understood: principal "*"', warns: true },
  ]);
  for (const none of [null, 'text', {}, { Statement: 7 }]) {
    expect(policyInWords(none)).toEqual([{ text: expect.stringContaining('Not understood'), warns: true }]);
  }
});
