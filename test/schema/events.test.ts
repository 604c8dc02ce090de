import { migrate, openStore, type Store, tellNotice } from '@keyferry/store';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateServer, startPostgres } from '../servers/index.ts';

let server: PrivateServer;
let client: pg.Client;
let store: Store;

const plan = '00000000-0000-7000-8000-000000000001';
const drill = '00000000-0000-7000-8000-000000000002';

beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  store = openStore({ url: server.url });
  // Everything in an event but its id and its time follows from these.
  await client.query(`
    INSERT INTO plans (id, name, mode, state, spec, spec_sha256, created_by, created_at, priority, max_in_flight, sequential, max_attempts)
    VALUES ('${plan}', 'ä plan', 'execute', 'resolving', '{"options": {"change_ticket": "CHG-7"}}', 'abc', 'anna',
      '2026-12-01T10:00:00.120Z', 50, 10, false, 8);
    INSERT INTO drills (id, name, mode, state, spec, spec_sha256, created_by, proposed_by, approvers, approvals_required, declared_at)
    VALUES ('${drill}', 'a drill', 'rehearse', 'resolving', '{"scenario": "us-east-1 is gone"}', 'def', 'anna', '{anna}', '{}', 0,
      '2026-12-01T11:00:00Z');
    INSERT INTO drill_steps (drill_id, position, id, kind, spec)
    VALUES ('${drill}', 0, 'tell', 'notify', '{}')`);
}, 120_000);
afterAll(async () => {
  await Promise.all([client?.end(), store?.close()]);
  await server?.stop();
});

const events = async () =>
  (
    await client.query<{ event: string; deliveries: number }>(`
    SELECT concat_ws(' ', e.type, e.subject, e.data::text) AS event, count(d.id)::int AS deliveries
    FROM webhook_events e LEFT JOIN webhook_deliveries d ON d.event_id = e.id GROUP BY e.id ORDER BY e.sequence`)
  ).rows;

it('nothing is stored while no webhook wants it, and a notice says so', async () => {
  await client.query(
    "UPDATE plans SET reason = 'a', state = 'scheduled'; UPDATE drills SET reason = 'a', state = 'running'",
  );
  expect(await tellNotice(store.prisma, drill, { step: 'tell', message: 'We begin.' })).toBe(0);
  expect(await events()).toEqual([]);
});

it('the moves of plans and drills are stored as events, to the byte, one delivery for each webhook that wants them', async () => {
  const webhook = (name: string, wanted: string, enabled: boolean) =>
    client.query(
      `INSERT INTO webhooks (id, name, url, events, enabled, secret, created_by, updated_by)
       VALUES (gen_random_uuid(), $1, 'https://hooks.example.com', $2, $3, '{}', 'anna', 'anna')`,
      [name, wanted, enabled],
    );
  await webhook('all', '{}', true);
  await webhook('some', '{com.keyferry.plan.running,com.keyferry.drill.notice}', true);
  await webhook('off', '{}', false);
  await client.query(`
    UPDATE plans SET state = 'running', started_at = '2026-12-01T10:00:01Z', reason = NULL;
    UPDATE drill_steps SET state = 'running'`);
  await client.query(
    `INSERT INTO approvals (id, plan_id, approver, role, spec_sha256, resolved_sha256, limits, expires_at)
     VALUES (gen_random_uuid(), $1, 'bert', 'approver', 'abc', '', '{}', now())`,
    [plan],
  );
  const notice = { step: 'tell', message: 'We begin.', name: 'laid over' };
  expect(await tellNotice(store.prisma, drill, notice)).toBe(2);
  await client.query("UPDATE drills SET state = 'paused', reason = 'Paused by anna.'");
  expect(await events()).toMatchInlineSnapshot(`
    [
      {
        "deliveries": 2,
        "event": "com.keyferry.plan.running 00000000-0000-7000-8000-000000000001 {"id": "00000000-0000-7000-8000-000000000001", "mode": "execute", "name": "ä plan", "state": "running", "counts": {"total": 0, "failed": 0, "queued": 0, "blocked": 0, "pending": 0, "creating": 0, "cancelled": 0, "importing": 0, "succeeded": 0, "replicating": 0, "already_present": 0}, "reason": null, "created_at": "2026-12-01T10:00:00.120Z", "created_by": "anna", "started_at": "2026-12-01T10:00:01.000Z", "finished_at": null, "schedule_id": null, "spec_sha256": "abc", "change_ticket": "CHG-7", "scheduled_for": null, "resolved_sha256": null, "approvals_required": 0}",
      },
      {
        "deliveries": 1,
        "event": "com.keyferry.plan.approved 00000000-0000-7000-8000-000000000001 {"id": "00000000-0000-7000-8000-000000000001", "mode": "execute", "name": "ä plan", "state": "running", "counts": {"total": 0, "failed": 0, "queued": 0, "blocked": 0, "pending": 0, "creating": 0, "cancelled": 0, "importing": 0, "succeeded": 0, "replicating": 0, "already_present": 0}, "reason": null, "created_at": "2026-12-01T10:00:00.120Z", "created_by": "anna", "started_at": "2026-12-01T10:00:01.000Z", "finished_at": null, "schedule_id": null, "spec_sha256": "abc", "change_ticket": "CHG-7", "scheduled_for": null, "resolved_sha256": null, "approvals_required": 0}",
      },
      {
        "deliveries": 2,
        "event": "com.keyferry.drill.notice 00000000-0000-7000-8000-000000000002 {"id": "00000000-0000-7000-8000-000000000002", "keys": null, "mode": "rehearse", "name": "laid over", "step": "tell", "state": "running", "reason": "a", "message": "We begin.", "scenario": "us-east-1 is gone", "created_by": "anna", "started_at": null, "approved_at": null, "declared_at": "2026-12-01T11:00:00.000Z", "finished_at": null, "spec_sha256": "def", "broken_glass": false, "current_step": "tell", "scope_sha256": null, "change_ticket": null, "approvals_required": 0}",
      },
      {
        "deliveries": 1,
        "event": "com.keyferry.drill.paused 00000000-0000-7000-8000-000000000002 {"id": "00000000-0000-7000-8000-000000000002", "keys": null, "mode": "rehearse", "name": "a drill", "state": "paused", "reason": "Paused by anna.", "scenario": "us-east-1 is gone", "created_by": "anna", "started_at": null, "approved_at": null, "declared_at": "2026-12-01T11:00:00.000Z", "finished_at": null, "spec_sha256": "def", "broken_glass": false, "current_step": "tell", "scope_sha256": null, "change_ticket": null, "approvals_required": 0}",
      },
    ]
  `);
});
