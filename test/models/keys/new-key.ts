import type { CckmKey } from '../../../packages/core/src/keys/cckm-key.ts';

/** A multi-Region primary as CCKM lists it, for tests to start from. */
export function newKey(more: Partial<CckmKey> = {}): CckmKey {
  return {
    id: 'id',
    keyId: 'mrk-1',
    arn: 'arn:aws:kms:us-east-1:111122223333:key/mrk-1',
    account: '111122223333',
    region: 'us-east-1',
    kmsId: 'kms',
    aliases: ['alias/a'],
    description: null,
    tags: [],
    policy: null,
    principals: {},
    origin: 'AWS_KMS',
    keyState: 'Enabled',
    createdAt: null,
    syncedAt: null,
    multiRegion: true,
    multiRegionKeyType: 'PRIMARY',
    primaryKey: null,
    replicaKeys: [],
    localKeyId: null,
    keySource: null,
    sourceKeyTier: null,
    rotatedFrom: null,
    rotatedTo: null,
    expirationModel: null,
    validTo: null,
    currentMaterialId: null,
    gone: false,
    ...more,
  };
}

/** Its replica in Ireland. */
export function newReplicaKey(more: Partial<CckmKey> = {}): CckmKey {
  return newKey({ id: 'replica', multiRegionKeyType: 'REPLICA', region: 'eu-west-1', ...more });
}
