import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const made = (id: string) =>
  until(
    'the check is made',
    () => keyferry.client.request('GET /v1/coverage/checks/{id}', { id }),
    ({ state }) => state === 'done',
  );

it('finds the gaps of a policy, closes them, and finds none', async () => {
  const { client, simulator } = keyferry;
  const account = newAccount();
  await simulator.makeKeys({ count: 3, account });
  const policy = { name: 'gaps', selector: { account }, regions: ['us-east-1', 'eu-west-1', 'us-west-2'] };
  await client.request('PUT /v1/coverage/policies/{name}', { name: policy.name, body: policy });
  const check = async () =>
    made((await client.request('POST /v1/coverage/policies/{name}/checks', { name: 'gaps' })).id);
  const before = await check();
  expect(before).toMatchObject({ passed: false, covered_percent: 33.33, counts: { total: 9, covered: 3, missing: 6 } });
  const plan = await keyferry.settled(
    (await client.request('POST /v1/coverage/checks/{id}/plan', { id: before.id })).id,
  );
  expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 6, succeeded: 6 } });
  expect(await check()).toMatchObject({ passed: true, covered_percent: 100, counts: { total: 9, covered: 9 } });
});

it('makes a check to its end though the worker that makes it is killed', async () => {
  const account = newAccount();
  await keyferry.simulator.makeKeys({ count: 3, account });
  await keyferry.simulator.addFaults({ operation: 'list-kms', times: 1, effect: { hang: true } });
  const { id } = await keyferry.client.request('POST /v1/coverage/checks', {
    body: { name: 'killed', selector: { account }, regions: ['us-east-1'] },
  });
  await until(
    'a worker makes it',
    () => keyferry.client.request('GET /v1/coverage/checks/{id}', { id }),
    ({ state }) => state === 'running',
  );
  const [first] = keyferry.workers;
  await keyferry.startWorker();
  await first?.kill();
  expect(await made(id)).toMatchObject({ passed: true, keys: 3, counts: { total: 3, covered: 3 } });
});
