import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
  await set({ autoImport: 'off' });
});
afterAll(() => keyferry?.stop());
const set = (settings: Record<string, unknown>) => keyferry.simulator.control('PATCH', '/settings', settings);
afterEach(async () => {
  await keyferry.simulator.control('PUT', '/faults', []);
  await set({ creationDateSkewMs: 0 });
});

const region = 'eu-west-1';

async function oneKey(group: Record<string, unknown> = {}) {
  const [key] = await keyferry.simulator.makeKeys({ account: newAccount(), origin: 'EXTERNAL', ...group });
  if (!key) throw new Error('no key was made');
  return key;
}

const runFor = (key: { id: string }, options: Record<string, unknown> = {}) =>
  keyferry.run({ name: 'material', keys: [key.id], regions: [region], options });
const rowOf = async (planId: string) => {
  const [row] = await keyferry.replicas(planId);
  if (!row) throw new Error('the plan has no replica');
  return row;
};
const stateInAws = async ({ mrk }: { mrk: string }) => {
  const members = await keyferry.simulator.control<{ region: string; state: string }[]>('GET', `/keys?mrk=${mrk}`);
  return members.find((member) => member.region === region)?.state;
};
const callsFor = async ({ mrk }: { mrk: string }) =>
  (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.mrk === mrk);

describe('a plan that imports material', () => {
  it.each([0, -600_000, 600_000])(
    'gives it to a replica of a call without an answer of AWS, when AWS’s creation date is off by %d ms',
    async (creationDateSkewMs) => {
      await set({ creationDateSkewMs });
      const key = await oneKey();
      const effect = { awsTransport: { kind: 'reset' }, afterWork: true };
      await keyferry.simulator.addFaults({ operation: 'replicate-key', key: key.id, times: 1, effect });
      const plan = await runFor(key, { max_attempts: 1 });
      expect(plan.state).toBe('succeeded');
      expect(await rowOf(plan.id)).toMatchObject({ state: 'succeeded', outcome: 'adopted', key_state: 'Enabled' });
      expect(await stateInAws(key)).toBe('Enabled');
      expect(await callsFor(key)).toHaveLength(1);
    },
  );

  it('gives it to a replica that a call made which was refused all the same, found by a retry', async () => {
    await set({ creationDateSkewMs: -600_000 });
    const key = await oneKey();
    const awsError = { name: 'AccessDeniedException', message: 'no' };
    const effect = { awsError, afterWork: true };
    await keyferry.simulator.addFaults({ operation: 'replicate-key', key: key.id, times: 1, effect });
    const { id, state } = await runFor(key);
    expect(state).toBe('completed_with_failures');
    expect(await stateInAws(key)).toMatch(/^(Creating|PendingImport)$/);
    await keyferry.client.request('POST /v1/plans/{id}/retry', { id });
    const plan = await keyferry.settled(id);
    expect(plan).toMatchObject({ state: 'succeeded', pending_import: 0 });
    expect(await rowOf(id)).toMatchObject({ state: 'succeeded', key_state: 'Enabled' });
    expect(await stateInAws(key)).toBe('Enabled');
    expect(await callsFor(key)).toHaveLength(1);
  });

  it('gives it to a replica that was there without it before the plan came', async () => {
    const key = await oneKey({ replicas: [{ region, state: 'PendingImport' }] });
    const plan = await runFor(key);
    expect(plan).toMatchObject({ state: 'succeeded', pending_import: 0 });
    const row = await rowOf(plan.id);
    expect(row).toMatchObject({ state: 'succeeded', outcome: 'already_present', key_state: 'Enabled', attempts: 0 });
    expect(row.warnings.map(({ code }) => code)).toContain('material_to_import');
    expect(await stateInAws(key)).toBe('Enabled');
    expect(await callsFor(key)).toHaveLength(0);
  });

  it('does not succeed while one of its replicas lacks it, whoever made that', async () => {
    const key = await oneKey({ replicas: [{ region, state: 'PendingImport' }] });
    const effect = { awsError: { name: 'AccessDeniedException', message: 'no' } };
    await keyferry.simulator.addFaults({ operation: 'import-material', effect });
    const plan = await runFor(key);
    expect(plan).toMatchObject({ state: 'completed_with_failures', counts: { failed: 1, already_present: 0 } });
    expect(await rowOf(plan.id)).toMatchObject({
      state: 'failed',
      outcome: 'already_present',
      key_state: 'PendingImport',
      error: { code: 'access_denied' },
    });
  });

  it('leaves a replica alone that has it', async () => {
    const key = await oneKey({ replicas: [{ region }] });
    const plan = await runFor(key);
    expect(plan.state).toBe('succeeded');
    expect(await rowOf(plan.id)).toMatchObject({ state: 'already_present', outcome: 'already_present' });
  });
});

it('a plan that imports none counts the replicas that lack it, whoever made them', async () => {
  const key = await oneKey({ replicas: [{ region, state: 'PendingImport' }] });
  const plan = await runFor(key, { import_material: false });
  expect(plan).toMatchObject({ state: 'succeeded', pending_import: 1 });
  expect(await rowOf(plan.id)).toMatchObject({ state: 'already_present', key_state: 'PendingImport' });
});
