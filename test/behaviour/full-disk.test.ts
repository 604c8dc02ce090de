import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

const total = 80;

let keyferry: Keyferry;
let database: pg.Client;
beforeAll(async () => {
  keyferry = await startKeyferry();
  database = new pg.Client({ connectionString: keyferry.databaseUrl });
  await database.connect();
  await watchDisk();
});
afterAll(async () => {
  await database?.end();
  await keyferry?.stop();
});

/**
 * Lets every write be refused with the error that Postgres has for a full disk, once it is: each table on its own, so that
 * nothing waits for this in a circle.
 */
async function watchDisk(): Promise<void> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  await database.query('CREATE TABLE disk AS SELECT false AS is_full');
  await database.query(`
    CREATE FUNCTION look_at_disk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      IF (SELECT is_full FROM disk) THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
      END IF;
      RETURN NULL;
    END $$`);
  for (const { name } of rows) {
    await database.query(`CREATE TRIGGER look_at_disk BEFORE INSERT OR UPDATE OR DELETE ON ${name}
      FOR EACH STATEMENT EXECUTE FUNCTION look_at_disk()`);
  }
}
const setFull = (isFull: boolean) => database.query('UPDATE disk SET is_full = $1', [isFull]);

it('a plan goes on by itself once the disk of Postgres has room again, and nothing is made twice', async () => {
  const keys = await keyferry.simulator.makeKeys({ count: total, account: newAccount() });
  const spec = { name: 'full', keys: keys.map((key) => key.id), regions: ['eu-west-1'] };
  const { id } = await keyferry.client.request('POST /v1/plans', { body: spec });
  const made = async () => (await keyferry.simulator.ledger('replicate-key')).filter(({ workDone }) => workDone);
  await until('calls are under way', made, ({ length }) => length >= 10);
  await setFull(true);
  const ready = async () => (await fetch(`${keyferry.url}/readyz`)).status;
  await until('it is not ready', ready, (status) => status === 503, { withinMs: 20_000 });
  await expect(keyferry.client.request('POST /v1/plans', { body: spec })).rejects.toMatchObject({
    problem: { status: 503, detail: expect.stringContaining('disk is full') },
  });
  expect((await keyferry.client.request('GET /v1/plans/{id}', { id })).state).toBe('running');
  await setFull(false);
  await until('it is ready', ready, (status) => status === 200, { withinMs: 20_000 });
  expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: total } });
  expect((await made()).map(({ keyId }) => keyId)).toHaveLength(total);
});
