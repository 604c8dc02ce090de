import { describe, expect, it } from 'vitest';
import { newKey } from '../../../../test/models/keys/new-key.ts';
import type { CckmKey } from './cckm-key.ts';
import { primaryNow } from './primary-now.ts';

const named = (region: string) => ({ arn: null, region });
const member = (region: string, primary: string, more: Partial<CckmKey> = {}) =>
  newKey({
    id: region,
    region,
    multiRegionKeyType: region === primary ? 'PRIMARY' : 'REPLICA',
    primaryKey: named(primary),
    ...more,
  });
const set = (primary: string) => ['us-east-1', 'eu-west-1', 'us-west-2'].map((region) => member(region, primary));
const asked = { refused: true, refreshed: false };
const refreshed = { refused: true, refreshed: true };

describe('the primary of a set after a refused call', () => {
  it('is elsewhere where another member alone claims to be it', () => {
    expect(primaryNow(set('eu-west-1'), 'us-east-1', asked)).toMatchObject({
      is: 'elsewhere',
      primary: { id: 'eu-west-1' },
    });
  });

  it('is the same where only the one that was called claims to be it', () => {
    expect(primaryNow(set('us-east-1'), 'us-east-1', refreshed)).toEqual({ is: 'the_same' });
  });

  it('of two that claim to be it is decided by refreshed records and the word of KMS, not before', () => {
    const both = [member('us-east-1', 'us-east-1'), member('eu-west-1', 'eu-west-1')];
    expect(primaryNow(both, 'us-east-1', asked)).toEqual({ is: 'unclear' });
    expect(primaryNow(both, 'us-east-1', { refused: false, refreshed: true })).toEqual({ is: 'unclear' });
    expect(primaryNow(both, 'us-east-1', refreshed)).toMatchObject({ is: 'elsewhere', primary: { id: 'eu-west-1' } });
  });

  it('is where the one that was called says that it is, though that member does not say so yet', () => {
    const moving = [member('us-east-1', 'eu-west-1'), member('eu-west-1', 'us-east-1')];
    expect(primaryNow(moving, 'us-east-1', refreshed)).toMatchObject({
      is: 'elsewhere',
      primary: { id: 'eu-west-1' },
    });
  });

  it('is unclear where the members name different Regions, or one that CCKM does not list', () => {
    const apart = [member('eu-west-1', 'us-west-2'), member('us-west-2', 'eu-west-1')];
    expect(primaryNow(apart, 'gone', refreshed)).toEqual({ is: 'unclear' });
    expect(primaryNow([member('us-east-1', 'ap-south-1')], 'us-east-1', refreshed)).toEqual({ is: 'unclear' });
    expect(primaryNow([], 'us-east-1', refreshed)).toEqual({ is: 'unclear' });
  });

  it('is the live record of a key of which the one that was called is gone', () => {
    const twice = [
      member('us-east-1', 'us-east-1', { id: 'old', gone: true }),
      member('us-east-1', 'us-east-1', { id: 'new' }),
    ];
    expect(primaryNow(twice, 'old', asked)).toMatchObject({ is: 'elsewhere', primary: { id: 'new' } });
  });
});
