import { readRowsOf } from '../archive/rows-of-plan.ts';
import { readEntriesAbout } from '../audit/entries.ts';
import type { Store } from '../store.ts';

/** What was called for a plan from one time to another. */
export interface RunRow {
  readonly first_at: Date | null;
  /** The last time that a replica was accepted, usable or failed. */
  readonly last_at: Date | null;
  readonly accepted: number;
}

/** A retry by which a plan ran again after it had finished. */
export interface Rerun {
  readonly at: Date;
  readonly by: string | null;
  readonly errorCode: string | null;
  readonly region: string | null;
  /** When the plan had finished before. */
  readonly finishedBefore: Date;
}

export interface PlanRuns {
  /** Null: nothing was called. */
  readonly firstCallAt: Date | null;
  readonly repeatedCalls: number;
  readonly reruns: readonly Rerun[];
  /** The first run, then that of each rerun. */
  readonly runs: readonly RunRow[];
}

const ends = ['plan.succeeded', 'plan.completed_with_failures'];

/** The retries by which a plan ran again, from the audit log: none where that no longer has them. */
async function readReruns(store: Store, planId: string): Promise<Rerun[]> {
  const reruns: Rerun[] = [];
  let finishedBefore: Date | null = null;
  for (const { action, outcome, at, actor, detail } of await readEntriesAbout(store, [planId])) {
    if (outcome !== 'done') continue;
    if (ends.includes(action)) finishedBefore = new Date(at);
    if (action !== 'plan.retry' || finishedBefore === null) continue;
    const text = (name: string) => (typeof detail[name] === 'string' ? detail[name] : null);
    reruns.push({
      at: new Date(at),
      by: actor.caller,
      errorCode: text('error_code'),
      region: text('region'),
      finishedBefore,
    });
    finishedBefore = null;
  }
  return reruns;
}

/** When a plan called what, by its runs. It looks at all of its replicas. */
export async function readRuns(store: Store, planId: string): Promise<PlanRuns> {
  const { prisma } = store;
  const reruns = await readReruns(store, planId);
  const starts = reruns.map(({ at }) => at.toISOString());
  const rows = await readRowsOf(
    prisma,
    planId,
    ({ replicas }) => prisma.$queryRaw<(RunRow & { run: number; repeated: number })[]>`
    SELECT run, min(first_at) AS first_at, max(last_at) AS last_at, count(accepted_at)::int AS accepted, sum(repeated)::int AS repeated
    FROM (
      SELECT (SELECT count(*) FROM unnest(${starts}::timestamptz[]) s WHERE s <= coalesce(r.accepted_at, r.failed_at))::int AS run,
        least(r.accepted_at, r.failed_at) AS first_at, greatest(r.accepted_at, r.usable_at, r.failed_at) AS last_at,
        r.accepted_at, greatest(r.attempts - 1, 0) AS repeated
      FROM ${replicas} r
      WHERE r.plan_id = ${planId}::uuid AND coalesce(r.accepted_at, r.failed_at) IS NOT NULL
    ) called GROUP BY run`,
  );
  const runs = Array.from(
    { length: starts.length + 1 },
    (_, run): RunRow => rows.find((row) => row.run === run) ?? { first_at: null, last_at: null, accepted: 0 },
  );
  return {
    firstCallAt:
      (await readFirstCall(store, planId)) ?? runs.find(({ first_at }) => first_at !== null)?.first_at ?? null,
    repeatedCalls: rows.reduce((sum, { repeated }) => sum + repeated, 0),
    reruns,
    runs,
  };
}

/** When the first call was sent for the first replica that was accepted, and for the first that failed. */
async function readFirstCall({ prisma }: Store, planId: string): Promise<Date | null> {
  const [first] = await readRowsOf(
    prisma,
    planId,
    ({ replicas, attempts }) => prisma.$queryRaw<{ at: Date | null }[]>`
    SELECT min(a.started_at) AS at FROM ${attempts} a
    WHERE a.operation IN ('replicate', 'promote') AND a.replica_id IN (
      (SELECT id FROM ${replicas} r WHERE plan_id = ${planId}::uuid AND accepted_at IS NOT NULL ORDER BY accepted_at, id LIMIT 1),
      (SELECT id FROM ${replicas} r WHERE plan_id = ${planId}::uuid AND failed_at IS NOT NULL ORDER BY failed_at, id LIMIT 1))`,
  );
  return first?.at ?? null;
}
