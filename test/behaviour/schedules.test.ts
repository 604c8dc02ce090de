import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ScheduleView } from '@keyferry/core';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../harness/bare-environment.ts';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
  await keyferry.startWorker();
});
afterAll(() => keyferry?.stop());

async function sql(query: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: keyferry.databaseUrl });
  await client.connect();
  await client.query(query, values);
  await client.end();
}
const script = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
/** Starts the CLI; `output` is what it has said so far. */
function startCli(args: string[], input = '') {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...bareEnvironment, KEYFERRY_URL: keyferry.url, KEYFERRY_TOKEN: adminToken },
  });
  child.stdin.end(input);
  let out = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({ out, code: code as number }));
  return { output: () => said, ended };
}
const cli = (args: string[], input = '') => startCli(args, input).ended;
const keysOf = async (account: string, count: number): Promise<string[]> =>
  (await keyferry.simulator.makeKeys({ count, account })).map((key) => key.id);
const callsOf = async (account: string) =>
  (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.account === account);

/** Open for an hour, twelve hours from now. */
function shut() {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const time = (at: number) => `${String(at).padStart(2, '0')}:00`;
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
  return { days: [...days], from: time(hour), to: time(hour + 1), time_zone: 'UTC' };
}

describe('a plan with maintenance windows', () => {
  it('rests outside them and says so, in the CLI too, and runs once one is open', async () => {
    const account = newAccount();
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'later',
        keys: await keysOf(account, 3),
        regions: ['eu-west-1'],
        options: { windows: [shut()] },
      },
    });
    const resting = await until(
      'it rests',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ state, reason }) => state === 'running' && reason !== null,
    );
    expect(resting).toMatchObject({ window: { open: false }, eta_seconds: null, counts: { pending: 3 } });
    const watching = startCli(['plan', 'watch', id]);
    const rests = `running: Outside its maintenance windows until ${resting.window?.opens_at}`;
    await until('the CLI says so', watching.output, (out) => out.includes(rests));
    // All of another plan is made meanwhile.
    await keyferry.run({ name: 'meanwhile', keys: await keysOf(newAccount(), 5), regions: ['eu-west-1'] });
    expect(await callsOf(account)).toEqual([]);
    await keyferry.client.request('PATCH /v1/plans/{id}', {
      id,
      body: { options: { windows: [{ ...shut(), from: '00:00', to: '24:00' }] } },
    });
    expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 3 }, window: null });
    expect((await watching.ended).code).toBe(0);
  });

  it('begins nothing once its window has closed, puts back what was released, and finishes what was begun', async () => {
    const account = newAccount();
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'too long',
        keys: await keysOf(account, 24),
        regions: ['eu-west-1'],
      },
    });
    await until(
      'it runs',
      () => callsOf(account),
      (calls) => calls.length > 3,
    );
    const closes = new Date(Date.now() + 1_200);
    await sql('UPDATE plans SET windows = $2, window_opens_at = now(), window_closes_at = $3 WHERE id = $1', [
      id,
      JSON.stringify([shut()]),
      closes,
    ]);
    const closed = await until(
      'it rests, with nothing in flight',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ window, counts }) => window?.open === false && counts.pending + counts.succeeded === 24,
    );
    expect(closed.window?.opens_at).not.toBe(closes.toISOString());
    await keyferry.run({ name: 'meanwhile', keys: await keysOf(newAccount(), 5), regions: ['eu-west-1'] });
    const calls = await callsOf(account);
    expect(Math.max(...calls.map(({ at }) => at))).toBeLessThanOrEqual(closes.getTime());
    expect((await keyferry.client.request('GET /v1/plans/{id}', { id })).counts).toEqual(closed.counts);
    await keyferry.client.request('PATCH /v1/plans/{id}', { id, body: { options: { windows: [] } } });
    expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 24 } });
  });
});

describe('a schedule', () => {
  it('that is due runs once however many workers there are, and again after the queue was lost', async () => {
    const schedule = {
      name: 'weekly',
      cron: '0 2 * * sun',
      time_zone: 'Europe/Berlin',
      plan: { name: 'weekly', keys: await keysOf(newAccount(), 2), regions: ['eu-west-1'] },
    };
    const made = await cli(['schedule', 'create', '-f', '-', '--json'], JSON.stringify(schedule));
    const { id } = JSON.parse(made.out) as ScheduleView;
    /** Makes it due, and answers its plan once that has ended. */
    const runAt = async (time: string) => {
      await sql('UPDATE schedules SET next_run_at = $2 WHERE id = $1', [id, time]);
      const { last_plan_id } = await until(
        'it was run',
        () => keyferry.client.request('GET /v1/schedules/{id}', { id }),
        ({ next_run_at }) => next_run_at !== time,
      );
      return keyferry.settled(last_plan_id ?? '');
    };
    const first = await runAt('2026-11-01T01:00:00.000Z');
    expect(first).toMatchObject({
      name: 'weekly 2026-11-01 02:00',
      schedule_id: id,
      scheduled_for: '2026-11-01T01:00:00.000Z',
      counts: { succeeded: 2 },
    });
    await loseTheQueue();
    const second = await runAt('2026-11-08T01:00:00.000Z');
    expect(second).toMatchObject({ name: 'weekly 2026-11-08 02:00', counts: { already_present: 2 } });
    const { items } = await keyferry.client.request('GET /v1/plans', { query: { limit: 100 } });
    expect(items.filter(({ schedule_id }) => schedule_id === id).map((plan) => plan.id)).toEqual([second.id, first.id]);
    expect((await cli(['schedule', 'show', id])).out).toContain(`keyferry plan show ${second.id}`);
    expect((await cli(['schedule', 'delete', id, '--yes'])).code).toBe(0);
    expect((await keyferry.client.request('GET /v1/schedules')).items).toEqual([]);
  });
});

async function loseTheQueue(): Promise<void> {
  if (keyferry.redisUrl !== null) {
    const redis = new Redis(keyferry.redisUrl);
    await redis.flushdb();
    redis.disconnect();
    return;
  }
  await sql(`DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%' LOOP
      EXECUTE format('TRUNCATE bullmq.%I CASCADE', name);
    END LOOP;
  END $$`);
}
