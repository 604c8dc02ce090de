import { importUses, type LaneUse, laneId, operationUses } from '../pacing/lanes.ts';
import { lowerBoundSeconds } from '../pacing/lower-bound.ts';
import { replicaBlockFor } from './block-of-pair.ts';
import { setsAlias } from './replica-block.ts';
import type { PlanSpec } from './spec.ts';

/** What a plan will call from one account and primary Region into one Region. */
export interface PlannedWork {
  readonly account: string;
  readonly primary_region: string;
  readonly region: string;
  /** The Region's place in the plan. */
  readonly wave: number;
  readonly replicas: number;
  /** Of these, the ones whose key material is imported. */
  readonly external: number;
}

/** Calls of one kind, and what each spends. */
export interface PlannedCalls {
  readonly wave: number;
  readonly uses: readonly LaneUse[];
  readonly calls: number;
}

/** The calls that a plan will make: one for each replica, and an import where it makes replicas and imports material. */
export function plannedCalls(spec: PlanSpec, work: readonly PlannedWork[]): PlannedCalls[] {
  const anyKey = {
    ...{ key_id: '', mrk: '', arn: '', aliases: [], alias: '', account: '' },
    ...{ primary_region: '', from_primary: null },
  };
  return work.flatMap(({ wave, replicas, external, ...way }) => {
    const { account, region } = way;
    const withAlias = spec.manifest?.with_alias || setsAlias(replicaBlockFor(spec, anyKey, region).template);
    const imports = spec.operation !== 'promote' && spec.options.import_material ? external : 0;
    return [
      { wave, uses: operationUses(spec.operation, way, withAlias), calls: replicas },
      ...(imports > 0 ? [{ wave, uses: importUses(account, region), calls: imports }] : []),
    ];
  });
}

/** What a plan asks of one lane. */
export interface LaneLoad {
  readonly id: string;
  readonly calls: number;
  /** Requests as AWS counts them. */
  readonly cost: number;
  /** The least time that the lane's quota allows for them. */
  readonly seconds: number;
}

/** What a plan asks of each lane, the slowest first. `quotaOf` answers requests a second. */
export function laneLoads(calls: readonly PlannedCalls[], quotaOf: (use: LaneUse) => number): LaneLoad[] {
  const loads = new Map<string, LaneLoad>();
  for (const { uses, calls: count } of calls) {
    for (const use of uses) {
      const id = laneId(use);
      const { calls: before = 0, cost = 0, seconds = 0 } = loads.get(id) ?? {};
      const more = use.cost * count;
      loads.set(id, { id, calls: before + count, cost: cost + more, seconds: seconds + more / quotaOf(use) });
    }
  }
  return [...loads.values()].sort((a, b) => b.seconds - a.seconds || a.id.localeCompare(b.id));
}

/**
 * How long a plan is expected to take, in seconds, when nothing is throttled and no other plan shares its lanes: at the
 * share of the quotas that is used, and one wave after the other where its Regions go in sequence.
 */
export function expectedSeconds(
  calls: readonly PlannedCalls[],
  quotaOf: (use: LaneUse) => number,
  { headroom, sequential }: { headroom: number; sequential: boolean },
): number {
  const waves = sequential ? [...new Set(calls.map(({ wave }) => wave))] : [null];
  return waves.reduce<number>((sum, wave) => {
    const now = wave === null ? calls : calls.filter((one) => one.wave === wave);
    return sum + lowerBoundSeconds(now, (use) => quotaOf(use) * headroom);
  }, 0);
}
