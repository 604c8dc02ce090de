import type { Config } from '@keyferry/config';
import {
  type LaneKey,
  laneId,
  operationUses,
  recoveredFactor,
  replicasPerSecond,
  sliceSeconds,
  type ThroughputView,
} from '@keyferry/core';
import {
  type PlanStatusRow,
  type PlanWays,
  readLaneRates,
  readQuotasAt,
  readThroughput,
  readWays,
  type Store,
} from '@keyferry/store';
import { routes } from '../http/operation-routes.ts';
import { shareAnswers } from '../http/shared-answers.ts';
import { mustReadStatus } from './find-plan.ts';
import { runsView } from './runs-view.ts';

/** How fast a plan went: what became of its replicas by slices of time, and what the quotas allow. */
export function throughputRoute(store: Store, quotas: Config['quotas']) {
  const share = shareAnswers();

  return routes({
    'GET /v1/plans/{id}/throughput': async ({ id, query: { points }, response }) => {
      const text = await share(`${id} ${points}`, async () => {
        const plan = await mustReadStatus(store, id);
        const slices = await readSlices(store, plan, points);
        const rates = await readRates(store, plan, quotas);
        return JSON.stringify({ ...slices, ...rates, ...(await runsView(store, plan)) } satisfies ThroughputView);
      });
      return response.type('json').send(text);
    },
  });
}

async function readSlices(
  store: Store,
  { id, started_at: from, finished_at: finishedAt }: PlanStatusRow,
  points: number,
) {
  const empty = { accepted: [], usable: [], failed: [] };
  if (from === null) return { started_at: null, until: null, slice_seconds: sliceSeconds(0, points), ...empty };
  const until = finishedAt ?? new Date();
  const span = Math.max(0, (until.getTime() - from.getTime()) / 1_000);
  // What happens at the very end belongs to a slice too.
  const seconds = sliceSeconds(span + 1, points);
  const length = Math.max(1, Math.ceil((span + 0.001) / seconds));
  const slices = (): number[] => Array.from({ length }, () => 0);
  const counted = { accepted: slices(), usable: slices(), failed: slices() };
  for (const { kind, slice, count } of await readThroughput(store, id, { from, sliceSeconds: seconds })) {
    const at = Math.min(slice, length - 1);
    counted[kind][at] = (counted[kind][at] ?? 0) + count;
  }
  return { started_at: from.toISOString(), until: until.toISOString(), slice_seconds: seconds, ...counted };
}

/**
 * Replicas a second that the plan's lanes allow together: by the quotas, and as they go now. Of a finished plan by the quotas that
 * its lanes had then; how they are throttled now is not its own.
 */
async function readRates(
  store: Store,
  { id, finished_at: finishedAt }: PlanStatusRow,
  { perSecond, headroom }: Config['quotas'],
) {
  const { ways, ...how } = await readWays(store, id);
  const lanes = await readLaneRates(store, [...new Set(ways.map(({ account }) => account))]);
  const before =
    finishedAt === null ? new Map<string, number | null>() : await readQuotasAt(store, lanesOf(ways, how), finishedAt);
  const quota = (lane: LaneKey) => {
    const own = before.has(laneId(lane)) ? before.get(laneId(lane)) : lanes.get(laneId(lane))?.quotaPerSecond;
    return own ?? perSecond[lane.operation];
  };
  const effective = (lane: LaneKey) => {
    const own = finishedAt === null ? lanes.get(laneId(lane)) : undefined;
    const factor = own ? recoveredFactor(own.rateFactor, own.factorChangedAt.getTime(), Date.now()) : 1;
    return quota(lane) * headroom * factor;
  };
  return {
    quota_per_second: round(replicasPerSecond(ways, quota, how)),
    effective_per_second: round(replicasPerSecond(ways, effective, how)),
  };
}

/** The lanes that calls on these ways spend. */
function lanesOf(
  ways: PlanWays['ways'],
  { operation, withAlias }: Pick<PlanWays, 'operation' | 'withAlias'>,
): string[] {
  return [...new Set(ways.flatMap((way) => operationUses(operation, way, withAlias).map(laneId)))];
}

const round = (value: number): number => Math.round(value * 100) / 100;
