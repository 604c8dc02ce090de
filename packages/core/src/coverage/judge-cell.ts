import { withoutAliasPrefix } from '../keys/alias-name.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { isMaterialImported, type MaterialRecord, materialsInForce } from '../keys/key-material.ts';
import { keyName, type ResolvedKey } from '../keys/resolved-key.ts';
import { diffReplica } from '../plan/diff-replica.ts';
import { isPolicyDocument } from '../plan/primary-settings.ts';
import { policyWays, type ReplicaBlock } from '../plan/replica-block.ts';
import { comparedTags, type TagRules } from '../plan/tag-rules.ts';
import { regions } from '../regions/regions.ts';
import { type CoverageCode, coverageFindings } from './findings.ts';
import type { SameAsPrimary } from './policy.ts';
import type { CoverageState } from './states.ts';

/** What a check knows of one key × Region. */
export interface CellFacts {
  readonly region: string;
  readonly resolved: ResolvedKey;
  /**
   * The Regions that CCKM's containers have for the key's account; null: CCKM does not tell. Then a key that it lists is
   * judged as any other, and only that one is absent is doubtful.
   */
  readonly managedRegions: ReadonlySet<string> | null;
  /** What the policy wants a replica to be like, its templates filled in. */
  readonly wanted: ReplicaBlock;
  readonly sameAsPrimary: readonly SameAsPrimary[];
  /** Which tags count. */
  readonly tagRules: TagRules;
  /** Rotation records by CCKM id, of EXTERNAL members; none where CCKM keeps none. */
  readonly records: ReadonlyMap<string, readonly MaterialRecord[]>;
  readonly materialValidDays: number;
  /** By CCKM id: how the members were read back from AWS; null: CCKM's list is enough. */
  readonly readings: ReadonlyMap<string, ProofReading> | null;
  readonly now: Date;
}

/** How a member was read back for a proof; the set's `members` are as they were read. */
export interface ProofReading {
  readonly how: 'refreshed' | 'read_twice';
  /** What was read is newer than the refresh, or stood still; false also where the member could not be found again. */
  readonly settled: boolean;
}

export interface CellDifference {
  readonly field: SameAsPrimary;
  readonly wanted: unknown;
  readonly present: unknown;
}

/** The ids of key material that were compared; null where CCKM does not tell. */
export interface ComparedMaterial {
  readonly how: ProofReading['how'] | null;
  readonly current: string | null;
  readonly primary_current: string | null;
  readonly ids: readonly string[];
  readonly primary_ids: readonly string[];
}

export interface CellVerdict {
  readonly state: CoverageState;
  readonly code: CoverageCode;
  /** Cause and fix. */
  readonly message: string;
  readonly member: CckmKey | null;
  /** When its material expires; null: never, or that is not known. */
  readonly validTo: string | null;
  readonly diff: readonly CellDifference[] | null;
  readonly material: ComparedMaterial | null;
}

type Finding = readonly [code: CoverageCode, what: string];

/** A new EXTERNAL key that CCKM calls enabled too early has been found out by then. Source: CCKM contract, section 2.6. */
const enabledTooEarlyMs = 20 * 60_000;
const dayMs = 86_400_000;

/** The member of a set that counts in a Region: the one that is not gone, else one that is; null: none is listed. */
export function memberIn({ key, members }: ResolvedKey, region: string): CckmKey | null {
  const listed = recordsIn({ key, members }, region);
  return listed.find(({ gone }) => !gone) ?? listed[0] ?? null;
}

function recordsIn({ key, members }: Pick<ResolvedKey, 'key' | 'members'>, region: string): CckmKey[] {
  const all = key === null ? members : [...members, key];
  return [...new Map(all.map((one) => [one.id, one])).values()].filter((one) => one.region === region);
}

/** Whether the judgement of a member wants its rotation records. */
export function wantsRecords(member: CckmKey | null): member is CckmKey {
  return member !== null && member.origin === 'EXTERNAL' && member.keyState === 'Enabled' && !member.gone;
}

/**
 * The finding for one key in one Region where it must be usable. What CCKM does not clearly report is `unknown`, and
 * never counts as covered. Sources: KMS developer guide, key states and multi-Region keys; CCKM contract, 2.6 and 2.7.
 */
