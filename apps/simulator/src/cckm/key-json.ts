import { createHash } from 'node:crypto';
import type { KmsKey } from '../kms/kms-key.ts';
import type { Cckm } from './cckm.ts';
import type { KeyRecord } from './key-record.ts';
import { shownMembers, shownState } from './member-view.ts';

const time = (ms: number): string => new Date(ms).toISOString();
const place = (key: KmsKey) => ({ Arn: key.arn, Region: key.region });

export const tagList = (tags: ReadonlyMap<string, string>) =>
  [...tags].map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

/** KMS's id of a key's material: the same for the same material. */
export function materialIdOf(key: KmsKey): string {
  return createHash('sha256')
    .update(`${key.keyId}/${key.material?.source ?? 'native'}`)
    .digest('hex');
}

/** The key object as CCKM sends it. Source: CCKM contract, section 2.3. */
export function keyJson(cckm: Cckm, record: KeyRecord): Record<string, unknown> {
  const { key, container } = record;
  const imported = key.material;
  return {
    id: record.id,
    uri: `kylo:kylo:cckm:aws-key:${record.id}`,
    account: 'kylo:kylo:admin:accounts:kylo',
    application: 'ncryptify:gemalto:admin:apps:kylo',
    devAccount: 'ncryptify:gemalto:admin:accounts:gemalto',
    createdAt: time(record.createdAt),
    updatedAt: time(record.updatedAt),
    kms_id: container.id,
    kms: container.name,
    synced_at: time(Math.max(record.createdAt, cckm.askedAt(record))),
    local_key_id: imported?.source ?? '',
    local_key_name: imported ? `cckm-source-${imported.source.slice(0, 8)}` : '',
    source_key_tier: imported?.tier ?? '',
    key_source: imported?.tier ?? '',
    key_source_container_id: '',
    key_source_container_name: '',
    rotation_status: '',
    rotated_at: null,
    rotated_from: '',
    rotated_to: '',
    labels: {},
    cloud_name: 'aws',
    key_type: key.spec === 'SYMMETRIC_DEFAULT' || key.spec.startsWith('HMAC') ? 'symmetric' : 'asymmetric',
    basic_view_enabled: true,
    region: key.region,
    gone: record.gone || key.deleted,
    key_material_origin: key.origin === 'EXTERNAL' ? (imported ? 'cckm' : 'unknown') : 'native',
    ...record.principals,
    deletion_date: key.deletion?.at == null ? null : time(key.deletion.at),
    aws_param: awsParam(cckm, record),
  };
}

function awsParam(cckm: Cckm, record: KeyRecord): Record<string, unknown> {
  const { key } = record;
  const state = shownState(cckm, record);
  const members = shownMembers(cckm, record);
  const hmac = key.spec.startsWith('HMAC');
  return {
    AWSAccountId: key.account,
    Arn: key.arn,
    KeyID: key.keyId,
    Alias: [...key.aliases],
    CustomerMasterKeySpec: key.spec,
    Description: key.description,
    Enabled: state === 'Enabled' || state === 'Updating',
    EncryptionAlgorithms: key.usage === 'ENCRYPT_DECRYPT' ? [key.spec] : null,
    MacAlgorithmSpec: hmac ? [key.spec.replace('HMAC_', 'HMAC_SHA_')] : null,
    KeyManager: 'CUSTOMER',
    KeyState: state,
    KeyUsage: key.usage,
    Origin: key.origin,
    CreationDate: time(key.createdAt),
    KeyRotationEnabled: false,
    MultiRegion: key.set !== null,
    ...(members && {
      MultiRegionConfiguration: {
        MultiRegionKeyType: members.type,
        PrimaryKey: place(members.primary),
        ReplicaKeys: members.replicas.map(place),
      },
    }),
    Policy: key.policy,
    Tags: tagList(key.tags),
    ReplicaPolicy: null,
    ReplicaTags: null,
    ...(key.origin === 'EXTERNAL' && {
      ExpirationModel: key.material?.validTo != null ? 'KEY_MATERIAL_EXPIRES' : 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      ValidTo: key.material?.validTo != null ? time(key.material.validTo) : null,
    }),
    ...((key.origin === 'AWS_KMS' || key.material) && { CurrentKeyMaterialId: materialIdOf(key) }),
  };
}

/**
 * What replicate-key answers: the new replica, `Creating`, its policy and tags under other names, and an alias that it may
 * not have. Source: CCKM contract, sections 2.5 and 7.
 */
export function replicaAnswerJson(cckm: Cckm, record: KeyRecord, primary: KmsKey): Record<string, unknown> {
  const json = keyJson(cckm, record);
  const { Policy, Tags, ...params } = json.aws_param as Record<string, unknown>;
  const swapped = cckm.settings.cckm.replicate_answer === 'as_documented';
  return {
    ...json,
    uri: `kylo:kylo:cckm:aws-replica-key:${record.id}`,
    aws_param: {
      ...params,
      Alias: record.key.aliases.length > 0 ? [...record.key.aliases] : [...primary.aliases],
      Enabled: false,
      KeyState: 'Creating',
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'REPLICA',
        PrimaryKey: place(swapped ? record.key : primary),
        ReplicaKeys: [place(swapped ? primary : record.key)],
      },
      ReplicaPolicy: Policy,
      ReplicaTags: Tags,
    },
  };
}
