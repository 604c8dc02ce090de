import { everywhere, planSpecSchema } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import { insertPlan, migrate, openStore, type Store } from '@keyferry/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../test/harness/until.ts';
import { type PrivateServer, startPostgres } from '../../../test/servers/index.ts';
import { startRounds } from './start-rounds.ts';

let server: PrivateServer;
let store: Store;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

test('a round is skipped while there is no work of its kind, begins at once when there is, and ends when it is stopped', async () => {
  const seen = { work: 0, always: 0, overdue: 0, skipped: 0, heard: 0 };
  const count = (what: keyof typeof seen) => async () => {
    seen[what] += 1;
  };
  const everyMs = 4_000;
  const rounds = startRounds(
    [
      {
        ...{ name: 'work', everyMs, when: 'plans', skippedMs: Number.POSITIVE_INFINITY, work: count('work') },
        ...{ skipped: count('skipped'), heard: count('heard') },
      },
      { name: 'always', everyMs: 10, work: count('always') },
      { name: 'overdue', everyMs: 10, when: 'plans', skippedMs: 0, work: count('overdue') },
    ],
    { store, databaseUrl: server.url, log: createLog('worker', 'silent') },
  );
  await until(
    'the round rests',
    () => seen,
    ({ heard, skipped, always, overdue }) => heard > 0 && skipped > 1 && always > 1 && overdue > 1,
  );
  expect(seen.work).toBe(0);
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'] });
  await insertPlan(store, { spec, scope: everywhere, createdBy: 'anna', idempotency: { key: 'key', bodySha256: '' } });
  await until(
    'the round is done, long before its time',
    () => seen.work,
    (work) => work === 1,
    { withinMs: everyMs / 2 },
  );
  await rounds.stop();
  await rounds.close();
  const atTheEnd = { ...seen };
  await store.prisma.$queryRaw`SELECT pg_notify('keyferry_work', '')::text, pg_sleep(0.1)::text`;
  expect(seen).toEqual(atTheEnd);
});
