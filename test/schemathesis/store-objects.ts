import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { DrillView, ScheduleView } from '@keyferry/core';
import { type Keyferry, newAccount } from '../harness/run-keyferry.ts';
import { until } from '../harness/until.ts';

/** Where `schemathesis.toml` looks for the ids of what is stored. */
const folder = new URL('../../.keyferry/schemathesis-ids/', import.meta.url);

/**
 * Stores something of each kind, so that most requests are about what is there: a plan that ran and one that waits, a drill
 * that is closed, a schedule, a policy with its check, a group and a webhook. Writes their ids where schemathesis reads them.
 */
export async function storeObjects(keyferry: Keyferry, ask: Ask): Promise<void> {
  const account = newAccount();
  const keys = (await keyferry.simulator.makeKeys({ account, count: 3 })).map(({ id }) => id);
  const regions = ['us-east-1', 'us-west-2'];
  const [to] = regions.slice(1) as [string];
  const waiting = await keyferry.client.request('POST /v1/plans', {
    body: { name: 'waits', mode: 'preview', keys, regions: [to] },
  });
  const ran = await keyferry.run({ name: 'ran', keys, regions: [to] });
  const [replica] = await keyferry.replicas(ran.id);
  const { id: drill } = await keyferry.client.request('POST /v1/drills', {
    body: {
      ...{ name: 'proof', scenario: 'Nothing is wrong.', keys, regions, targets: { rto: '4h' } },
      steps: [{ step: 'preflight' }],
    },
  });
  await until(
    'the drill is closed',
    () => keyferry.client.request('GET /v1/drills/{id}', { id: drill }),
    ({ finished_at }: DrillView) => finished_at !== null,
  );
  const schedule = await ask<ScheduleView>('POST', '/v1/schedules', {
    ...{ name: 'weekly', cron: '0 2 * * sun', time_zone: 'Europe/Berlin' },
    plan: { name: 'weekly', selector: { account }, regions: [to] },
  });
  await ask('PUT', '/v1/coverage/policies/tier-one', { name: 'tier-one', selector: { account }, regions: [to] });
  const check = await ask<{ id: string }>('POST', '/v1/coverage/policies/tier-one/checks');
  await until(
    'the check is made',
    () => ask<{ state: string }>('GET', `/v1/coverage/checks/${check.id}`),
    ({ state }) => state === 'done',
  );
  await ask('PUT', '/v1/region-groups/west', { regions: [to] });
  const { items: lanes } = await ask<{ items: { id: string }[] }>('GET', '/v1/lanes');

  mkdirSync(folder, { recursive: true });
  const note = (name: string, ids: readonly (string | undefined)[]) =>
    writeFileSync(new URL(`${name}.txt`, folder), ids.map((id) => `"${id}"\n`).join(''));
  const nowhere = randomUUID();
  note('plans', [ran.id, ran.id, waiting.id, nowhere]);
  note('replicas', [replica?.id, nowhere]);
  note('drills', [drill, drill, nowhere]);
  note('schedules', [schedule.id, nowhere]);
  note('checks', [check.id, check.id, nowhere]);
  note('policies', ['tier-one', 'tier-one', 'tier-two']);
  note('groups', ['west', 'west', 'east']);
  note('lanes', [...lanes.slice(0, 2).map(({ id }) => id), 'cckm', 'nowhere']);
}

/** A request as the admin; its answer. Fails unless it succeeds. */
export type Ask = <T>(method: string, path: string, body?: unknown) => Promise<T>;
