import {
  coverageCheckTransitions,
  deliveryTransitions,
  drillStepTransitions,
  drillTransitions,
  planTransitions,
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

/** Each table whose state `refuse_transition` guards: its life in core, and how to make a row of it. */
const lives: Readonly<Record<string, readonly [Readonly<Record<string, readonly string[]>>, string]>> = {
  coverage_checks: [
    coverageCheckTransitions,
    `INSERT INTO coverage_checks (id, spec_sha256, cause, proof, requested_by, regions)
     VALUES (gen_random_uuid(), '', 'asked', false, 'anna', '{}')`,
  ],
  drills: [
    drillTransitions,
    `INSERT INTO drills (id, name, mode, state, spec, spec_sha256, created_by, proposed_by, approvers, approvals_required)
     VALUES (gen_random_uuid(), 'drill', 'live', 'resolving', '{}', '', 'anna', '{anna}', '{}', 0)`,
  ],
  drill_steps: [
    drillStepTransitions,
    `INSERT INTO drill_steps (drill_id, position, id, kind, spec) VALUES (gen_random_uuid(), 0, 'one', 'wait', '{}')`,
  ],
  plans: [
    planTransitions,
    `INSERT INTO plans (id, name, mode, state, spec, spec_sha256, created_by, priority, max_in_flight, sequential, max_attempts)
     VALUES (gen_random_uuid(), 'plan', 'execute', 'resolving', '{}', '', 'anna', 50, 100, false, 3)`,
  ],
  webhook_deliveries: [
    deliveryTransitions,
    `INSERT INTO webhook_deliveries (id, webhook_id, event_id)
     VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid())`,
  ],
};

it('the database holds these lives and no other, and guards each', async () => {
  const { rows: held } = await client.query('SELECT DISTINCT of_table FROM state_transitions ORDER BY 1');
  const { rows: guarded } = await client.query(
    "SELECT tgrelid::regclass::text AS of_table FROM pg_trigger WHERE tgfoid = 'refuse_transition'::regproc ORDER BY 1",
  );
  expect(held.map(({ of_table }) => of_table)).toEqual(Object.keys(lives).sort());
  expect(guarded).toEqual(held);
});

it.each(Object.entries(lives))('%s make the moves that core allows, and no other', async (table, [life, insert]) => {
  const states = Object.keys(life);
  const { rows } = await client.query<{ state: string }>(
    `SELECT enumlabel AS state FROM pg_enum JOIN pg_attribute ON atttypid = enumtypid
     WHERE attrelid = $1::regclass AND attname = 'state'`,
    [table],
  );
  expect(rows.map(({ state }) => state).sort()).toEqual([...states].sort());
  const pastTriggers = (sql: string) =>
    client.query(`SET session_replication_role = replica; ${sql}; SET session_replication_role = origin`);
  await pastTriggers(insert);
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
