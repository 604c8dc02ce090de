import {
  type CckmKey,
  type CellVerdict,
  judgeCell,
  memberIn,
  readBlocks,
  sameAsPrimaryOf,
  tagRules,
  wantsRecords,
} from '@keyferry/core';
import type { CellToCheck, ClaimedCheck, ClaimedPlan, CoverageCellRow, CoverageKeyRow } from '@keyferry/store';
import pMap from 'p-map';
import { readMaterialRecords } from '../cckm/read-material-records.ts';
import type { KeyWithTargets } from '../resolve/key-with-targets.ts';
import { blockKey } from '../resolve/make-rows.ts';
import type { WorkContext } from '../work-context.ts';
import { asReadBack, membersToProve, readBack } from './read-back.ts';

/** Rotation records are asked for one key at a time; calls for replicas go before them. */
const recordsAtOnce = 4;

/** Keys of a check, each with its cells. */
export interface JudgedKeys {
  readonly keys: readonly CoverageKeyRow[];
  readonly cells: readonly CoverageCellRow[];
}

type JudgeContext = Pick<WorkContext, 'cckm' | 'config'>;

/**
 * Judges the keys of a check, some hundred at a time: one that the policy names twice counts once, one that it requires
 * nowhere does not count. With `again` only those cells are judged, at the positions of the check before. Throws CckmError.
 */
export function keyJudge(
  { cckm, config }: JudgeContext,
  { spec, proof }: ClaimedCheck,
  plan: Pick<ClaimedPlan, 'spec'>,
  managed: ReadonlyMap<string, ReadonlySet<string>>,
  now: () => Date,
  again?: readonly CellToCheck[],
): (keys: readonly KeyWithTargets[]) => Promise<JudgedKeys> {
  const blockOf = readBlocks(plan.spec);
  const rules = tagRules(spec, config.ignoreTags);
  const sameAsPrimary = sameAsPrimaryOf(spec);
  const seen = new Set<string>();
  let position = 0;
  const before = again && Map.groupBy(again, ({ mrk }) => mrk);
  const cellsBefore = ({ key, reference }: KeyWithTargets['resolved']) => before?.get(key?.keyId ?? reference) ?? [];
  const regionsOf = ({ resolved, targets }: KeyWithTargets): string[] =>
    (before === undefined ? targets : cellsBefore(resolved)).map(({ region }) => region);

  return async (given) => {
    const listed = given
      .map((one) => ({ resolved: one.resolved, regions: regionsOf(one) }))
      .filter(({ resolved, regions }) => {
        const id = (resolved.primary ?? resolved.key)?.id ?? resolved.reference;
        const fresh = regions.length > 0 && !seen.has(id);
        if (fresh) seen.add(id);
        return fresh;
      });
    const proven = proof
      ? await readBack({ cckm }, [
          ...new Set(listed.flatMap(({ resolved, regions }) => membersToProve(resolved, regions))),
        ])
      : null;
    const wanted = proven
      ? listed.map(({ resolved, regions }) => ({ resolved: asReadBack(resolved, proven.keys), regions }))
      : listed;
    const withRecords = wanted.flatMap(({ resolved, regions }): CckmKey[] => [
      ...regions.map((region) => memberIn(resolved, region)).filter(wantsRecords),
      ...(proof ? [resolved.primary].filter(wantsRecords) : []),
    ]);
    const ids = [...new Set(withRecords.map(({ id }) => id))];
    const read = async (id: string) => [id, await readMaterialRecords(cckm, id)] as const;
    const records = new Map(await pMap(ids, read, { concurrency: recordsAtOnce }));

    const keys: CoverageKeyRow[] = [];
    const cells: CoverageCellRow[] = [];
    for (const { resolved, regions } of wanted) {
      const { reference, key, primary, alias } = resolved;
      const named = primary ?? key;
      const place = cellsBefore(resolved)[0]?.position ?? position;
      keys.push({
        position: place,
        key_id: named?.id ?? reference,
        mrk: named?.keyId ?? '',
        key_arn: named?.arn ?? null,
        alias,
        account: named?.account ?? '',
        primary_region: primary?.region ?? (key?.multiRegion ? (key.primaryKey?.region ?? '') : (key?.region ?? '')),
        origin: named?.origin ?? null,
      });
      for (const region of regions) {
        const verdict = judgeCell({
          region,
          resolved,
          managedRegions: managed.get(key?.account ?? '') ?? null,
          wanted: blockOf(blockKey(resolved, rules), region).block,
          sameAsPrimary,
          tagRules: rules,
          records,
          materialValidDays: spec.material_valid_days,
          readings: proven?.readings ?? null,
          now: now(),
        });
        cells.push(cellRow(place, region, verdict));
      }
      position += 1;
    }
    return { keys, cells };
  };
}

function cellRow(position: number, region: string, verdict: CellVerdict): CoverageCellRow {
  const { state, code, message, member, validTo, diff, material } = verdict;
  return {
    position,
    region,
    state,
    code,
    message,
    member_id: member?.id ?? null,
    key_state: member?.keyState ?? null,
    valid_to: validTo === null ? null : new Date(validTo),
    diff,
    material,
  };
}
