import { afterEach, expect, inject, it } from 'vitest';
import { startService } from '../harness/child-process.ts';
import { adminToken, runQuickKeyferry } from '../harness/quick-keyferry.ts';
import { type Keyferry, newAccount } from '../harness/run-keyferry.ts';
import { type Pooler, startPgbouncer } from '../servers/start-pgbouncer.ts';

let pooler: Pooler | undefined;
let keyferry: Keyferry | undefined;
afterEach(async () => {
  await keyferry?.stop();
  await pooler?.stop();
  [keyferry, pooler] = [undefined, undefined];
});

it('PgBouncer in session mode works: plans run, times are kept, more processes start', async () => {
  pooler = await startPgbouncer(inject('postgresUrl'), 'session');
  keyferry = await runQuickKeyferry({ postgresUrl: pooler.url, redisUrl: inject('redisUrl') });
  const keys = await keyferry.simulator.makeKeys({ count: 5, account: newAccount() });
  const spec = { name: 'pooled', keys: keys.map(({ id }) => id), regions: ['eu-west-1'] };
  const start_at = new Date(Date.now() + 20 * 60_000).toISOString();
  const later = await keyferry.client.request('POST /v1/plans', {
    body: { ...spec, regions: ['us-west-2'], options: { start_at } },
  });
  await keyferry.startWorker();
  expect(await keyferry.run(spec)).toMatchObject({ state: 'succeeded', counts: { succeeded: 5 } });
  expect(await keyferry.client.request('GET /v1/plans/{id}', { id: later.id })).toMatchObject({
    state: 'scheduled',
    started_at: null,
  });
});

it.each(['transaction', 'statement'] as const)(
  'PgBouncer in %s mode is rejected at the start, with what to set',
  async (mode) => {
    pooler = await startPgbouncer(inject('postgresUrl'), mode, { ignore: 'options' });
    const env = {
      DATABASE_URL: pooler.url,
      KEYFERRY_ADMIN_TOKEN: adminToken,
      CCKM_URL: 'http://127.0.0.1:9',
      CCKM_USERNAME: 'admin',
      CCKM_PASSWORD: 'unused',
      KEYFERRY_PORT: '0',
    };
    const began = Date.now();
    for (const app of ['api', 'worker']) {
      const failure = await startService(app, `apps/${app}/src/main.ts`, env, /worker started|API listening/).then(
        () => null,
        (error: Error) => error.message,
      );
      expect(failure).toMatch(/pooler in (transaction|statement) mode/);
      expect(failure).toContain('pool_mode = session');
    }
    expect(Date.now() - began).toBeLessThan(60_000);
  },
);

it('a pooler that has one connection for all says so, and nothing waits without a word', async () => {
  pooler = await startPgbouncer(inject('postgresUrl'), 'session', { poolSize: 1 });
  const env = { DATABASE_URL: pooler.url, KEYFERRY_ADMIN_TOKEN: adminToken, KEYFERRY_PORT: '0' };
  const failure = await startService('api', 'apps/api/src/main.ts', env, /API listening/).then(
    () => null,
    (error: Error) => error.message,
  );
  expect(failure).toMatch(/only one connection/);
  expect(failure).toContain('pool_size');
});
