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
    throw notAPrimary(primary);
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

/** What KMS answers to a call for a member that is not the primary of its set. */
export function notAPrimary(member: Member): AwsException {
  return new AwsException('UnsupportedOperationException', `${arnOf(member)} is not a multi-Region primary key.`);
}

/** The same made outside CCKM: at once, and without quotas. */
export function movePrimary(kms: Kms, set: readonly Member[], region: string): void {
  for (const member of set)
    Object.assign(member, { type: member.region === region ? 'PRIMARY' : 'REPLICA', primaryFrom: 0 });
  for (const member of set) member.updatedAt = kms.now();
}
