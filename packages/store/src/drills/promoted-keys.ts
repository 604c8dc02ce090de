import { presentReplicaStates } from '@keyferry/core';
import { statesIn } from '../states-in-sql.ts';
import { Prisma } from '../store.ts';
import type { DrillLogRow, DrillRow, DrillStepRow } from './drill-row.ts';

/** What a live drill that promotes must have done before a key counts as reached. */
export interface DrillPromotion {
  /** When what it promoted began to go back, so that no later proof is about the promotion; null: it has not. */
  readonly until: Date | null;
}

/** Null: it promotes nothing, or only rehearses that. */
export function drillPromotion(
  { mode }: Pick<DrillRow, 'mode'>,
  steps: readonly Pick<DrillStepRow, 'kind' | 'position' | 'started_at'>[],
  log: readonly Pick<DrillLogRow, 'at' | 'kind' | 'detail'>[],
): DrillPromotion | null {
  const last = steps.findLast(({ kind }) => kind === 'promote');
  if (mode === 'rehearse' || last === undefined) return null;
  const back = [
    ...steps.flatMap(({ kind, position, started_at }) =>
      kind === 'failback' && position > last.position && started_at !== null ? [started_at] : [],
    ),
    ...log.flatMap(({ at, kind, detail }) => (kind === 'drill' && detail.state === 'rolling_back' ? [at] : [])),
  ];
  const [until = null] = back.toSorted((a, b) => a.getTime() - b.getTime());
  return { until };
}

/** The keys of a drill's promote steps by `mrk`: `done` by all of these steps, and `at` when every member confirmed the last. */
export const promotedKeys = (drillId: string): Prisma.Sql => Prisma.sql`(
  SELECT r.mrk, max(r.usable_at) AS at, count(DISTINCT s.position)
      FILTER (WHERE r.state IN ${statesIn(presentReplicaStates)}) = max(wanted.steps) AS done
  FROM drill_steps s JOIN plans p ON p.id = s.plan_id AND p.mode = 'execute' JOIN replicas r ON r.plan_id = s.plan_id
  CROSS JOIN (SELECT count(*) AS steps FROM drill_steps WHERE drill_id = ${drillId}::uuid AND kind = 'promote') wanted
  WHERE s.drill_id = ${drillId}::uuid AND s.kind = 'promote' GROUP BY r.mrk)`;
