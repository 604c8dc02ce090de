import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';

/** Imports a second that AWS admits into the Region, a third of the replications. */
const importQuota = 3;
const region = 'eu-west-1';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const set = (settings: Record<string, unknown>) =>
  keyferry.simulator.control('PATCH', '/settings', {
    quotas: {
      ...{ ReplicateKey: 20, CreateKey: 20, CreateAlias: 20, ImportKeyMaterial: 60 },
      GetParametersForImport: importQuota,
    },
    creatingMs: { min: 200, max: 200 },
    ...settings,
  });
const keysOf = async (account: string, count: number, origin: string) =>
  (await keyferry.simulator.makeKeys({ account, count, origin })).map(({ id }) => id);
/** The calls into the account that spend its lanes, in the order in which they came in. */
const callsOf = async (account: string) =>
  (await keyferry.simulator.ledger()).filter(
    (call) => call.account === account && ['replicate-key', 'import-material'].includes(call.operation),
  );
const lower = (account: string) =>
  keyferry.client.request('PATCH /v1/lanes/{id}', {
    id: `${account}:${region}:GetParametersForImport`,
    body: { quota_per_second: importQuota },
  });

it('leaves CCKM the imports that it makes by itself: none is throttled, and native keys do not wait for them', async () => {
  await set({ autoImport: 'metered' });
  const account = newAccount();
  await lower(account);
  const external = await keysOf(account, 14, 'EXTERNAL');
  const native = await keysOf(account, 8, 'AWS_KMS');
  const plan = await keyferry.run({ name: 'reserved', keys: [...external, ...native], regions: [region] });
  expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 22 } });
  const calls = await callsOf(account);
  // What CCKM could not import Keyferry would have.
  expect(calls.filter(({ operation }) => operation === 'import-material')).toEqual([]);
  const isNative = calls.map(({ keyId }) => native.includes(keyId ?? ''));
  const externalBefore = isNative.slice(0, isNative.lastIndexOf(true)).filter((one) => !one).length;
  expect(externalBefore, 'EXTERNAL keys before the last native one').toBeLessThanOrEqual(9);
});

it('reserves nothing where CCKM does not import, as the replicas that were made last show', async () => {
  await set({ autoImport: 'off', quotas: { ReplicateKey: 20, CreateKey: 20, GetParametersForImport: 10 } });
  const shown = await keysOf(newAccount(), 20, 'EXTERNAL');
  expect(await keyferry.run({ name: 'shows it', keys: shown, regions: [region] })).toMatchObject({
    state: 'succeeded',
  });

  await set({ autoImport: 'off' });
  const account = newAccount();
  await lower(account);
  const keys = await keysOf(account, 16, 'EXTERNAL');
  const plan = await keyferry.run({ name: 'at full pace', keys, regions: [region] });
  expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 16 } });
  const operations = (await callsOf(account)).map(({ operation }) => operation);
  const before = operations.slice(0, operations.lastIndexOf('replicate-key'));
  const imports = before.filter((operation) => operation === 'import-material');
  // With two turns for each key in the lane of imports there would be eight or more.
  expect(imports.length, 'imports before the last replication').toBeLessThanOrEqual(5);
});
