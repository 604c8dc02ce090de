import { version } from '@keyferry/core';
import pg from 'pg';
import { beforeAll, expect, inject, it, type TestContext } from 'vitest';
import type { Service } from '../harness/child-process.ts';
import { runQuickKeyferry } from '../harness/quick-keyferry.ts';
import type { Keyferry } from '../harness/run-keyferry.ts';
import { idsOf, startPlan } from '../harness/start-plan.ts';
import { until } from '../harness/until.ts';
import previous from './previous-release.json' with { type: 'json' };
import { providePreviousRelease } from './provide-previous-release.ts';

const keys = 30;
let checkout: string;
beforeAll(async () => {
  checkout = await providePreviousRelease();
});

/** The release before with a plan that goes on slowly, and its API replaced by this release's, which migrates meanwhile. */
async function upgradeMidPlan(engine: 'postgres' | 'redis', { onTestFinished }: TestContext) {
  const redisUrl = engine === 'redis' ? inject('redisUrl') : null;
  const running = await runQuickKeyferry({ postgresUrl: inject('postgresUrl'), redisUrl, checkout });
  onTestFinished(() => running.stop());
  const [before] = running.workers as [Service];
  await running.simulator.addFaults({ operation: 'replicate-key', effect: { latencyMs: 1_500 } });
  const plan = await startPlan(running, 'upgraded', keys, { max_in_flight: 6 });
  await plan.untilCalls(before, 3);
  await running.api.stop();
  const api = await running.startApi();
  expect(api.output()).toContain('database migrated');
  const answer = await (await fetch(`${running.url}/version`)).json();
  expect(answer).toMatchObject({ version });
  const hurry = () =>
    running.client.request('PATCH /v1/plans/{id}', { id: plan.id, body: { options: { max_in_flight: 60 } } });
  return { running, before, plan, hurry };
}

/** Ends a worker as a crash does, with calls under way. */
async function killInCalls({ databaseUrl }: Keyferry, worker: Service): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const underWay = async () => {
    const held = "SELECT 1 FROM replicas WHERE state = 'replicating' AND worker_id = ANY($1)";
    return (await database.query(held, [idsOf(worker)])).rowCount ?? 0;
  };
  await until('it has calls under way', underWay, (rows) => rows > 1, { everyMs: 5 });
  await worker.kill();
  expect(await underWay()).toBeGreaterThan(0);
  await database.end();
}

it.concurrent.for(['redis', 'postgres'] as const)(
  `a worker of ${previous.version} goes on with its plan while ${version} migrates and starts (queue on %s)`,
  async (engine, context) => {
    const { running, before, plan, hurry } = await upgradeMidPlan(engine, context);
    await plan.untilCalls(before, 1);
    const after = await running.startWorker();
    await Promise.all([plan.untilCalls(before, 1), plan.untilCalls(after, 1)]);
    await hurry();
    await plan.untilCalls(before, 3);
    expect(await before.stop()).toBe(0);
    await plan.untilMadeOnce();
  },
);

it.concurrent(`what a killed worker of ${previous.version} left is finished by one of ${version}`, async (context) => {
  const { running, before, plan, hurry } = await upgradeMidPlan('redis', context);
  await killInCalls(running, before);
  const after = await running.startWorker();
  await hurry();
  await plan.untilCalls(after, 3);
  await plan.untilMadeOnce();
});

it.concurrent(`what a killed worker of ${version} left is finished by one of ${previous.version} that still runs`, async (context) => {
  const { running, before, plan, hurry } = await upgradeMidPlan('redis', context);
  const after = await running.startWorker();
  await plan.untilCalls(after, 1);
  await killInCalls(running, after);
  await hurry();
  await plan.untilCalls(before, 3);
  await plan.untilMadeOnce();
  await (await startPlan(running, 'submitted to the new API', 2)).untilMadeOnce();
});