export function judgeCell(facts: CellFacts): CellVerdict {
  const member = memberIn(facts.resolved, facts.region);
  const verdict = (
    [code, what]: Finding,
    more: Partial<Pick<CellVerdict, 'validTo' | 'diff' | 'material'>> = {},
  ): CellVerdict => {
    const { state, advice } = coverageFindings[code];
    return {
      state,
      code,
      message: `${what} ${advice}`.trim(),
      member,
      validTo: null,
      diff: null,
      material: null,
      ...more,
    };
  };
  const of = doubtOfKey(facts);
  if (of) return verdict(of);
  if (member === null) return verdict(absence(facts));
  const about = doubtOfRecord(facts, member) ?? ofKeyState(member);
  if (about) return verdict(about);

  const external = member.origin === 'EXTERNAL';
  const { validTo, told } = external ? expiryOf(facts, member) : { validTo: null, told: true };
  const material = comparedMaterial(facts, member);
  const more = { validTo, material };
  const doubt =
    (external ? doubtOfImport(facts, member) : null) ??
    (told ? null : (['expiry_unknown', 'CCKM does not report when its imported key material expires.'] as const)) ??
    doubtOfIntent(facts, member) ??
    doubtOfProof(facts, member, material);
  if (doubt) return verdict(doubt, more);
  const expiring = expires(facts, validTo);
  if (expiring) return verdict(expiring, more);
  const diff = differences(facts, member);
  if (diff.length > 0) {
    const fields = [...new Set(diff.map(({ field }) => field))].join(', ');
    return verdict(['differs', `Drift in: ${fields}.`], { ...more, diff });
  }
  return verdict(['covered', `It is Enabled in ${facts.region}.`], { ...more, diff });
}

function doubtOfKey({ resolved, region, managedRegions }: CellFacts): Finding | null {
  const { reference, key, rivals } = resolved;
  if (rivals.length > 0) return ['ambiguous_alias', `${reference} names ${rivals.length} keys.`];
  if (key === null) return ['unknown_key', `CCKM lists no key ${reference} in this domain.`];
  if (key.account === null) return ['record_incomplete', `CCKM does not report the account of ${keyName(key)}.`];
  if (managedRegions !== null && !managedRegions.has(region)) {
    return ['region_not_managed', `No KMS container of account ${key.account} includes ${region}.`];
  }
  return null;
}

/** No record is listed in the Region: it is missing only where nothing says that there may be one all the same. */
function absence({ resolved, region, managedRegions }: CellFacts): Finding {
  const { key, primary, members } = resolved;
  const known = key === null ? members : [...members, key];
  const named = known.some(
    (one) => one.primaryKey?.region === region || one.replicaKeys.some((replica) => replica.region === region),
  );
  if (named) return ['not_listed', `The set has a member in ${region} that CCKM does not list.`];
  const name = key === null ? 'The key' : keyName(key);
  if (key !== null && !key.multiRegion) return ['not_multi_region', `${name} is a single-Region key.`];
  if (primary === null || primary.region === null) {
    return ['primary_unknown', `CCKM does not list the primary of ${name}.`];
  }
  if (primary.gone) return ['gone', `CCKM marks the primary ${name} as gone, so it no longer knows its replicas.`];
  const [from, to] = [regions.get(primary.region)?.partition, regions.get(region)?.partition];
  if (from !== to) return ['other_partition', `${name} is in the partition ${from}, ${region} in ${to}.`];
  if (managedRegions === null) {
    return [
      'containers_unknown',
      `CCKM does not list ${name} in ${region}, and does not report whether it manages ${region}.`,
    ];
  }
  return ['no_replica', `${name} has no replica in ${region}.`];
}

