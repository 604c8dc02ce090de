import { type CallFailure, type ErrorCode, errorRule, laneId } from '@keyferry/core';
import { expect, it } from 'vitest';
import { lanesDown } from './note-call.ts';

const place = { account: '111122223333', primary_region: 'us-east-1', region: 'eu-west-1' };
const failure = (code: ErrorCode, message: string): CallFailure => ({
  code,
  message,
  httpStatus: 400,
  providerCode: null,
  retryAfterMs: null,
  mayHaveLanded: errorRule(code).mayHaveLanded,
});
const unanswered = (region: string) =>
  failure('kms_unreachable', `RequestError: send request failed Post "https://kms.${region}.amazonaws.com/": EOF`);
const target = '111122223333:eu-west-1:CreateKey';

it.each([
  ['the replica’s Region', unanswered('eu-west-1'), [target]],
  ['the primary’s Region', unanswered('us-east-1'), [target, '111122223333:us-east-1:ReplicateKey']],
  ['no Region', failure('kms_unreachable', 'RequestCanceled: request context canceled'), [target]],
  ['KMS itself', failure('kms_internal', 'https://kms.us-east-1.amazonaws.com/'), [target]],
])('a failed replication that names %s speaks against the lanes there', (_what, failed, lanes) => {
  expect(lanesDown('replicate', place, failed).map(laneId)).toEqual(lanes);
});

it('a failed import speaks against its own lane alone', () => {
  expect(lanesDown('import', place, unanswered('eu-west-1')).map(laneId)).toEqual([
    '111122223333:eu-west-1:GetParametersForImport',
  ]);
});
