import { inFlightPlanStates, openCheckStates } from '@keyferry/core';
import { estateWantedSince } from '../estate/claim-estate.ts';
import { startsBy } from '../plans/goes-on.ts';
import { statesIn } from '../states-in-sql.ts';
import { Prisma, type Store } from '../store.ts';

/** What there is to do at all, by kind. */
export interface OpenWork {
  /** Plans that are resolved, run, start within seconds, or have replicas under way or to retry. */
  readonly plans: boolean;
  /** Drills whose next move is due, or soon. */
  readonly drills: boolean;
  /** Coverage checks that wait or run. */
  readonly checks: boolean;
  /** Events that wait to be delivered. */
  readonly deliveries: boolean;
  /** Circuits that are not closed. */
  readonly circuits: boolean;
  /** Schedules whose next run is due, or soon. */
  readonly schedules: boolean;
  /** Coverage policies whose next check is. */
  readonly policies: boolean;
  /** Somebody looks at what CCKM lists. */
  readonly estate: boolean;
}

/** Nobody tells when a time has come: what comes within this is there already. */
const soon = Prisma.sql`now() + interval '4 seconds'`;

/** One statement, so that workers without work cost next to nothing. */
export async function readOpenWork({ prisma }: Store): Promise<OpenWork> {
  const [work] = await prisma.$queryRaw<OpenWork[]>`
    SELECT
      EXISTS (SELECT 1 FROM plans p WHERE p.finished_at IS NULL
        AND (p.state IN ${statesIn(['resolving', ...inFlightPlanStates])}
          OR ${startsBy(soon)}))
        OR EXISTS (SELECT 1 FROM plan_retries) AS plans,
      EXISTS (SELECT 1 FROM drills WHERE next_at <= ${soon}) AS drills,
      EXISTS (SELECT 1 FROM coverage_checks WHERE state = ANY(${openCheckStates}::coverage_check_state[])) AS checks,
      EXISTS (SELECT 1 FROM webhook_deliveries WHERE state = 'pending') AS deliveries,
      EXISTS (SELECT 1 FROM circuits WHERE state <> 'closed') AS circuits,
      EXISTS (SELECT 1 FROM schedules WHERE next_run_at <= ${soon}) AS schedules,
      EXISTS (SELECT 1 FROM coverage_policies WHERE next_check_at <= ${soon}) AS policies,
      EXISTS (SELECT 1 FROM estate WHERE wanted_at > ${estateWantedSince}) AS estate`;
  return work as OpenWork;
}
