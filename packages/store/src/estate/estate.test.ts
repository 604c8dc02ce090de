import type { CckmKey } from '@keyferry/core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { newKey } from '../../../../test/models/keys/new-key.ts';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import { beginReading, endReading, writeReading } from '../inventory/inventory-reading.ts';
import { migrate } from '../migrate.ts';
import { openStore, type Store } from '../store.ts';
import { registerWorker, removeWorker } from '../workers/worker-session.ts';
import { claimEstate, releaseEstate, wantEstate } from './claim-estate.ts';
import { countEstateKeys, listEstateKeys, readEstateKey, readEstateStanding } from './read-estate.ts';
import { replaceEstate } from './replace-estate.ts';

let postgres: PrivateServer;
let store: Store;
let workerId: string;
beforeAll(async () => {
  postgres = await startPostgres();
  await migrate(postgres.url);
  store = openStore({ url: postgres.url });
});
beforeEach(async () => {
  await store.prisma.$executeRaw`
    UPDATE estate SET wanted_at = NULL, read_at = NULL, reading_by = NULL, reading_since = NULL, failed_at = NULL, error = NULL`;
  workerId = await registerWorker(store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 60_000 });
});
afterAll(async () => {
  await store?.close();
  await postgres?.stop();
});

const maxAgeMs = 60_000;
const all = { text: null, account: null, tag: null, region: null, missingIn: null, multiRegion: null };

let made = 0;
function record(more: Partial<CckmKey>): CckmKey {
  made += 1;
  return newKey({ id: `record-${made}`, keyId: null, aliases: [], multiRegionKeyType: 'REPLICA', ...more });
}

async function readAll(...keys: CckmKey[]): Promise<number | null> {
  const reading = await beginReading(store, workerId);
  await writeReading(store, reading, keys);
  const count = await replaceEstate(store, workerId, reading);
  await endReading(store, reading);
  return count;
}

it('is read when somebody looks, by one worker, and again when it is old', async () => {
  expect(await claimEstate(store, workerId, maxAgeMs)).toBe(false);
  await wantEstate(store);
  const other = await registerWorker(store, { host: 'there', pid: 2, concurrency: 1, leaseMs: 60_000 });
  const claims = await Promise.all([workerId, other].map((id) => claimEstate(store, id, maxAgeMs)));
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await readEstateStanding(store)).toMatchObject({ read_at: null, reading: true });
  // The worker dies: whoever is left reads it.
  const [holder, heir] = claims[0] ? [workerId, other] : [other, workerId];
  await removeWorker(store, holder);
  expect(await claimEstate(store, heir, maxAgeMs)).toBe(true);
  workerId = heir;
  expect(await readAll(record({ multiRegionKeyType: 'PRIMARY' }))).toBe(1);
  expect(await readEstateStanding(store)).toMatchObject({ read_at: expect.any(Date), reading: false, error: null });
  expect(await claimEstate(store, heir, maxAgeMs)).toBe(false);
  expect(await claimEstate(store, heir, 0)).toBe(true);
});

it('keeps what was read before, and says why, when a reading fails or its worker has lost it', async () => {
  await wantEstate(store);
  await claimEstate(store, workerId, maxAgeMs);
  await readAll(record({ keyId: 'mrk-1', multiRegionKeyType: 'PRIMARY' }));
  await claimEstate(store, workerId, 0);
  await releaseEstate(store, workerId, { code: 'cckm_unavailable', message: 'It is away.' });
  expect(await readEstateStanding(store)).toMatchObject({
    reading: false,
    failed_at: expect.any(Date),
    error: { code: 'cckm_unavailable', message: 'It is away.' },
  });
  expect(await claimEstate(store, workerId, 0)).toBe(false);
  expect(await readAll(record({}), record({}))).toBeNull();
  expect((await countEstateKeys(store, all)).keys).toBe(1);
});

