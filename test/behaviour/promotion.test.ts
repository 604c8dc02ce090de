import { randomUUID } from 'node:crypto';
import { createKeyferryClient } from '@keyferry/client';
import type { PlanSpecInput, PlanView } from '@keyferry/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import type { SimulatedKey } from '../harness/simulator.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
const approvers: ReturnType<typeof createKeyferryClient>[] = [];
beforeAll(async () => {
  keyferry = await startKeyferry({ KEYFERRY_QUOTA_UPDATE_PRIMARY_REGION: '60' });
  await keyferry.simulator.control('PATCH', '/settings', {
    promotionMs: 300,
    promotionStaleMs: 60_000,
    quotas: { UpdatePrimaryRegion: 60 },
  });
  for (const name of ['ada', 'bob']) {
    const { token } = await keyferry.client.request('POST /v1/tokens', { body: { name, role: 'approver' } });
    approvers.push(createKeyferryClient({ url: keyferry.url, token }));
  }
});
afterAll(() => keyferry?.stop());

/** Submits a promotion and has two people approve it. */
async function promote(spec: Partial<PlanSpecInput>): Promise<PlanView> {
  const { id } = await keyferry.client.request('POST /v1/plans', {
    body: { name: randomUUID(), operation: 'promote', ...spec },
  });
  const waiting = await until(
    'it waits for approval',
    () => keyferry.client.request('GET /v1/plans/{id}', { id }),
    ({ state }) => state !== 'resolving',
  );
  expect(waiting).toMatchObject({ state: 'awaiting_approval', approvals_required: 2, operation: 'promote' });
  for (const approver of approvers)
    await approver.request('POST /v1/plans/{id}/approve', { id, body: { spec_sha256: waiting.spec_sha256 } });
  return waiting;
}

interface Moved {
  readonly mrk: string;
  readonly region: string;
  readonly workDone: boolean;
}
const moves = async (keys: readonly SimulatedKey[]) => {
  const entries = await keyferry.simulator.control<Moved[]>('GET', '/ledger?operation=update-primary-region');
  const mrks = new Set(keys.map(({ mrk }) => mrk));
  return entries.filter(({ mrk, workDone }) => workDone && mrks.has(mrk)).map(({ mrk, region }) => `${mrk} ${region}`);
};
const primaries = async (keys: readonly SimulatedKey[]) =>
  Promise.all(
    keys.map(async ({ mrk }) => {
      const members = await keyferry.simulator.control<{ region: string; type: string }[]>('GET', `/keys?mrk=${mrk}`);
      return members.filter(({ type }) => type === 'PRIMARY').map(({ region }) => region);
    }),
  );

describe('many keys', () => {
  let keys: SimulatedKey[];

  it('are promoted once each, whatever is lost on the way', async () => {
    const { control, makeKeys } = keyferry.simulator;
    const account = newAccount();
    const replicas = [{ region: 'eu-west-1' }, { region: 'us-west-2' }];
    keys = await makeKeys({ count: 20, account, replicas });
    const fault = (times: number, effect: object) => ({
      operation: 'update-primary-region',
      region: 'eu-west-1',
      times,
      effect,
    });
    await control('PUT', '/faults', [
      fault(4, { dropAfter: true }),
      fault(2, { dropBefore: true }),
      fault(2, { status: 500, afterWork: true }),
      fault(2, { awsError: { name: 'ThrottlingException', message: 'Rate exceeded' } }),
      fault(2, { awsTransport: { kind: 'deadline' } }),
      fault(2, { awsTransport: { kind: 'eof' }, afterWork: true }),
    ]);
    const there = await promote({ selector: { account }, regions: ['eu-west-1'] });
    await until(
      'some are on their way',
      async () => (await moves(keys)).length,
      (count) => count >= 5,
    );
    await keyferry.workers[0]?.kill();
    await keyferry.startWorker();
    const done = await keyferry.settled(there.id);
    expect(done.counts).toMatchObject({ total: 20, succeeded: 20 });
    expect((await moves(keys)).sort()).toEqual(keys.map(({ mrk }) => `${mrk} eu-west-1`).sort());
    expect(await primaries(keys)).toEqual(keys.map(() => ['eu-west-1']));
    await control('DELETE', '/faults');
  });

  it('go back as far as that has been called for when the plan is cancelled; it is still confirmed, the rest stay', async () => {
    // Few at a time, so that it is cancelled on the way.
    const plan = await promote({
      keys: keys.map(({ mrk }) => mrk),
      regions: ['us-east-1'],
      options: { max_in_flight: 4 },
    });
    await until(
      'some are on their way',
      async () => (await moves(keys)).length,
      (count) => count >= 23,
    );
    await keyferry.client.request('POST /v1/plans/{id}/pause', { id: plan.id });
    await keyferry.client.request('POST /v1/plans/{id}/cancel', { id: plan.id });
    const { counts, state } = await keyferry.settled(plan.id);
    expect(state).toBe('cancelled');
    expect(counts.succeeded + counts.cancelled).toBe(20);
    expect(counts.cancelled).toBeGreaterThan(0);
    expect(await moves(keys)).toHaveLength(20 + counts.succeeded);
    const there = (await primaries(keys)).flat();
    expect(there.filter((region) => region === 'us-east-1')).toHaveLength(counts.succeeded);
    expect(there.filter((region) => region === 'eu-west-1')).toHaveLength(counts.cancelled);
  });
});
