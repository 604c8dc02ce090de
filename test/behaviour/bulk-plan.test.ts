import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../harness/bare-environment.ts';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const regions = ['us-west-2', 'eu-west-1', 'ap-southeast-2'];

/** 40 keys, named in turn by CCKM id, `mrk-` id and ARN. */
async function fortyKeys(account: string): Promise<string[]> {
  const keys = await keyferry.simulator.makeKeys({ count: 40, account, aliasPrefix: 'alias/forty' });
  return keys.map((key, i) => [key.id, key.mrk, key.arn][i % 3] as string);
}

async function replicateCalls(account: string) {
  return (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.account === account);
}

describe('a worker', () => {
  it('is healthy by its health check while it holds its lease', async () => {
    const check = () =>
      new Promise((resolve) =>
        spawn(process.execPath, ['apps/worker/src/health.ts'], {
          env: { ...bareEnvironment, DATABASE_URL: keyferry.databaseUrl },
        }).on('exit', resolve),
      );
    expect(await check()).toBe(0);
    await Promise.all(keyferry.workers.map((worker) => worker.stop()));
    expect(await check()).toBe(1);
    await keyferry.startWorker();
  });

  it.each([
    ['', /CCKM_URL is not set/],
    ['http://ciphertrust.example.com', /CCKM_URL must be https/],
    ['https://admin:secret@ciphertrust.example.com', /CCKM_URL must not contain a user or password/],
  ])('does not start with CCKM_URL=%s, and says what to do', async (CCKM_URL, message) => {
    const worker = spawn(process.execPath, ['apps/worker/src/main.ts'], {
      env: { ...bareEnvironment, DATABASE_URL: keyferry.databaseUrl, CCKM_URL },
    });
    const [said, [code]] = await Promise.all([text(worker.stderr), once(worker, 'exit')]);
    expect(said).toMatch(message);
    expect(said).not.toContain('secret');
    expect(code).toBe(64);
  });
});

describe('a plan of 40 keys × 3 Regions', () => {
  it('ends succeeded with 120 created replicas that were read back as Enabled, with no call throttled', async () => {
    const account = newAccount();
    const plan = await keyferry.run({ name: 'forty', keys: await fortyKeys(account), regions });
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 120, succeeded: 120 }, lower_bound_seconds: 6 });
    const replicas = await keyferry.replicas(plan.id);
    expect(replicas).toHaveLength(120);
    for (const replica of replicas) {
      expect(replica).toMatchObject({
        state: 'succeeded',
        outcome: 'created',
        key_state: 'Enabled',
        attempts: 1,
        error: null,
      });
      expect(replica.replica_arn).toBe(replica.key_arn?.replace('us-east-1', replica.region));
      expect(Date.parse(replica.usable_at ?? '')).toBeGreaterThanOrEqual(Date.parse(replica.accepted_at ?? ''));
    }
    const calls = await replicateCalls(account);
    expect(calls).toHaveLength(120);
    expect(calls.filter((call) => call.awsError !== null)).toEqual([]);
  });

  it('ends the same way when the worker is killed in the middle and started again', async () => {
    const account = newAccount();
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'killed', keys: await fortyKeys(account), regions },
    });
    await until(
      'a third is made',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.succeeded > 40,
    );
    await Promise.all(keyferry.workers.map((worker) => worker.kill()));
    await keyferry.startWorker();
    const plan = await keyferry.settled(id);
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 120, succeeded: 120 } });
    const made = (await replicateCalls(account)).filter((call) => call.workDone);
    expect(made).toHaveLength(120);
    expect(new Set(made.map((call) => `${call.mrk} ${call.region}`)).size).toBe(120);
  });

  it('continues with another worker when one is stopped, which finishes its work in flight', async () => {
    const account = newAccount();
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'stopped', keys: await fortyKeys(account), regions },
    });
    await until(
      'some are made',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.succeeded > 20,
    );
    const first = keyferry.workers.filter((worker) => worker.running);
    await keyferry.startWorker();
    const codes = await Promise.all(first.map((worker) => worker.stop()));
    expect(codes).toEqual(first.map(() => 0));
    const plan = await keyferry.settled(id);
    expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 120 } });
    const replicas = await keyferry.replicas(id);
    expect(replicas.filter((replica) => replica.attempts !== 1)).toEqual([]);
    expect(await replicateCalls(account)).toHaveLength(120);
  });

  it('is shared by several workers without one call too many', async () => {
    await keyferry.startWorker();
    await keyferry.startWorker();
    const account = newAccount();
    const plan = await keyferry.run({ name: 'shared', keys: await fortyKeys(account), regions });
    expect(plan.counts.succeeded).toBe(120);
    const calls = await replicateCalls(account);
    expect(calls).toHaveLength(120);
    expect(calls.filter((call) => call.awsError !== null)).toEqual([]);
  });
});
