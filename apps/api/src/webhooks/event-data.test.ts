import {
  cloudEventBody,
  cloudEventSchema,
  drillEventDataSchema,
  drillEventTypes,
  drillNoticeType,
  everywhere,
  planEventDataSchema,
  planEventTypes,
  planSpecSchema,
  webhookEventTypes,
} from '@keyferry/core';
import { insertDrill, insertPlan } from '@keyferry/store';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runbookSchema } from '../../../../packages/core/src/drill/runbook.ts';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';

let api: TestApi;
let sql: pg.Client;
let plan: string;
let drill: string;

beforeAll(async () => {
  api = await startForTest();
  sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
  await sql.query(
    `INSERT INTO webhooks (id, name, url, events, enabled, secret, created_by, updated_by)
     VALUES (gen_random_uuid(), 'all', 'https://hooks.example.com', '{}', true, '{}', 'anna', 'anna')`,
  );
  const keys = { keys: ['mrk-1'], regions: ['eu-west-1'] };
  const spec = planSpecSchema.parse({ name: 'ä plan', ...keys, options: { change_ticket: 'CHG-7' } });
  plan = (await insertPlan(api.store, { spec, scope: everywhere, createdBy: 'anna', idempotency: null })).planId;
  const steps = [{ step: 'verify' }, { step: 'notify', message: 'We begin.' }];
  const runbook = runbookSchema.parse({ name: 'a drill', scenario: 'gone', ...keys, change_ticket: 'CHG-8', steps });
  drill = (await insertDrill(api.store, { spec: runbook, createdBy: 'anna' })).id;
  // Past the guards: no field of them is null that can have a value.
  await sql.query('SET session_replication_role = replica');
  await sql.query(`
    UPDATE plans SET reason = 'because', resolved_sha256 = 'def', approvals_required = 2, schedule_id = gen_random_uuid(),
      scheduled_for = now(), started_at = now(), finished_at = now();
    INSERT INTO plan_lanes (id, plan_id, account, primary_region, region, wave, pending, queued, replicating, creating, importing,
      succeeded, already_present, failed, blocked, cancelled)
    SELECT gen_random_uuid(), id, '111122223333', 'us-east-1', 'eu-west-1', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 FROM plans;
    UPDATE drills SET reason = 'because', scope_sha256 = 'abc', approvals_required = 2, keys = 7, approved_at = now(),
      started_at = now(), finished_at = now(), broken_glass_by = 'bert', broken_glass_at = now(), broken_glass_reason = 'night';
    UPDATE drill_steps SET state = 'running' WHERE position = 0`);
}, 120_000);
afterAll(async () => {
  await sql?.end();
  await api?.stop();
});

/** The data of an event of this type, as a receiver parses it, once what it is of is in the state that it names. */
async function told(type: string): Promise<{ data: unknown; state: string }> {
  const isPlan = type.startsWith('com.keyferry.plan.');
  const [table, subject] = isPlan ? ['plans', plan] : ['drills', drill];
  const name = type.split('.').at(-1) ?? '';
  const state = ['approved', 'notice'].includes(name) ? 'running' : name;
  const more = type === drillNoticeType ? { step: 'notify', message: 'We begin.' } : {};
  await sql.query(`UPDATE ${table} SET state = '${state}' WHERE id = $1`, [subject]);
  await sql.query('SELECT tell_webhooks($1, $2, $3)', [type, subject, more]);
  const { rows } = await sql.query('SELECT * FROM webhook_events ORDER BY sequence DESC LIMIT 1');
  const event = JSON.parse(cloudEventBody({ ...rows[0], sequence: BigInt(rows[0].sequence) }, 'urn:keyferry'));
  expect(cloudEventSchema.parse(event)).toEqual(event);
  return { data: event.data, state };
}

const answered = async (path: string, fields: object) => {
  const { json } = await api.ask(adminToken, 'GET', path);
  return { json, same: Object.fromEntries(Object.keys(fields).map((field) => [field, json[field]])) };
};

it.each(planEventTypes)('%s tells of a plan what the API answers', async (type) => {
  const { data, state } = await told(type);
  const { json, same } = await answered(`/v1/plans/${plan}`, planEventDataSchema.shape);
  expect(data).toEqual({ ...same, state, change_ticket: json.spec.options.change_ticket });
  expect(Object.values(data as object)).not.toContain(null);
});

it.each([...drillEventTypes, drillNoticeType])('%s tells of a drill what the API answers', async (type) => {
  const { data, state } = await told(type);
  const { json, same } = await answered(`/v1/drills/${drill}`, drillEventDataSchema.shape);
  const notice = type === drillNoticeType ? { step: 'notify', message: 'We begin.' } : {};
  expect(data).toEqual({ ...same, state, broken_glass: json.broken_glass !== null, ...notice });
  expect(Object.values(data as object)).not.toContain(null);
});

it('there is no other event of a plan or a drill', () => {
  expect([...planEventTypes, ...drillEventTypes, drillNoticeType]).toEqual([...webhookEventTypes]);
});