/** Doubts about the record itself, in any state. */
function doubtOfRecord({ resolved, region }: CellFacts, member: CckmKey): Finding | null {
  const name = keyName(member);
  if (member.gone) return ['gone', `CCKM marks its record of ${name} in ${region} as gone.`];
  const there = recordsIn(resolved, region).filter(({ gone }) => !gone);
  if (there.length > 1) return ['several_records', `CCKM lists ${there.length} records of the set in ${region}.`];
  const place = /^arn:aws[a-z-]*:kms:([^:]+):(\d{12}):key\/(.+)$/.exec(member.arn ?? '');
  const sound =
    place?.[1] === region &&
    place[2] === resolved.key?.account &&
    place[3] === member.keyId &&
    member.keyId === resolved.key?.keyId &&
    (member.origin === 'AWS_KMS' || member.origin === 'EXTERNAL' || !member.multiRegion) &&
    (!member.multiRegion || member.multiRegionKeyType === 'PRIMARY' || member.multiRegionKeyType === 'REPLICA');
  if (!sound) return ['record_incomplete', `The CCKM record of ${name} in ${region} is incomplete or inconsistent.`];
  return null;
}

/** Source: KMS developer guide, key states. Null: it is `Enabled`. */
function ofKeyState({ keyState, region }: CckmKey): Finding | null {
  const said = `It is ${keyState} in ${region}.`;
  switch (keyState) {
    case 'Enabled':
      return null;
    case 'Disabled':
      return ['disabled', said];
    case 'PendingImport':
      return ['pending_import', said];
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      return ['pending_deletion', said];
    case 'Creating':
    case 'Updating':
      return ['still_changing', said];
    default:
      return ['state_unknown', keyState === null ? `CCKM does not report its state in ${region}.` : said];
  }
}

const recordsOf = ({ records }: CellFacts, key: CckmKey): readonly MaterialRecord[] => records.get(key.id) ?? [];

/** CCKM calls an EXTERNAL replica enabled before it has asked AWS: its records are the proof, or its age. */
function doubtOfImport(facts: CellFacts, member: CckmKey): Finding | null {
  const imported = isMaterialImported(recordsOf(facts, member));
  if (imported) return null;
  if (imported === false) {
    return ['material_unproven', 'CCKM reports it Enabled, but its records say that key material is not imported.'];
  }
  const age = member.createdAt === null ? null : facts.now.getTime() - member.createdAt.getTime();
  if (age !== null && age > enabledTooEarlyMs) return null;
  return [
    'material_unproven',
    'CCKM reports it Enabled but has no record of its key material, and the key may be new.',
  ];
}

/** When the imported material of a member expires, and whether CCKM reports it. */
function expiryOf(facts: CellFacts, member: CckmKey): { validTo: string | null; told: boolean } {
  const imported = materialsInForce(recordsOf(facts, member)).filter(({ importState }) => importState === 'IMPORTED');
  const sources = [member, ...imported];
  const told = sources.some(({ expirationModel: model }) =>
    ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'].includes(model ?? ''),
  );
  const expiring = sources.filter(({ expirationModel }) => expirationModel !== 'KEY_MATERIAL_DOES_NOT_EXPIRE');
  const given = expiring.flatMap(({ validTo }) => validTo ?? []).map((text) => new Date(text).getTime());
  const mustExpire = expiring.some(({ expirationModel }) => expirationModel === 'KEY_MATERIAL_EXPIRES');
  if (!told || given.some(Number.isNaN) || (mustExpire && given.length === 0)) return { validTo: null, told: false };
  return { validTo: given.length === 0 ? null : new Date(Math.min(...given)).toISOString(), told: true };
}

function expires({ now, materialValidDays }: CellFacts, validTo: string | null): Finding | null {
  if (validTo === null) return null;
  const left = new Date(validTo).getTime() - now.getTime();
  if (left <= 0) return ['material_expired', `Its key material expired on ${validTo}.`];
  if (left > materialValidDays * dayMs) return null;
  return ['material_expires', `Its key material expires on ${validTo}, less than ${materialValidDays} days from now.`];
}

/** What must be known of a replica, and of its primary, before they can be compared. */
function doubtOfIntent({ resolved, wanted, sameAsPrimary }: CellFacts, member: CckmKey): Finding | null {
  const { primary } = resolved;
  if (member.multiRegionKeyType !== 'REPLICA') return null;
  if (sameAsPrimary.length > 0 && primary === null) {
    return ['primary_unknown', 'CCKM does not list the primary to compare it with.'];
  }
  const compared = [
    ...(policyWays(wanted).includes('aws_param.Policy') ? [member] : []),
    ...(sameAsPrimary.includes('policy') ? [member, primary] : []),
  ];
  if (compared.every((key) => isPolicyDocument(key?.policy))) return null;
  return ['policy_unknown', 'CCKM does not report a key policy that must be compared.'];
}

