import type { PlanView } from '@keyferry/core';
import pg from 'pg';
import type { LedgerEntry, Simulator } from '../../harness/simulator.ts';
import type { PlanDraft } from '../scenario/draw-plans.ts';
import type { Scenario } from '../scenario/draw-scenario.ts';
import { type AuditEntry, readAudit } from './audit.ts';

/** A plan as it was submitted. */
export interface Submitted {
  readonly draft: PlanDraft;
  readonly id: string;
  readonly idempotencyKey: string;
  /** The multi-Region keys that it names. */
  readonly mrks: readonly string[];
  /** What was told to it, whether or not an answer came. */
  readonly told: string[];
}

/** A plan as the API answered it at some time. */
export interface Poll {
  readonly at: number;
  readonly plan: PlanView;
}

/** A key as the simulator's AWS has it. */
export interface Member {
  readonly id: string;
  readonly mrk: string;
  readonly arn: string;
  readonly region: string;
  readonly type: 'PRIMARY' | 'REPLICA';
  readonly origin: string;
  readonly state: string;
  readonly ready_at: number;
  readonly material_at: number | null;
  readonly aliases: readonly unknown[];
}

/** A replica row as the database has it in the end. */
export interface Row {
  readonly id: string;
  readonly plan: string;
  readonly mrk: string;
  readonly pair: string;
  readonly region: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly keyState: string | null;
  readonly replicaKeyId: string | null;
  readonly replicaArn: string | null;
  readonly errorCode: string | null;
  readonly usableAt: number | null;
  readonly held: boolean;
  readonly watched: boolean;
  /** Calls of replicate-key in its attempt log. */
  readonly logged: number;
}

/** What is known of a scenario when it is over: from the simulator, the database and the API's answers. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly plans: readonly Submitted[];
  readonly polls: readonly Poll[];
  /** The keys whose primary was disabled, and pairs whose replica was pending deletion, at the start. */
  readonly disabled: ReadonlyMap<string, string>;
  readonly deleting: ReadonlySet<string>;
  /** Pairs whose replica AWS had from the start, and CCKM did not list. */
  readonly unlisted: ReadonlySet<string>;
  readonly ledger: readonly LedgerEntry[];
  readonly members: readonly Member[];
  readonly rows: readonly Row[];
  readonly planStates: readonly { readonly id: string; readonly state: string; readonly finished: boolean }[];
  readonly transitions: ReadonlySet<string>;
  readonly audit: readonly AuditEntry[];
  /** Keyferry's own audit log; `sound`: it has the hash that it says, and follows the one before. */
  readonly log: readonly {
    readonly seq: number;
    readonly action: string;
    readonly object: string | null;
    readonly state: string | null;
    readonly sound: boolean;
  }[];
  /** Processes that ended although nobody had ended them, with what they said last. */
  readonly fallen: readonly string[];
}

type FromDatabase = Pick<Evidence, 'rows' | 'planStates' | 'transitions' | 'audit' | 'log'>;

export async function readDatabase(databaseUrl: string): Promise<FromDatabase> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;
    const rows = await client.query<Row>(`
      SELECT id, plan_id AS plan, mrk, mrk || ' ' || region AS pair, region, state::text,
        outcome::text, key_state AS "keyState", replica_key_id AS "replicaKeyId", replica_arn AS "replicaArn",
        error->>'code' AS "errorCode", ${ms('usable_at')} AS "usableAt",
        worker_id IS NOT NULL OR slot_at IS NOT NULL AS held, next_look_at IS NOT NULL AS watched,
        (SELECT count(*)::int FROM attempts a WHERE a.replica_id = r.id AND a.operation = 'replicate') AS logged
      FROM replicas r ORDER BY id`);
    const plans = await client.query<Evidence['planStates'][number]>(
      `SELECT id, state::text, finished_at IS NOT NULL AS finished FROM plans ORDER BY id`,
    );
    const transitions = await client.query<{ step: string }>(
      `SELECT from_state || ' > ' || to_state AS step FROM replica_transitions`,
    );
    const log = await client.query<Evidence['log'][number]>(`
      SELECT seq::int, action, object_id AS object, detail->>'state' AS state,
        hash = audit_hash(e) AND prev_hash = lag(hash, 1, repeat('0', 64)) OVER in_order
          AND seq = row_number() OVER in_order AS sound
      FROM audit_entries e WINDOW in_order AS (ORDER BY seq) ORDER BY seq`);
    return {
      rows: rows.rows,
      planStates: plans.rows,
      transitions: new Set(transitions.rows.map(({ step }) => step)),
      audit: await readAudit(client),
      log: log.rows,
    };
  } finally {
    await client.end();
  }
}

export async function readSimulator(simulator: Simulator): Promise<Pick<Evidence, 'ledger' | 'members'>> {
  const [ledger, members] = [await simulator.ledger(), await simulator.control<Member[]>('GET', '/keys')];
  return { ledger, members };
}

/** The calls of replicate-key, by pair, in their order. */
export function callsByPair({ ledger }: Evidence): Map<string, LedgerEntry[]> {
  return Map.groupBy(
    ledger.filter(({ operation }) => operation === 'replicate-key'),
    ({ mrk, region }) => `${mrk} ${region}`,
  );
}