it('is a row a key, with all its Regions, and those counted where it can be used', async () => {
  await wantEstate(store);
  await claimEstate(store, workerId, maxAgeMs);
  const set = { keyId: 'mrk-a', aliases: ['alias/a'] };
  await readAll(
    record({ ...set, region: 'eu-west-1', keyState: 'PendingDeletion' }),
    record({ ...set, id: 'primary-of-a', region: 'us-east-1', multiRegionKeyType: 'PRIMARY' }),
    record({ ...set, id: 'replica-of-a', region: 'us-west-2', tags: [{ key: 'tier', value: '1' }] }),
    record({ ...set, region: 'sa-east-1', gone: true }),
    record({ keyId: 'mrk-b', aliases: ['alias/b'], region: 'eu-west-1', multiRegionKeyType: 'PRIMARY' }),
    record({ keyId: '1234', multiRegion: false, multiRegionKeyType: null, account: '444455556666' }),
  );
  const keys = await listEstateKeys(store, all, { after: -1, limit: 10 });
  expect(keys).toMatchObject([
    {
      key_id: 'primary-of-a',
      mrk: 'mrk-a',
      alias: 'alias/a',
      primary_region: 'us-east-1',
      members: [
        { region: 'eu-west-1', key_state: 'PendingDeletion', primary: false },
        { region: 'sa-east-1', key_state: 'Gone' },
        { region: 'us-east-1', key_state: 'Enabled', primary: true },
        { region: 'us-west-2', key_state: 'Enabled' },
      ],
    },
    { mrk: 'mrk-b', alias: 'alias/b', primary_region: 'eu-west-1' },
    { account: '444455556666', multi_region: false, primary_region: null },
  ]);
  expect(await countEstateKeys(store, all)).toEqual({
    keys: 3,
    regions: [
      { region: 'us-east-1', keys: 2 },
      { region: 'eu-west-1', keys: 1 },
      { region: 'us-west-2', keys: 1 },
    ],
  });
  const aliases = async (filter: Partial<typeof all> | object) =>
    (await listEstateKeys(store, { ...all, ...filter }, { after: -1, limit: 10 })).map(({ alias }) => alias);
  expect(await aliases({ region: 'eu-west-1' })).toEqual(['alias/b']);
  expect(await aliases({ missingIn: 'eu-west-1' })).toEqual(['alias/a', null]);
  expect(await aliases({ multiRegion: true })).toEqual(['alias/a', 'alias/b']);
  expect(await aliases({ text: 'ALIAS/B' })).toEqual(['alias/b']);
  expect(await aliases({ text: 'primary-of' })).toEqual(['alias/a']);
  expect(await aliases({ account: '444455556666' })).toEqual([null]);
  expect(await aliases({ tag: { key: 'tier' } })).toEqual(['alias/a']);
  expect(await aliases({ tag: { key: 'tier', value: '1' } })).toEqual(['alias/a']);
  expect(await aliases({ tag: { key: 'tier', value: '2' } })).toEqual([]);
  for (const id of ['primary-of-a', 'replica-of-a', 'mrk-a']) {
    expect((await readEstateKey(store, id))?.alias).toBe('alias/a');
  }
  expect(await readEstateKey(store, 'mrk-c')).toBeNull();
  expect((await listEstateKeys(store, all, { after: 0, limit: 1 })).map(({ alias }) => alias)).toEqual(['alias/b']);
});

it('takes a key that Postgres refuses without its texts, and every other one as it is', async () => {
  const tooLong = Array.from({ length: 20_000 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join(
    '',
  );
  const keys = Array.from({ length: 7 }, (_, at) => record({ aliases: [`alias/of-${at}`] }));
  const odd = record({ aliases: [`alias/${tooLong}`], description: 'kept out' });
  const reading = await beginReading(store, workerId);
  expect(await writeReading(store, reading, [...keys.slice(0, 3), odd, ...keys.slice(3)])).toEqual([odd.id]);
  const [stored] = await store.prisma.$queryRaw<{ keys: number; aliases: number }[]>`
    SELECT (SELECT count(*)::int FROM inventory_keys WHERE reading_id = ${reading}::uuid) AS keys,
      (SELECT count(*)::int FROM inventory_aliases WHERE reading_id = ${reading}::uuid) AS aliases`;
  expect(stored).toEqual({ keys: 8, aliases: 7 });
  await endReading(store, reading);
});
