import type { Kms } from '../kms/kms.ts';
import { type KeyState, type Member, type Remembered, typeOf } from '../kms/member.ts';

/** What CCKM tells of a member's place in its set, and of its state where its record has not grown old. */
export type Standing = Omit<Remembered, 'until' | 'state'> & { readonly state: KeyState | null };

/**
 * The record that CCKM has of a member: what it remembers, until it reads the key from AWS again; else what AWS has.
 * Source: CCKM contract, section 2.6.
 */
export function standingOf(kms: Kms, member: Member): Standing {
  const { remembered } = member;
  return remembered && kms.now() < remembered.until ? remembered : { ...truth(kms, member), state: null };
}

/**
 * Takes note of what CCKM's records of these members tell now. What it answers lets them go on telling that for `ms` from
 * then on, whatever has happened in AWS.
 */
export function noteRecords(kms: Kms, members: Iterable<Member>): (ms: number) => void {
  const noted = [...members].map((member) => {
    const standing = standingOf(kms, member);
    return { member, told: { ...standing, state: standing.state ?? kms.state(member) } };
  });
  return (ms) => {
    for (const { member, told } of ms > 0 ? noted : []) member.remembered = { ...told, until: kms.now() + ms };
  };
}

/** CCKM answers a refresh at once, and reads the key from AWS so much later. Source: CCKM contract, section 2.8. */
export function refresh(kms: Kms, member: Member, laterMs: number): void {
  const at = kms.now() + laterMs;
  member.refreshes.push(at);
  for (const [alias, from] of member.aliasListedFrom) member.aliasListedFrom.set(alias, Math.min(from, at));
  if (member.remembered) member.remembered = { ...member.remembered, until: Math.min(member.remembered.until, at) };
}

function truth(kms: Kms, member: Member): Omit<Standing, 'state'> {
  const seen = kms.set(member.keyId).filter((other) => other === member || isListed(kms, other));
  return {
    type: typeOf(member, kms.now()),
    // While it moves, KMS names the Region that it moves to.
    primary: seen.find((other) => other.type === 'PRIMARY')?.region ?? null,
    replicas: seen.filter((other) => other.type === 'REPLICA').map(({ region }) => region),
  };
}

/** The aliases of a key that CCKM's record tells by now. */
export function listedAliases(kms: Kms, { aliases, aliasListedFrom }: Member): string[] {
  return aliases.filter((alias) => kms.now() >= (aliasListedFrom.get(alias) ?? 0));
}

/** Whether CCKM lists a key by now: one that was made outside it, or only just, is not in its records. */
export function isListed(kms: Kms, member: Member): boolean {
  return member.listedFrom !== null && kms.now() >= member.listedFrom;
}
