import { type DownCircuit, inFlightReplicaStates, openReplicaStates } from '@keyferry/core';
import { cckmCircuit, queueCircuit } from '../pacing/circuit.ts';
import { rowsOfLane, statesIn } from '../states-in-sql.ts';
import { Prisma } from '../store.ts';

/** The part of a plan in one account and Region that is not finished, as Postgres tells it: times as texts. */
export interface OpenLane {
  readonly account: string;
  readonly called_region: string;
  readonly region: string;
  readonly wave: number;
  readonly pending: number;
  readonly under_way: number;
  readonly last_slot_at: string | null;
  readonly circuit: CircuitText | null;
  readonly rows: number;
  readonly busy: number;
  readonly busy_plan_id: string | null;
  readonly due_at: string | null;
  readonly last_error: string | null;
}

type CircuitText = {
  readonly [field in keyof DownCircuit]: DownCircuit[field] extends number ? string : string | null;
};

/** What a plan may wait for. */
export interface PlanWaitingRow {
  readonly workers_alive: number;
  readonly cckm_down: CircuitText | null;
  readonly queue_down: CircuitText | null;
  /** Of a running plan, the lanes with the most open rows; of any other, none. */
  readonly open_lanes: readonly OpenLane[];
}

/** Lanes of a plan that are looked at, and pending rows of each: a plan of a million rows costs no more than these. */
const mostLanes = 100;
const rowsPerLane = 3;

const circuitText = Prisma.sql`jsonb_build_object('since', c.changed_at, 'probeAt', c.probe_at, 'reason', c.reason)`;
const isDown = (id: string) =>
  Prisma.sql`(SELECT ${circuitText} FROM circuits c WHERE c.id = ${id} AND c.state <> 'closed')`;

/** Columns of `plans p`, as PlanWaitingRow has them. What is asked of lanes is asked of running plans only. */
export const waitingColumns = Prisma.sql`
  (SELECT count(*)::int FROM workers WHERE alive_until > now()) AS workers_alive,
  ${isDown(cckmCircuit)} AS cckm_down, ${isDown(queueCircuit)} AS queue_down,
  CASE WHEN p.state = 'running' THEN coalesce((
    SELECT jsonb_agg(jsonb_build_object('account', l.account, 'region', l.region, 'called_region', l.called,
      'wave', l.wave, 'pending', l.pending, 'under_way', ${rowsOfLane('l', inFlightReplicaStates)},
      'last_slot_at', l.last_slot_at, 'circuit', c.circuit, 'rows', s.rows, 'busy', s.busy,
      'busy_plan_id', s.busy_plan_id, 'due_at', s.due_at, 'last_error', s.last_error))
    FROM (
      SELECT o.*, CASE p.operation WHEN 'promote' THEN o.primary_region ELSE o.region END AS called FROM plan_lanes o
      WHERE o.plan_id = p.id AND ${rowsOfLane('o', openReplicaStates)} > 0
      ORDER BY ${rowsOfLane('o', openReplicaStates)} DESC, o.id LIMIT ${mostLanes}
    ) l
    LEFT JOIN LATERAL (
      SELECT ${circuitText} AS circuit FROM circuits c WHERE c.state <> 'closed' AND c.id = ANY(CASE p.operation
        WHEN 'promote' THEN ARRAY[l.account || ':' || l.called || ':UpdatePrimaryRegion']
        ELSE ARRAY[l.account || ':' || l.called || ':CreateKey',
          CASE WHEN l.importing > 0 THEN l.account || ':' || l.called || ':GetParametersForImport' END] END)
      ORDER BY c.changed_at LIMIT 1
    ) c ON true
    CROSS JOIN LATERAL (
      SELECT count(*) AS rows, count(b.plan_id) AS busy, min(b.plan_id::text) AS busy_plan_id, min(d.not_before) AS due_at,
        (array_agg(d.error ->> 'code' ORDER BY d.not_before) FILTER (WHERE d.error IS NOT NULL))[1] AS last_error
      FROM (SELECT r.mrk, r.account, r.region, r.operation, r.not_before, r.error FROM replicas r
        WHERE r.lane_id = l.id AND r.state = 'pending' ORDER BY r.not_before, r.id LIMIT ${rowsPerLane}) d
      LEFT JOIN LATERAL (
        SELECT x.plan_id FROM replicas x WHERE x.mrk = d.mrk AND x.account = d.account AND x.plan_id <> p.id
          AND (x.region = d.region OR 'promote' IN (x.operation, d.operation))
          AND x.state IN ${statesIn(inFlightReplicaStates)} LIMIT 1
      ) b ON true
    ) s), '[]') ELSE '[]' END AS open_lanes`;
