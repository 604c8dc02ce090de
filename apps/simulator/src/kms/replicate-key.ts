import { regions } from '@keyferry/core';
import { AwsException } from './aws-exception.ts';
import type { Kms } from './kms.ts';
import { arnOf, type Member, mustBeEnabled, typeOf } from './member.ts';

export interface NewReplica {
  readonly region: string;
  readonly description: string;
  readonly tags: Member['tags'];
  readonly policy: unknown;
  readonly policyTemplate: string | null;
  readonly principals: Member['principals'];
}

/**
 * ReplicateKey: one call of that quota in the primary's Region, two of CreateKey in the replica's (one is AWS's dry
 * run). Throws AwsException. Source: KMS developer guide, request quotas and replicating multi-Region keys.
 */
export function replicateKey(kms: Kms, primary: Member, wanted: NewReplica): Member {
  const { account, region: from, keyId } = primary;
  kms.quotas.spend(account, from, 'ReplicateKey');
  if (!primary.multiRegion || typeOf(primary, kms.now()) !== 'PRIMARY') {
    throw new AwsException('UnsupportedOperationException', `${arnOf(primary)} is not a multi-Region primary key.`);
  }
  const [source, target] = [regions.get(from), regions.get(wanted.region)];
  if (target === undefined || (source && source.partition !== target.partition)) {
    throw new AwsException(
      'UnsupportedOperationException',
      `You cannot replicate ${arnOf(primary)} to ${wanted.region}.`,
    );
  }
  mustBeEnabled(primary, kms.now());
  if (wanted.region === from || kms.set(keyId).some((member) => member.region === wanted.region)) {
    throw new AwsException(
      'AlreadyExistsException',
      'You can create only one replica of each primary key in each AWS Region.',
    );
  }
  kms.quotas.spend(account, wanted.region, 'CreateKey', 2);
  kms.mustHaveRoom(account, wanted.region);
  const named = new Set(wanted.tags.map(({ TagKey }) => TagKey));
  const tags = [...wanted.tags, ...kms.settings().organisationTags.filter(({ TagKey }) => !named.has(TagKey))];
  return kms.add({ ...newReplica(kms, primary, wanted.region), ...wanted, tags });
}

function newReplica(kms: Kms, primary: Member, region: string): Partial<Member> & Pick<Member, 'account' | 'region'> {
  const settings = kms.settings();
  const now = kms.now();
  const { keyId, account, origin, spec, sourceKeyId } = primary;
  const { min, max } = settings.creatingMsByRegion[region] ?? settings.creatingMs;
  const readyAt = now + kms.random.between(min, max);
  const external = origin === 'EXTERNAL';
  const arn = arnOf({ ...primary, region });
  const throttled = 'ThrottlingException: You have exceeded the rate at which you may call KMS.';
  const materialAt = external ? ownImport(kms, account, region, readyAt + settings.autoImportMs) : null;
  const failure = {
    on: null,
    metered: materialAt === null ? throttled : null,
    off: null,
    fails_while_creating: `KMSInvalidStateException: ${arn} is creating.`,
    throttled,
  }[settings.autoImport];
  return {
    keyId,
    account,
    region,
    type: 'REPLICA',
    origin,
    spec,
    readyAt,
    materialAt,
    importError: external ? failure : null,
    sourceKeyId: external ? sourceKeyId : null,
    listedFrom: now + settings.staleMs,
  };
}

/** When CCKM imports the material by itself; null: it does not. KMS gives few import tokens a second. */
function ownImport(kms: Kms, account: string, region: string, wanted: number): number | null {
  const { autoImport } = kms.settings();
  if (autoImport === 'on') return kms.quotas.reserve(account, region, 'GetParametersForImport', wanted);
  if (autoImport === 'metered') return kms.quotas.reserveAt(account, region, 'GetParametersForImport', wanted);
  return null;
}
