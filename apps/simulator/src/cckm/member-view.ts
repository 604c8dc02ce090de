import { hasMaterial, isPrimary, type KmsKey, type KeyState, primaryOf, stateOf } from '../kms/kms-key.ts';
import type { Cckm } from './cckm.ts';
import type { KeyRecord } from './key-record.ts';

/** A multi-Region key's place in its set, as CCKM's record has it. */
export interface MemberView {
  readonly type: 'PRIMARY' | 'REPLICA';
  readonly primary: KmsKey;
  readonly replicas: readonly KmsKey[];
}

/** The state that CCKM tells: AWS's, but for the time in which it says `Enabled` without having asked AWS. */
export function shownState(cckm: Cckm, record: KeyRecord): KeyState {
  const now = cckm.now();
  const { falseEnabled, key } = record;
  const unasked = falseEnabled !== null && now >= falseEnabled.from && now < falseEnabled.until;
  if (unasked && cckm.askedAt(record) < record.createdAt && !key.deletion && !hasMaterial(key, now)) return 'Enabled';
  return stateOf(key, now);
}

/** Roles and replicas as the record has them: behind AWS for a while after a replication or a promotion. */
export function shownMembers(cckm: Cckm, record: KeyRecord): MemberView | null {
  const { key } = record;
  const { set } = key;
  if (!set) return null;
  const now = cckm.now();
  const primary = shownPrimary(cckm, record, primaryOf(set, now), now);
  const updating = set.promotion !== null && cckm.settings.cckm.updating_shows_replicas;
  const involved = updating && (key === set.promotion?.from || key === set.promotion?.to);
  const replicas = [...set.members.values()].filter((member) => {
    if (member === primary) return false;
    if (member === key) return true;
    const from = cckm.listedBySiblingsFrom.get(member.arn) ?? 0;
    return from <= now || cckm.askedAt(record) >= member.createdAt;
  });
  return { type: key === primary && !involved ? 'PRIMARY' : 'REPLICA', primary, replicas };
}

function shownPrimary(cckm: Cckm, record: KeyRecord, primary: KmsKey, now: number): KmsKey {
  const news = cckm.promotions.get(record.key.keyId);
  if (!news || now < news.doneAt) return primary;
  if (now >= news.knownAt || cckm.askedAt(record) >= news.doneAt) return primary;
  return record.key.set?.members.get(news.previousRegion) ?? primary;
}

/** Whether AWS itself calls this key a primary now. */
export function isAwsPrimary(cckm: Cckm, record: KeyRecord): boolean {
  return isPrimary(record.key, cckm.now());
}