/** The policy is about replicas: the primary is as it is. */
function differences({ resolved: { primary }, ...facts }: CellFacts, member: CckmKey): CellDifference[] {
  if (member.multiRegionKeyType !== 'REPLICA') return [];
  const given = diffReplica(facts.wanted, member, facts.tagRules);
  if (primary === null || primary.id === member.id) return given;
  return [
    ...given,
    ...facts.sameAsPrimary.flatMap((field) => otherThanPrimary(field, primary, member, facts.tagRules)),
  ];
}

function otherThanPrimary(
  field: SameAsPrimary,
  primary: CckmKey,
  member: CckmKey,
  tagRules: TagRules,
): CellDifference[] {
  const diff = (aws_param: ReplicaBlock['aws_param']) => diffReplica({ aws_param }, member, tagRules);
  switch (field) {
    case 'enabled':
      return primary.keyState === 'Enabled' ? [] : [{ field, wanted: primary.keyState, present: member.keyState }];
    case 'alias':
      return primary.aliases.flatMap((alias) => diff({ Alias: withoutAliasPrefix(alias) }));
    case 'description':
      return diff({ Description: primary.description ?? '' });
    case 'tags':
      return diff({ Tags: comparedTags(primary, tagRules) });
    case 'policy':
      return isPolicyDocument(primary.policy) ? diff({ Policy: primary.policy }) : [];
  }
}

function comparedMaterial(facts: CellFacts, member: CckmKey): ComparedMaterial | null {
  const { primary } = facts.resolved;
  if (facts.readings === null) return null;
  return {
    how: facts.readings.get(member.id)?.how ?? null,
    current: member.currentMaterialId,
    primary_current: primary?.currentMaterialId ?? null,
    ids: materialIds(recordsOf(facts, member)),
    primary_ids: primary === null ? [] : materialIds(recordsOf(facts, primary)),
  };
}

/** Of what is in use or has been; what is only announced for a rotation is not there yet. */
function materialIds(records: readonly MaterialRecord[]): string[] {
  return [...new Set(materialsInForce(records).flatMap(({ materialId }) => materialId ?? []))].sort();
}

/** A proof: every member was read back and stands still, and a replica has the very material of its primary. */
function doubtOfProof(facts: CellFacts, member: CckmKey, material: ComparedMaterial | null): Finding | null {
  const { readings, resolved } = facts;
  if (readings === null || material === null) return null;
  const { primary } = resolved;
  if (member.multiRegion && primary === null) return ['primary_unknown', 'CCKM does not list the primary.'];
  for (const one of [member, primary ?? member]) {
    if (!readings.get(one.id)?.settled) {
      return [
        'not_confirmed',
        `The CCKM record of the key in ${one.region} was not refreshed in time, changed while it was read, or is gone.`,
      ];
    }
  }
  if (primary === null || primary.id === member.id) return null;
  const { current, primary_current, ids, primary_ids } = material;
  if (member.origin === 'EXTERNAL' && ids.length > 0 && primary_ids.length > 0) {
    if (primary_ids.some((id) => !ids.includes(id))) {
      return ['material_missing', "It lacks some of its primary's key material."];
    }
    return ids.length === primary_ids.length
      ? null
      : ['material_differs', 'It has key material that its primary lacks.'];
  }
  // KMS shares what it made itself, and takes no other material into a replica: no id is reported, and none is needed.
  const untold = [current, primary_current].every((id) => id === null) && ids.length + primary_ids.length === 0;
  const imported = [member, primary].every((one) => isMaterialImported(recordsOf(facts, one)) === true);
  if (untold && (member.origin === 'AWS_KMS' || imported)) return null;
  if (current === null || primary_current === null) {
    return ['material_unproven', "CCKM does not report enough to compare its key material with its primary's."];
  }
  return current === primary_current
    ? null
    : ['material_differs', "Its current key material differs from its primary's."];
}
