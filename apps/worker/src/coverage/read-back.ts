import { setTimeout as pause } from 'node:timers/promises';
import type { CckmKey, ProofReading, ResolvedKey } from '@keyferry/core';
import { memberIn } from '@keyferry/core';
import pMap from 'p-map';
import type { WorkContext } from '../work-context.ts';

const callsAtOnce = 8;
/** Between the two readings of a member. */
const betweenReadingsMs = 2_000;

export interface ReadBack {
  /** The members by CCKM id, as they were read last. */
  readonly keys: ReadonlyMap<string, CckmKey>;
  readonly readings: ReadonlyMap<string, ProofReading>;
}

/**
 * Reads members of sets back one by one, so that the answer is AWS's: CCKM is told to read each anew, where it can be
 * (version 2.22 on), and each is read twice, since that takes effect some time after the call. Throws CckmError.
 */
export async function readBack({ cckm }: Pick<WorkContext, 'cckm'>, ids: readonly string[]): Promise<ReadBack> {
  const atOnce = { concurrency: callsAtOnce };
  const refreshed = await pMap(ids, (id) => cckm.refreshKey(id), atOnce);
  const read = async (id: string) => (await cckm.findById(id)).value;
  const first = await pMap(ids, read, atOnce);
  await pause(betweenReadingsMs);
  const second = await pMap(ids, read, atOnce);
  const keys = new Map(second.flatMap((key, i) => (key === null ? [] : [[ids[i] ?? key.id, key] as const])));
  const readings = new Map(
    ids.map((id, i): [string, ProofReading] => {
      const settled = second[i] != null && standing(first[i] ?? null) === standing(second[i]);
      return [id, { how: refreshed[i] ? 'refreshed' : 'read_twice', settled }];
    }),
  );
  return { keys, readings };
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
