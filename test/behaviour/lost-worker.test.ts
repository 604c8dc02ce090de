import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Service } from '../harness/child-process.ts';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { idsOf, startPlan } from '../harness/start-plan.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
let database: pg.Client;
beforeAll(async () => {
  keyferry = await startKeyferry();
  database = new pg.Client({ connectionString: keyferry.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await keyferry?.stop();
});

it('what a killed worker held is continued by another once its lease is over, and nothing is made twice', async () => {
  const [first] = keyferry.workers as [Service];
  const second = await keyferry.startWorker();
  // A call takes long enough for each to have some under way at any time.
  await keyferry.simulator.addFaults({ operation: 'replicate-key', effect: { latencyMs: 500 } });
  const plan = await startPlan(keyferry, 'lost', 30);
  await Promise.all([plan.untilCalls(first, 1), plan.untilCalls(second, 1)]);
  const inFlight = async () => {
    const { rows } = await database.query<{ id: string }>(
      `SELECT id FROM replicas WHERE plan_id = $1 AND state = 'replicating' AND worker_id = ANY($2)`,
      [plan.id, idsOf(first)],
    );
    return rows.map((row) => row.id);
  };
  await until('the first has some calls under way', inFlight, ({ length }) => length > 2, { everyMs: 5 });
  await first.kill();
  const held = await inFlight();
  expect(held).not.toEqual([]);
  const lease = await database.query('SELECT max(alive_until) AS ends FROM workers WHERE id = ANY($1)', [idsOf(first)]);
  const { rows } = await until(
    'they are taken over',
    () => database.query('SELECT lost_call_at AS at FROM replicas WHERE id = ANY($1)', [held]),
    (found) => found.rows.every(({ at }) => at !== null),
  );
  // Until then the first may be at work, and only unheard.
  for (const { at } of rows) expect(at.getTime()).toBeGreaterThanOrEqual(lease.rows[0].ends.getTime());
  await plan.untilCalls(second, 10);
  await until(
    'one worker is alive',
    () => keyferry.client.request('GET /v1/overview'),
    ({ workers }) => workers.alive === 1,
  );
  await plan.untilMadeOnce();
});

it('a replica that was there before the plan stays what it was when the worker that asks for it is killed', async () => {
  const region = 'eu-west-1';
  const group = { account: newAccount(), origin: 'EXTERNAL', replicas: [{ region, state: 'PendingImport' }] };
  const [key] = await keyferry.simulator.makeKeys(group);
  await keyferry.simulator.control('PUT', '/faults', []);
  const { id } = await keyferry.client.request('POST /v1/plans', {
    body: {
      name: 'there before',
      keys: [key?.id ?? ''],
      regions: [region],
      replica: { aws_param: { Alias: 'of-the-plan' } },
      mode: 'preview',
    },
  });
  await until(
    'it is previewed',
    () => keyferry.client.request('GET /v1/plans/{id}', { id }),
    ({ state }) => state === 'previewed',
  );
  await keyferry.simulator.addFaults({ operation: 'list-keys', effect: { latencyMs: 60_000 } });
  await keyferry.client.request('POST /v1/plans/{id}/execute', { id });
  await until(
    'a worker asks for it',
    () => database.query(`SELECT 1 FROM replicas WHERE plan_id = $1 AND state = 'replicating'`, [id]),
    ({ rowCount }) => rowCount === 1,
  );
  await Promise.all(keyferry.workers.filter(({ running }) => running).map((worker) => worker.kill()));
  await keyferry.simulator.control('PUT', '/faults', []);
  await keyferry.startWorker();
  const plan = await keyferry.settled(id);
  expect(plan.state).toBe('succeeded');
  const [row] = await keyferry.replicas(id);
  expect(row).toMatchObject({ outcome: 'already_present', attempts: 1, error: null });
  const calls = (await keyferry.simulator.ledger()).filter(({ mrk, workDone }) => mrk === key?.mrk && workDone);
  expect(calls.map(({ operation }) => operation)).toEqual(['import-material']);
});

it('a worker that joins takes calls beside the one that is there', async () => {
  const [there] = keyferry.workers.filter(({ running }) => running) as [Service];
  const joined = await keyferry.startWorker();
  const plan = await startPlan(keyferry, 'joined', 20);
  await Promise.all([plan.untilCalls(there, 1), plan.untilCalls(joined, 1)]);
  await plan.untilMadeOnce();
});
