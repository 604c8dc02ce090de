import { createKeyferryClient, type KeyferryClient } from '@keyferry/client';
import type { DrillView } from '@keyferry/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
const people: Record<string, KeyferryClient> = {};
beforeAll(async () => {
  keyferry = await startKeyferry({ KEYFERRY_QUOTA_UPDATE_PRIMARY_REGION: '40', KEYFERRY_LEASE_MS: '1000' });
  await keyferry.simulator.control('PATCH', '/settings', { promotionMs: 300, quotas: { UpdatePrimaryRegion: 40 } });
  for (const name of ['anna', 'bert']) {
    const { token } = await keyferry.client.request('POST /v1/tokens', { body: { name, role: 'approver' } });
    people[name] = createKeyferryClient({ url: keyferry.url, token });
  }
});
afterAll(() => keyferry?.stop());

const reaches = (id: string, what: string, holds: (drill: DrillView) => boolean) =>
  until(what, () => keyferry.client.request('GET /v1/drills/{id}', { id }), holds, {
    withinMs: 60_000,
    tell: ({ spec: _spec, ...drill }) => drill,
  });
const underWay = (id: string, step: string) =>
  reaches(
    id,
    `step ${step} is under way`,
    ({ current_step, finished_at }) => current_step === step || finished_at !== null,
  );

it('a drill of 20 keys goes to its end though its workers are killed in its steps, and every key is back where it was', async () => {
  const account = newAccount();
  const keys = await keyferry.simulator.makeKeys({ account, count: 20 });
  const { id, spec_sha256 } = await keyferry.client.request('POST /v1/drills', {
    body: {
      name: 'evacuate',
      scenario: 'us-east-1 is to be left.',
      selector: { account },
      regions: ['us-east-1', 'us-west-2'],
      targets: { rto: '1h' },
      steps: [
        { step: 'preflight' },
        { step: 'replicate' },
        { step: 'verify', every: '1s' },
        { step: 'promote', to: 'us-west-2' },
        { step: 'failback' },
      ],
    },
  });
  const { scope_sha256, keys: known } = await reaches(id, 'it waits', ({ state }) => state === 'awaiting_approval');
  expect(known).toBe(20);
  await expect(keyferry.client.request('POST /v1/drills/{id}/approve', { id, body: { spec_sha256 } })).rejects.toThrow(
    /cannot decide\. Another person must decide/,
  );
  for (const client of Object.values(people))
    await client.request('POST /v1/drills/{id}/approve', {
      id,
      body: { spec_sha256, scope_sha256: scope_sha256 ?? '' },
    });

  for (const step of ['2-replicate', '4-promote']) {
    await underWay(id, step);
    const worker = keyferry.workers.find(({ running }) => running);
    await keyferry.startWorker();
    await worker?.kill();
  }
  const { state, steps, findings, reason } = await reaches(
    id,
    'it has ended',
    ({ finished_at }) => finished_at !== null,
  );
  expect({ state, reason, steps: steps.map((one) => `${one.id} ${one.state}`) }).toEqual({
    state: 'succeeded',
    reason: null,
    steps: ['1-preflight', '2-replicate', '3-verify', '4-promote', '5-failback'].map((one) => `${one} succeeded`),
  });
  expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  const { items } = await keyferry.client.request('GET /v1/drills/{id}/keys', { id });
  const cells = items.flatMap(({ cells }) =>
    cells.map(({ region, now, proven_at }) => [region, now, proven_at !== null]),
  );
  expect(cells).toEqual(
    keys.flatMap(() => [
      ['us-east-1', 'covered', true],
      ['us-west-2', 'covered', true],
    ]),
  );
  const { items: log } = await keyferry.client.request('GET /v1/drills/{id}/log', { id, query: { limit: 1000 } });
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1));
});
