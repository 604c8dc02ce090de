import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry({ CCKM_CALL_TIMEOUT_MS: '1500' });
});
afterAll(() => keyferry?.stop());
afterEach(() => keyferry.simulator.control('PUT', '/faults', []));

const down = 'eu-west-1';
const healthy = 'us-west-2';

const callsTo = async (account: string, region: string) =>
  (await keyferry.simulator.ledger('replicate-key')).filter(
    (call) => call.account === account && call.region === region,
  );
const laneOf = async (account: string, region: string) =>
  (await keyferry.client.request('GET /v1/lanes')).items.find((lane) => lane.id === `${account}:${region}:CreateKey`);

describe('a Region that answers no more', () => {
  it.each([
    ['with errors', { status: 500 }],
    ['with silence', { hang: true }],
    ["with KMS's own errors", { awsError: { name: 'KMSInternalException', message: 'internal' } }],
  ])('is left alone but for a probe now and then, and holds back no other: %s', async (_how, effect) => {
    const account = newAccount();
    const keys = await keyferry.simulator.makeKeys({ count: 60, account });
    await keyferry.simulator.addFaults({ operation: 'replicate-key', region: down, effect });
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'one Region is down',
        keys: keys.map((key) => key.id),
        regions: [down, healthy],
      },
    });
    const lane = await until(
      'its circuit is open',
      () => laneOf(account, down),
      (one) => one?.circuit === 'open',
    );
    const since = { circuit_since: expect.any(String), circuit_reason: expect.any(String) };
    expect(lane).toMatchObject({ circuit: 'open', ...since });
    const before = (await callsTo(account, down)).length;
    await until(
      'the other Region is done',
      () =>
        keyferry.client.request('GET /v1/plans/{id}/replicas', { id, query: { region: healthy, state: 'succeeded' } }),
      ({ items }) => items.length === 60,
    );
    expect(await laneOf(account, healthy)).toMatchObject({ circuit: 'closed' });
    const during = (await callsTo(account, down)).length - before;
    // Those under way when it opened, and probes.
    expect(during, 'calls to the Region that is down while 60 were made elsewhere').toBeLessThan(12);

    await keyferry.simulator.control('PUT', '/faults', []);
    const plan = await keyferry.settled(id);
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 120, succeeded: 120 } });
    expect(await laneOf(account, down)).toMatchObject({ circuit: 'closed', circuit_since: null, circuit_reason: null });
    const made = [...(await callsTo(account, down)), ...(await callsTo(account, healthy))].filter(
      (call) => call.workDone,
    );
    expect(new Set(made.map((call) => `${call.mrk} ${call.region}`)).size).toBe(made.length);
  });
});
