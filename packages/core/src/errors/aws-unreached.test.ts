import { describe, expect, it } from 'vitest';
import { regionOfEndpoint, saysUnreached } from './aws-unreached.ts';

describe('a text', () => {
  it.each([
    'Error Replicating AWS Key : KMSInvalidStateException: arn:aws:kms:eu-west-1:1:key/mrk-1 is creating.',
    'The tier local is not valid.',
    'replica_region is required',
    'The new key policy will not allow you to update the key policy in the future.',
    'GEOFENCE is not a known tag',
    'the key is closed to new aliases',
  ])('of a refusal does not say that there was no answer: %s', (text) => {
    expect(saysUnreached(text)).toBe(false);
  });

  it.each([
    ['Post "https://kms.eu-west-1.amazonaws.com/": EOF', 'eu-west-1'],
    ['Post "https://kms-fips.us-gov-west-1.amazonaws.com/": EOF', 'us-gov-west-1'],
    ['Post "https://vpce-0a1b-2c3d.kms.ap-southeast-2.vpce.amazonaws.com/": EOF', 'ap-southeast-2'],
    ['Post "https://kms.cn-north-1.amazonaws.com.cn/": EOF', 'cn-north-1'],
    ['Post "https://kms.us-east-1.api.aws/": EOF', 'us-east-1'],
    ['dial tcp: lookup sts.eu-central-1.amazonaws.com on 10.0.0.2:53: no such host', 'eu-central-1'],
    ['RequestCanceled: request context canceled', null],
  ])('names the Region whose endpoint did not answer: %s', (text, region) => {
    expect(regionOfEndpoint(text)).toBe(region);
  });
});
