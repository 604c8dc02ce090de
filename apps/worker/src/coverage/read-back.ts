import { setTimeout as pause } from 'node:timers/promises';
import type { CckmKey, ProofReading, ResolvedKey } from '@keyferry/core';
import { memberIn } from '@keyferry/core';
import pMap from 'p-map';
import type { WorkContext } from '../work-context.ts';

const callsAtOnce = 8;
/** Between two readings of a member. */
const betweenReadingsMs = 2_000;
/** For so long a record is waited for that says that it was read from AWS after the refresh was asked for. */
const refreshedWithinMs = 20_000;

export interface ReadBack {
  /** The members by CCKM id, as they were read last. */
  readonly keys: ReadonlyMap<string, CckmKey>;
  readonly readings: ReadonlyMap<string, ProofReading>;
}

/** A member as it was before its refresh was asked for. */
interface Asked {
  readonly id: string;
  readonly before: CckmKey | null;
  readonly refreshed: boolean;
}

type Found = readonly [id: string, key: CckmKey | null, reading: ProofReading];

/**
 * Reads members of sets back one by one, so that the answer is AWS's: CCKM is told to read each anew, where it can be
 * (version 2.22 on). It answers that before it has done so, so a record counts once it tells a later time of itself than
 * before; one without a time, or without a refresh, is read twice and must stand still, and so are all where CCKM dates none
 * of its refreshes. Throws CckmError.
 */
export async function readBack(
  { cckm }: Pick<WorkContext, 'cckm'>,
  ids: readonly string[],
  withinMs = refreshedWithinMs,
): Promise<ReadBack> {
  const each = <Of, To>(of: readonly Of[], ask: (one: Of) => Promise<To>) =>
    pMap(of, ask, { concurrency: callsAtOnce });
  const read = async (id: string) => (await cckm.findById(id)).value;

  const readOnceRefreshed = async (asked: readonly Asked[]): Promise<Found[]> => {
    const deadline = Date.now() + withinMs;
    const done: Found[] = [];
    for (let open = asked; open.length > 0; ) {
      const now = await each(open, async (one) => ({ ...one, key: await read(one.id) }));
      const late = Date.now() > deadline;
      const settled = ({ key, before }: (typeof now)[number]) => key !== null && isLater(key, before);
      const ended = now.filter((one) => late || one.key === null || settled(one));
      done.push(...ended.map((one): Found => [one.id, one.key, { how: 'refreshed', settled: settled(one) }]));
      open = now.filter((one) => !ended.includes(one));
      if (open.length > 0) await pause(betweenReadingsMs);
    }
    if (done.some(([, , { settled }]) => settled)) return done;
    // None tells a later time: this CCKM does not date its refreshes. What was read before and after must be the same.
    const before = new Map(asked.map((one) => [one.id, standing(one.before)]));
    return done.map(([id, key]): Found => {
      return [id, key, { how: 'read_twice', settled: key !== null && before.get(id) === standing(key) }];
    });
  };
  const readTwice = async (asked: readonly Asked[]): Promise<Found[]> => {
    if (asked.length === 0) return [];
    const first = await each(asked, ({ id }) => read(id));
    await pause(betweenReadingsMs);
    const second = await each(asked, ({ id }) => read(id));
    return asked.map(({ id, refreshed }, i) => {
      const [one = null, other = null] = [first[i], second[i]];
      const settled = other !== null && standing(one) === standing(other);
      return [id, other, { how: refreshed ? 'refreshed' : 'read_twice', settled }];
    });
  };

  const before = await each(ids, read);
  const refreshed = await each(ids, (id) => cckm.refreshKey(id));
  const asked = ids.map((id, i): Asked => ({ id, before: before[i] ?? null, refreshed: refreshed[i] ?? false }));
  const tellsWhen = (one: Asked) => one.refreshed && one.before !== null && one.before.syncedAt !== null;
  const found = [
    ...(await readOnceRefreshed(asked.filter(tellsWhen))),
    ...(await readTwice(asked.filter((one) => !tellsWhen(one)))),
  ];
  return {
    keys: new Map(found.flatMap(([id, key]) => (key === null ? [] : [[id, key] as const]))),
    readings: new Map(found.map(([id, , reading]) => [id, reading])),
  };
}

function isLater({ syncedAt }: CckmKey, before: CckmKey | null): boolean {
  return syncedAt !== null && before !== null && before.syncedAt !== null && syncedAt > before.syncedAt;
}

/** The members of a set that a proof is about: those in the Regions, and the primary. */
export function membersToProve(resolved: ResolvedKey, regions: readonly string[]): string[] {
  const proven = regions.flatMap((region) => memberIn(resolved, region)?.id ?? []);
  return [...new Set([...proven, ...(resolved.primary ? [resolved.primary.id] : [])])];
}

/** A resolved key with its members as they were read back. */
export function asReadBack(resolved: ResolvedKey, keys: ReadonlyMap<string, CckmKey>): ResolvedKey {
  const fresh = <Key extends CckmKey | null>(key: Key): Key => (keys.get(key?.id ?? '') as Key | undefined) ?? key;
  const { key, primary, members } = resolved;
  return { ...resolved, key: fresh(key), primary: fresh(primary), members: members.map(fresh) };
}

/** What must be the same at both readings. */
function standing(key: CckmKey | null): string {
  if (key === null) return '';
  const { keyId, arn, keyState, gone, multiRegionKeyType, primaryKey, currentMaterialId, validTo } = key;
  return JSON.stringify([
    keyId,
    arn,
    keyState,
    gone,
    multiRegionKeyType,
    primaryKey?.region,
    currentMaterialId,
    validTo,
  ]);
}
