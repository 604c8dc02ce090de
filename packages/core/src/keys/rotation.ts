import { parseKeyReference } from './key-reference.ts';
import { keyName, liveMembers, type ResolvedKey } from './resolved-key.ts';

/**
 * What CCKM's rotation of a key with imported material has to do with a key of a plan, as a sentence; null: nothing. It makes
 * a new AWS key without replicas and moves the alias there. Source: CCKM contract, section 9.
 */
export function rotationOf({ reference, key, members }: ResolvedKey): string | null {
  if (key === null) return null;
  if (key.rotatedTo !== null) {
    return `CCKM has rotated ${keyName(key)} to another AWS key, ${key.rotatedTo}; this plan names the old one.`;
  }
  // One that is named by its own AWS key id or ARN is meant; a CCKM id may come from a selector.
  const form = parseKeyReference(reference)?.form;
  const replicaLess = liveMembers(members).every((member) => member.region === key.region);
  if (key.rotatedFrom === null || form === 'mrk' || form === 'arn' || !replicaLess) return null;
  const meant = reference === key.id ? keyName(key) : reference;
  return `${meant} names the key that CCKM created by rotating ${key.rotatedFrom}; it has no replicas of its own yet.`;
}
