import { createHash } from 'node:crypto';
import { defaultPolicy } from '../kms/default-policy.ts';
import type { Kms } from '../kms/kms.ts';
import { arnOf, hasMaterial, type KeyState, type Member, partitionOf, typeOf } from '../kms/member.ts';
import type { Settings } from '../settings.ts';
import { answeredAccounts, answeredPolicy } from './answered-policy.ts';
import { listedAliases, standingOf } from './records.ts';

/** The names of the account containers that CCKM has. */
export function kmsOf(account: string): { id: string; name: string } {
  return { id: `kms-${account}`, name: `aws-${account}` };
}

/**
 * The state that CCKM tells. Of a new EXTERNAL replica it says `Creating`, then `Enabled`, before it has asked AWS once;
 * its first poll then finds `PendingImport`. Source: CCKM contract, section 2.6.
 */
export function cckmState(kms: Kms, member: Member, settings: Settings): KeyState {
  const age = kms.now() - member.createdAt;
  const early = member.type === 'REPLICA' && member.origin === 'EXTERNAL' && age < settings.earlyEnabledMs;
  if (early) return age > settings.earlyEnabledMs / 4 ? 'Enabled' : 'Creating';
  return standingOf(kms, member).state ?? kms.state(member);
}

/** When CCKM's record last changed; its polls change it too. */
export function updatedAt(kms: Kms, member: Member): number {
  const passed = [member.readyAt, member.updatingUntil, member.materialAt ?? 0].filter((at) => at <= kms.now());
  return Math.max(member.updatedAt, ...passed);
}

type KeyJson = Record<string, unknown> & { readonly aws_param: Record<string, unknown> };

/** A key as CCKM answers it. Source: CCKM contract, section 2.3. */
export function keyJson(kms: Kms, member: Member, settings: Settings): KeyJson {
  const { account, region, keyId } = member;
  const state = cckmState(kms, member, settings);
  const container = kmsOf(account);
  const external = member.origin === 'EXTERNAL';
  const time = (at: number) => new Date(at).toISOString();
  return {
    id: member.id,
    uri: `kylo:kylo:cckm:aws-key:${member.id}`,
    account: 'kylo:kylo:admin:accounts:kylo',
    application: 'ncryptify:gemalto:admin:apps:kylo',
    devAccount: 'ncryptify:gemalto:admin:accounts:gemalto',
    createdAt: time(member.createdAt),
    updatedAt: time(updatedAt(kms, member)),
    kms_id: container.id,
    kms: container.name,
    synced_at: time(Math.max(updatedAt(kms, member), ...member.refreshes.filter((at) => at <= kms.now()))),
    local_key_id: external ? member.sourceKeyId : '',
    local_key_name: external ? `source-${keyId.slice(-8)}` : '',
    key_source: external ? settings.keySource : '',
    source_key_tier: external ? settings.sourceKeyTier : '',
    key_source_container_id: '',
    key_source_container_name: '',
    rotation_status: '',
    rotated_from: member.rotatedFrom ?? '',
    rotated_to: member.rotatedTo ?? '',
    basic_view_enabled: true,
    key_material_origin: external ? 'cckm' : 'native',
    cloud_name: 'aws',
    key_type: 'symmetric',
    region,
    gone: false,
    labels: {},
    ...{ key_admins: [], key_admins_roles: [], key_users: [], key_users_roles: [] },
    ...member.principals,
    external_accounts: answeredAccounts(member.principals.external_accounts ?? [], partitionOf(region), settings),
    deletion_date: member.deletionDate === null ? null : time(member.deletionDate),
    aws_param: {
      AWSAccountId: account,
      Arn: arnOf(member),
      KeyID: keyId,
      Alias: listedAliases(kms, member),
      CustomerMasterKeySpec: member.spec,
      Description: member.description,
      Enabled: state === 'Enabled',
      KeyManager: 'CUSTOMER',
      KeyState: state,
      KeyUsage: 'ENCRYPT_DECRYPT',
      Origin: member.origin,
      CreationDate: time(member.createdAt + settings.creationDateSkewMs),
      KeyRotationEnabled: false,
      MultiRegion: member.multiRegion,
      ...(member.multiRegion ? { MultiRegionConfiguration: configuration(kms, member) } : {}),
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      Policy: answeredPolicy(member.policy ?? defaultPolicy(account), partitionOf(region), settings),
      Tags: member.tags,
      ...(external && state === 'Enabled' ? expiration(member) : {}),
    },
  };
}

function expiration({ validTo }: Member): Record<string, unknown> {
  return validTo === null
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(validTo).toISOString() };
}

function configuration(kms: Kms, member: Member): Record<string, unknown> {
  const { type, primary, replicas } = standingOf(kms, member);
  const place = (region: string) => ({ Arn: arnOf({ ...member, region }), Region: region });
  return {
    MultiRegionKeyType: type,
    PrimaryKey: primary === null ? null : place(primary),
    ReplicaKeys: replicas.map(place),
  };
}

/** The same for every member of a set: it has one material after the other. */
const materialId = ({ keyId }: Member, material: 'current' | 'next'): string =>
  createHash('sha256').update(`${keyId} ${material}`).digest('hex');

/** What CCKM tells of a key's imports. Source: CCKM contract, section 2.7. */
export function rotationsJson(kms: Kms, member: Member, settings: Settings): Record<string, unknown>[] {
  if (member.origin !== 'EXTERNAL') return [];
  const record = (material: 'current' | 'next', imported: boolean, state: string) => ({
    id: `rotation-${member.id}-${material}`,
    source_key_identifier: material === 'current' ? member.sourceKeyId : `${member.sourceKeyId}-next`,
    source_key_tier: settings.sourceKeyTier,
    key_source: settings.keySource,
    key_material_origin: 'cckm',
    last_import_status: imported ? 'SUCCESS' : member.importError ? 'FAILED' : '',
    last_import_error: imported ? '' : (member.importError ?? ''),
    aws_param: {
      KeyId: member.keyId,
      ...(imported ? { KeyMaterialId: materialId(member, material) } : {}),
      ImportState: imported ? 'IMPORTED' : 'PENDING_IMPORT',
      KeyMaterialState: state,
      RotationDate: new Date(member.createdAt).toISOString(),
    },
  });
  const current = record('current', hasMaterial(member, kms.now()), 'CURRENT');
  const { nextMaterial } = settings;
  if (nextMaterial === 'none') return [current];
  return [current, record('next', typeOf(member, kms.now()) === 'PRIMARY', nextMaterial)];
}
