import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../../test/harness/until.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { migrate } from '../migrate.ts';
import { cckmCircuit, closeCircuit, openCircuit } from '../pacing/circuit.ts';
import { openStore, type Store } from '../store.ts';
import { listenForWork } from './listen-for-work.ts';
import { readOpenWork } from './open-work.ts';

let server: PrivateServer;
let store: Store;
let admin: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url });
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
}, 120_000);
afterAll(async () => {
  await admin?.end();
  await store?.close();
  await server?.stop();
});

const nothing = {
  plans: false,
  drills: false,
  checks: false,
  deliveries: false,
  circuits: false,
  schedules: false,
  policies: false,
  estate: false,
};

test('a circuit that is not closed is work, and nothing is where there is nothing', async () => {
  expect(await readOpenWork(store)).toEqual(nothing);
  await openCircuit(store, cckmCircuit, 'cckm_unavailable');
  expect(await readOpenWork(store)).toEqual({ ...nothing, circuits: true });
  await closeCircuit(store, cckmCircuit);
  expect(await readOpenWork(store)).toEqual(nothing);
});

test('who listens is told, and listens again after its connection was cut', async () => {
  let told = 0;
  const ear = listenForWork(server.url, () => {
    told += 1;
  });
  const listens = () =>
    until(
      'it listens',
      async () => ear.isListening,
      (listening) => listening,
      { withinMs: 10_000 },
    );
  const hears = async () => {
    const before = told;
    await admin.query(`SELECT pg_notify('keyferry_work', '')`);
    await until(
      'it is told',
      async () => told,
      (times) => times > before,
    );
  };
  try {
    await listens();
    await hears();
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keyferry-wake'`,
    );
    await until(
      'it notices',
      async () => ear.isListening,
      (listening) => !listening,
    );
    await listens();
    await hears();
  } finally {
    await ear.stop();
  }
  expect(ear.isListening).toBe(false);
});
