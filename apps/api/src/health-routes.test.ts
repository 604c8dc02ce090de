import { version } from '@keyferry/core';
import { newestMigration } from '@keyferry/store';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../test/harness/start-api.ts';
import { until } from '../../../test/harness/until.ts';

let api: TestApi;
let admin: pg.Client;
beforeAll(async () => {
  api = await startForTest();
  admin = new pg.Client({ connectionString: api.databaseUrl });
  await admin.connect();
}, 60_000);
afterAll(async () => {
  await admin?.end();
  await api?.stop();
});

const ready = async () => {
  const response = await fetch(`${api.url}/readyz`);
  return { status: response.status, body: (await response.json()) as { checks: object } };
};
it('says which release it is without a token', async () => {
  const answer = await api.ask(null, 'GET', '/version');
  expect(answer.json).toEqual({ version, schema: await newestMigration() });
  expect(answer.json.schema).toMatch(/^\d{14}_/);
});

const submit = () =>
  fetch(`${api.url}/v1/plans`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] }),
  });

/** For the connections to come; those that are open end. */
async function readOnly(on: boolean): Promise<void> {
  const { database } = admin as unknown as { database: string };
  await admin.query(`BEGIN READ WRITE; ALTER DATABASE "${database}" SET default_transaction_read_only = ${on}; COMMIT`);
  await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`);
}

it('is ready only where Postgres takes a write, and says 503 to what it cannot store', async () => {
  expect(await ready()).toMatchObject({ status: 200, body: { checks: { postgres: 'ok', queue: 'ok' } } });
  await readOnly(true);
  const broken = await until('it is not ready', ready, ({ body }) => JSON.stringify(body).includes('refuses writes'), {
    withinMs: 20_000,
  });
  expect(broken).toMatchObject({ status: 503, body: { checks: { postgres: 'refuses writes' } } });
  const refused = await submit();
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('accepts no writes') });
  await readOnly(false);
  await until('it is ready', ready, ({ status }) => status === 200, { withinMs: 20_000 });
  expect((await submit()).status).toBe(202);
});
