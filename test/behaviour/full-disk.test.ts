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
});
afterAll(async () => {
  await database?.end();
  await keyferry?.stop();
});

/** Refuses every write with the error that Postgres has for a full disk. */
async function fillDisk(): Promise<void> {
  await database.query(`
    CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
    DO $$ DECLARE one regclass; BEGIN
      FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE OR DELETE ON %s
          FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()', one);
      END LOOP; END $$`);
}
const emptyDisk = () => database.query('DROP FUNCTION disk_is_full() CASCADE');

it('a plan goes on by itself once the disk of Postgres has room again, and nothing is made twice', async () => {
  const keys = await keyferry.simulator.makeKeys({ count: total, account: newAccount() });
  const spec = { name: 'full', keys: keys.map((key) => key.id), regions: ['eu-west-1'] };
  const { id } = await keyferry.client.createPlan(spec);
  const made = async () => (await keyferry.simulator.ledger('replicate-key')).filter(({ workDone }) => workDone);
  await until('calls are under way', made, ({ length }) => length >= 10);
  await fillDisk();
  const ready = async () => (await fetch(`${keyferry.url}/readyz`)).status;
  await until('it is not ready', ready, (status) => status === 503, { withinMs: 20_000 });
  await expect(keyferry.client.createPlan(spec)).rejects.toMatchObject({
    problem: { status: 503, detail: expect.stringContaining('disk is full') },
  });
  expect((await keyferry.client.getPlan(id)).state).toBe('running');
  await emptyDisk();
  await until('it is ready', ready, (status) => status === 200, { withinMs: 20_000 });
  expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: total } });
  expect((await made()).map(({ keyId }) => keyId)).toHaveLength(total);
});
