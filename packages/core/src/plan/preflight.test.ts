import { describe, expect, it } from 'vitest';
import type { CckmKey } from '../keys/cckm-key.ts';
import { preflight } from './preflight.ts';

const key = (more: Partial<CckmKey> = {}): CckmKey => ({
  id: 'id',
  keyId: 'mrk-1',
  arn: 'arn:aws:kms:us-east-1:111122223333:key/mrk-1',
  account: '111122223333',
  region: 'us-east-1',
  kmsId: 'kms',
  aliases: ['alias/a'],
  tags: [],
  origin: 'AWS_KMS',
  keyState: 'Enabled',
  createdAt: null,
  multiRegion: true,
  multiRegionKeyType: 'PRIMARY',
  primaryKey: null,
  replicaKeys: [],
  localKeyId: null,
  keySource: null,
  expirationModel: null,
  validTo: null,
  gone: false,
  ...more,
});
const replica = (more: Partial<CckmKey> = {}) => key({ multiRegionKeyType: 'REPLICA', region: 'eu-west-1', ...more });

const check = (
  one: CckmKey,
  { region = 'eu-west-1', members = [one] }: { region?: string; members?: CckmKey[] } = {},
) =>
  preflight(
    { reference: 'mrk-1', key: one, primary: one.multiRegionKeyType === 'PRIMARY' ? one : null, members },
    region,
  );

describe('preflight', () => {
  it.each(['Enabled', 'Creating', 'Updating', null])('lets a primary go that is %s', (keyState) => {
    expect(check(key({ keyState }))).toEqual({ state: 'pending' });
  });

  it.each<[string, Partial<CckmKey>, string | undefined]>([
    ['not_multi_region', { multiRegion: false, multiRegionKeyType: null }, undefined],
    ['not_primary', { multiRegionKeyType: 'REPLICA' }, undefined],
    ['same_region', {}, 'us-east-1'],
    ['other_partition', {}, 'cn-north-1'],
    ['other_partition', {}, 'us-gov-west-1'],
    ['key_disabled', { keyState: 'Disabled' }, undefined],
    ['key_pending_deletion', { keyState: 'PendingDeletion' }, undefined],
    ['key_pending_deletion', { keyState: 'PendingReplicaDeletion' }, undefined],
    ['key_pending_import', { keyState: 'PendingImport' }, undefined],
    ['key_not_found', { gone: true }, undefined],
  ])('blocks with %s', (code, more, region) => {
    const answer = check(key(more), region ? { region } : {});
    expect(answer).toMatchObject({ state: 'blocked', error: { code, retryable: false } });
    // A sentence, and what to do about it.
    expect(answer.state === 'blocked' && answer.error.message).toMatch(/\. .+\.$/);
  });

  it('names the primary of a replica', () => {
    const primary = key();
    const answer = preflight(
      { reference: 'r', key: replica(), primary, members: [primary, replica()] },
      'ap-southeast-2',
    );
    expect(answer).toMatchObject({ error: { message: expect.stringContaining('alias/a in us-east-1') } });
  });

  it('names the reference that CCKM does not list', () => {
    const answer = preflight({ reference: 'mrk-9', key: null, primary: null, members: [] }, 'eu-west-1');
    expect(answer).toMatchObject({ error: { code: 'unknown_key', message: expect.stringContaining('mrk-9') } });
  });

  it('leaves alone what is there, and says so when that is being deleted', () => {
    const there = replica();
    expect(check(key(), { members: [key(), there] })).toEqual({ state: 'already_present', replica: there });
    expect(check(key(), { members: [key(), replica({ keyState: 'PendingDeletion' })] })).toMatchObject({
      error: { code: 'replica_pending_deletion' },
    });
    expect(check(key(), { members: [key(), replica({ gone: true })] })).toEqual({ state: 'pending' });
  });

  it('calls a replica present even when its primary is disabled: nothing is to be done', () => {
    const primary = key({ keyState: 'Disabled' });
    expect(check(primary, { members: [primary, replica()] }).state).toBe('already_present');
  });
});
