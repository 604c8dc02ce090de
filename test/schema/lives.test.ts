import {
  coverageCheckTransitions,
  deliveryTransitions,
  drillStepTransitions,
  drillTransitions,
  firstCheckStates,
  firstDeliveryStates,
  firstDrillStates,
  firstPlanStates,
  firstReplicaStates,
  firstStepStates,
  planTransitions,
  replicaStates,
} from '@keyferry/core';
import { migrate } from '@keyferry/store';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateServer, startPostgres } from '../servers/index.ts';

let server: PrivateServer;
let client: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
}, 120_000);
afterAll(async () => {
  await client?.end();
  await server?.stop();
});

type Life = readonly [
  transitions: Readonly<Record<string, readonly string[]>>,
  first: readonly string[],
  insert: string,
];

/** Each table whose state `refuse_transition` guards: its life in core, where that begins, and how to make a row of it. */
const lives: Readonly<Record<string, Life>> = {
  coverage_checks: [
    coverageCheckTransitions,
    firstCheckStates,
    `INSERT INTO coverage_checks (id, state, spec_sha256, cause, proof, requested_by, regions)
     VALUES (gen_random_uuid(), $1, '', 'asked', false, 'anna', '{}')`,
  ],
  drills: [
    drillTransitions,
    firstDrillStates,
    `INSERT INTO drills (id, name, mode, state, spec, spec_sha256, created_by, proposed_by, approvers, approvals_required)
     VALUES (gen_random_uuid(), 'drill', 'live', $1, '{}', '', 'anna', '{anna}', '{}', 0)`,
  ],
  drill_steps: [
    drillStepTransitions,
    firstStepStates,
    `INSERT INTO drill_steps (drill_id, position, id, kind, state, spec)
     VALUES (gen_random_uuid(), 0, 'one', 'wait', $1, '{}')`,
  ],
  plans: [
    planTransitions,
    firstPlanStates,
    `INSERT INTO plans (id, name, mode, state, spec, spec_sha256, created_by, priority, max_in_flight, sequential, max_attempts)
     VALUES (gen_random_uuid(), 'plan', 'execute', $1, '{}', '', 'anna', 50, 100, false, 3)`,
  ],
  webhook_deliveries: [
    deliveryTransitions,
    firstDeliveryStates,
    `INSERT INTO webhook_deliveries (id, state, webhook_id, event_id)
     VALUES (gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid())`,
  ],
};

it('the database holds these lives and no other, and guards each', async () => {
  const { rows: held } = await client.query('SELECT DISTINCT of_table FROM state_transitions ORDER BY 1');
  // Bits of tgtype: 4 is an insert, 16 an update.
  const { rows: guarded } = await client.query(
    `SELECT tgrelid::regclass::text AS of_table FROM pg_trigger
     WHERE tgfoid = 'refuse_transition'::regproc GROUP BY 1 HAVING bit_or(tgtype) & 20 = 20 ORDER BY 1`,
  );
  expect(held.map(({ of_table }) => of_table)).toEqual(Object.keys(lives).sort());
  expect(guarded).toEqual(held);
});

/** The states in which a table takes a row while of its triggers only `guard` is on: what the row belongs to is not there. */
async function beginnings(table: string, guard: string, states: readonly string[], insert: string, refusal: RegExp) {
  const begun: string[] = [];
  for (const state of states) {
    await client.query(`BEGIN; ALTER TABLE ${table} DISABLE TRIGGER ALL; ALTER TABLE ${table} ENABLE TRIGGER ${guard}`);
    try {
      await client.query(insert, [state]);
      begun.push(state);
    } catch (error) {
      expect((error as Error).message).toMatch(refusal);
    } finally {
      await client.query('ROLLBACK');
    }
  }
  return begun.sort();
}

it.each(Object.entries(lives))('%s begin where core says, and nowhere else', async (table, [life, first, insert]) => {
  const refusal = new RegExp(`^${table}: .* cannot begin as`);
  const begun = await beginnings(table, `${table}_first_state`, Object.keys(life), insert, refusal);
  expect(begun).toEqual([...first].sort());
});

it('replicas begin where core says, and nowhere else', async () => {
  const insert = `INSERT INTO replicas (id, plan_id, lane_id, key_id, mrk, account, primary_region, region, state)
    VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'k', 'mrk-1', '', '', '', $1)`;
  const begun = await beginnings('replicas', 'replicas_inserted', replicaStates, insert, /^a replica is born/);
  expect(begun).toEqual([...firstReplicaStates].sort());
});

it.each(Object.entries(lives))('%s make the moves that core allows, and no other', async (table, [life, , insert]) => {
  const states = Object.keys(life);
  const { rows } = await client.query<{ state: string }>(
    `SELECT enumlabel AS state FROM pg_enum JOIN pg_attribute ON atttypid = enumtypid
     WHERE attrelid = $1::regclass AND attname = 'state'`,
    [table],
  );
  expect(rows.map(({ state }) => state).sort()).toEqual([...states].sort());
  const pastTriggers = async (sql: string, values: string[] = []) => {
    await client.query('SET session_replication_role = replica');
    await client.query(sql, values);
    await client.query('SET session_replication_role = origin');
  };
  await pastTriggers(insert, [states[0] ?? '']);
  const moves = async (from: string, to: string): Promise<boolean> => {
    await pastTriggers(`UPDATE ${table} SET state = '${from}'`);
    await client.query('BEGIN');
    try {
      await client.query(`UPDATE ${table} SET state = '${to}'`);
      return true;
    } catch (error) {
      expect((error as Error).message).toMatch(new RegExp(`^${table}: .* cannot go from ${from} to ${to}$`));
      return false;
    } finally {
      await client.query('ROLLBACK');
    }
  };
  for (const from of states) {
    const reached: string[] = [];
    for (const to of states) if (to !== from && (await moves(from, to))) reached.push(to);
    expect([from, reached.sort()]).toEqual([from, [...(life[from] ?? [])].sort()]);
  }
});
