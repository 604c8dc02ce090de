import { parseKeyReference } from '@keyferry/core';
import { expect, it } from 'vitest';
import { whyNoKey } from './why-no-key.ts';

it.each([
  ['prod-payments', 'write alias/prod-payments'],
  ['arn:aws:kms:us-east-1:111122223333', 'cut off'],
  ['arn:aws:s3:us-east-1:111122223333:key/mrk-1', 'of "s3", not of KMS'],
  ['arn:aws:kms:us-east:111122223333:key/mrk-1', '"us-east" is not an AWS Region'],
  ['arn:aws:kms:us-east-1:11112222333:key/mrk-1', 'has 12 digits'],
  ['arn:aws:kms:us-east-1:111122223333:grant/mrk-1', 'does not name a key'],
  ['ARN:aws:kms:us-east-1:111122223333:key/mrk-1', 'begins with "arn:aws:"'],
  ['arn:aws:kms:us-east-1:111122223333:alias/aws/s3', 'AWS managed keys'],
  ['alias/aws/s3', 'AWS managed keys'],
  ['alias/prod-*', 'no "*"'],
  ['alias/', 'name is missing'],
  [`alias/${'a'.repeat(251)}`, 'at most 256'],
  ['MRK-1234', 'in lower case'],
  ['0f3e9d5c-1234-4abc-9def-01234567', 'This one is 8-4-4-4-8'],
  ['111122223333', 'account id'],
  ['?', 'Write a CCKM key id'],
])('%s is no key, and it is said why', (text, why) => {
  expect(parseKeyReference(text)).toBeNull();
  expect(whyNoKey(text)).toContain(why);
});
