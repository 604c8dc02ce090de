import type { Kms } from './kms.ts';
import type { Member } from './member.ts';

/**
 * CCKM's own rotation of a key with imported material: it makes another AWS key, moves the alias there, and keeps the old key
 * under an alias with a time. The new key has no replicas. Source: CCKM contract, section 9.
 */
export function rotateAway(kms: Kms, old: Member): Member {
  const { account, region, multiRegion, origin, tags, description, policy, policyTemplate } = old;
  const [alias, ...more] = old.aliases;
  if (alias !== undefined) kms.removeAlias(old, alias);
  const fresh = kms.add({
    ...{ account, region, multiRegion, origin, tags, description, policy, policyTemplate },
    aliases: alias === undefined ? [] : [alias],
    rotatedFrom: old.id,
  });
  old.aliases = alias === undefined ? more : [...more, `${alias}-rotated-${kms.now()}`];
  old.rotatedTo = fresh.id;
  old.updatedAt = kms.now();
  return fresh;
}
