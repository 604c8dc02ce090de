import { AwsException } from './aws-exception.ts';
import type { Kms } from './kms.ts';
import { type Member, mustBeEnabled, stateOf } from './member.ts';

/** UpdatePrimaryRegion: counts in both Regions; both keys are `Updating` for a while. Throws AwsException. */
export function updatePrimaryRegion(kms: Kms, member: Member, region: string): void {
  const set = kms.set(member.keyId);
  const primary = set.find((candidate) => candidate.type === 'PRIMARY');
  const target = set.find((candidate) => candidate.region === region);
  if (!primary || !target) throw new AwsException('NotFoundException', `There is no replica in ${region}.`);
  kms.quotas.spend(primary.account, primary.region, 'UpdatePrimaryRegion');
  kms.quotas.spend(primary.account, region, 'UpdatePrimaryRegion');
  const now = kms.now();
  for (const one of [primary, target]) if (stateOf(one, now) !== 'Updating') mustBeEnabled(one, now);
  if (primary === target) return;
  primary.type = 'REPLICA';
  target.type = 'PRIMARY';
  for (const changed of [primary, target]) {
    changed.updatingUntil = now + kms.settings().promotionMs;
    changed.updatedAt = now;
  }
}
