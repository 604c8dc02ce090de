import { mainAlias } from './alias-name.ts';
import type { CckmKey } from './cckm-key.ts';
import type { KeyReference } from './key-reference.ts';

/** What is known about one key of a plan before anything is called. */
export interface ResolvedKey {
  /** As the plan names it. */
  readonly reference: string;
  /** The key that it names; null when CCKM does not list it, or when it names several. */
  readonly key: CckmKey | null;
  /** The primary of its set; the key itself, another member, or null. */
  readonly primary: CckmKey | null;
  /** Every member of its set that CCKM lists, primary included. */
  readonly members: readonly CckmKey[];
  /** The alias by which the plan means it: the one that it names or selects by, else the first. */
  readonly alias: string | null;
  /** The keys among which the reference does not choose; else empty. */
  readonly rivals: readonly CckmKey[];
}

/** A reference to which CCKM lists nothing. */
export function unknownKey(reference: string): ResolvedKey {
  return { reference, key: null, primary: null, members: [], alias: null, rivals: [] };
}

/**
 * The key that a CCKM id, a key id or an ARN means among the listed members of its set. Where CCKM has two records of one
 * key, the live one is meant, whichever is named.
 */
export function resolveMember(
  reference: string,
  parsed: Exclude<KeyReference, { form: 'alias' }>,
  listed: readonly CckmKey[],
): ResolvedKey {
  const members = [...new Map(listed.map((key) => [key.id, key])).values()];
  const primary = primaryOf(members);
  const key =
    parsed.form === 'cckm_id'
      ? members.find(({ id }) => id.toLowerCase() === parsed.id.toLowerCase())
      : parsed.form === 'arn'
        ? liveFirst(members).find(({ arn }) => arn === parsed.arn)
        : (primary ?? liveFirst(members)[0]);
  const live = key === undefined ? null : liveRecordOf(key, members);
  return { reference, key: live, primary, members, alias: mainAlias(live?.aliases ?? []), rivals: [] };
}

/** Members that are not gone: what CCKM may be called for, and reads from AWS. */
export function liveMembers(members: readonly CckmKey[]): CckmKey[] {
  return members.filter(({ gone }) => !gone);
}

const liveFirst = (members: readonly CckmKey[]): CckmKey[] => [
  ...liveMembers(members),
  ...members.filter(({ gone }) => gone),
];

/**
 * The record by which CCKM still manages a key: another one of the same key in the same account and Region where this one is
 * gone (its container was made anew, or its Region was taken out of one and put into another), else this one.
 */
export function liveRecordOf(key: CckmKey, members: readonly CckmKey[]): CckmKey {
  if (!key.gone) return key;
  const same = (one: CckmKey) =>
    one.keyId === key.keyId &&
    one.region === key.region &&
    (one.account ?? key.account) === (key.account ?? one.account);
  return liveMembers(members).find(same) ?? key;
}

/** The primary of a set, by what its listed members say; one that is gone only where no live record claims to be it. */
export function primaryOf(members: readonly CckmKey[]): CckmKey | null {
  const primaries = members.filter((key) => key.multiRegionKeyType === 'PRIMARY');
  const live = liveMembers(primaries);
  const claiming = live.length > 0 ? live : primaries;
  // Just after a promotion two members may call themselves primary; they agree on where the primary is.
  return claiming.find((key) => key.region === key.primaryKey?.region) ?? claiming[0] ?? null;
}

/**
 * The key that an alias means among those that carry it: the one primary. An alias is a name within one account and
 * Region, and replicas often carry their primary's: those count only where no primary does. Where several primaries carry
 * it nothing is guessed, they come back as `rivals`. Answers the key, or null and the rivals.
 * Source: KMS developer guide, aliases (unique in an account and Region).
 */
export function chooseByAlias(
  { alias, place }: Extract<KeyReference, { form: 'alias' }>,
  carriers: readonly CckmKey[],
): { key: CckmKey | null; rivals: readonly CckmKey[] } {
  const named = [...new Map(carriers.map((key) => [key.id, key])).values()].filter(
    (key) =>
      key.aliases.includes(alias) && (place === null || (key.region === place.region && key.account === place.account)),
  );
  const there = named.filter((key) => !key.gone);
  const candidates = there.length > 0 ? there : named;
  const primaries = candidates.filter((key) => key.multiRegionKeyType === 'PRIMARY');
  const replicas = candidates.filter((key) => key.multiRegionKeyType === 'REPLICA');
  const group = [primaries, replicas, candidates].find(({ length }) => length > 0) ?? [];
  const sets = new Set(group.map((key) => `${key.account} ${key.keyId}`));
  return sets.size > 1 ? { key: null, rivals: group } : { key: group[0] ?? null, rivals: [] };
}

/** How a key is called in a sentence. */
export function keyName(key: CckmKey): string {
  return mainAlias(key.aliases) ?? key.arn ?? key.id;
}
