import { AwsException } from './aws-exception.ts';
import type { Kms } from './kms.ts';
import { arnOf, type Member, mustBeEnabled, stateOf, typeOf } from './member.ts';

/**
 * UpdatePrimaryRegion, called in the Region of the key that is named, which has to be the primary: one request in each of
 * the two Regions. Both keys are `Updating` for a while, and none is a primary meanwhile, so that another move is refused
 * until this one is done. Throws AwsException. Source: KMS developer guide, request quotas, key states and updating the
 * primary Region.
 */
export function updatePrimaryRegion(kms: Kms, primary: Member, region: string): void {
  const now = kms.now();
  kms.quotas.spend(primary.account, primary.region, 'UpdatePrimaryRegion');
  kms.quotas.spend(primary.account, region, 'UpdatePrimaryRegion');
  if (!primary.multiRegion || typeOf(primary, now) !== 'PRIMARY') {
    throw new AwsException('UnsupportedOperationException', `${arnOf(primary)} is not a multi-Region primary key.`);
  }
  if (primary.region === region) {
    throw new AwsException('ValidationException', `${arnOf(primary)} is the primary key in ${region} already.`);
  }
  const target = kms.set(primary.keyId).find((candidate) => candidate.region === region);
  if (!target) throw new AwsException('NotFoundException', `There is no replica of ${arnOf(primary)} in ${region}.`);
  for (const one of [primary, target]) if (stateOf(one, now) !== 'Updating') mustBeEnabled(one, now);
  const doneAt = now + kms.settings().promotionMs;
  primary.type = 'REPLICA';
  target.type = 'PRIMARY';
  target.primaryFrom = doneAt;
  for (const changed of [primary, target]) Object.assign(changed, { updatingUntil: doneAt, updatedAt: now });
}
