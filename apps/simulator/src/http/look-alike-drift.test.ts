import { afterEach, expect, it } from 'vitest';
import { startForTest } from '../../../../test/harness/start-simulation.ts';

let simulator: Awaited<ReturnType<typeof startForTest>>;
const start = async (settings: Record<string, unknown>) => {
  simulator = await startForTest(settings);
  return simulator;
};
afterEach(() => simulator.stop());

const account = '111122223333';
const Policy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: [account, 'arn:aws:iam::111122223333:role/a'] }, Action: ['kms:*'] },
    { Effect: 'Deny', Principal: { AWS: '444455556666' }, Action: ['kms:Sign', 'kms:Verify'] },
  ],
};

it("an organisation's tagger tags new replicas, and leaves tags that were asked for", async () => {
  const organisationTags = ['owner', 'c7n'].map((TagKey) => ({ TagKey, TagValue: 'platform' }));
  const { makeKey, replicate, getKey } = await start({ organisationTags });
  const key = await makeKey({ tags: { tier: '1' } });
  const { body } = await replicate(key.id, 'us-west-2', { aws_param: { Tags: [{ TagKey: 'owner', TagValue: 'me' }] } });
  expect((await getKey(body.id)).aws_param.Tags).toEqual([
    { TagKey: 'owner', TagValue: 'me' },
    { TagKey: 'c7n', TagValue: 'platform' },
  ]);
  expect((await getKey(key.id)).aws_param.Tags).toEqual([{ TagKey: 'tier', TagValue: '1' }]);
});

it('policies are answered as they came, or as AWS writes them in the partition of the key', async () => {
  const { makeKey, getKey, control } = await start({});
  const keys = [await makeKey({ policy: Policy }), await makeKey({ policy: Policy, region: 'us-gov-west-1' })];
  const read = async () =>
    Promise.all(keys.map(async ({ id }) => (await getKey(id)).aws_param as unknown as { Policy: typeof Policy }));
  expect((await read()).map((key) => key.Policy)).toEqual([Policy, Policy]);
  await control('PATCH', '/settings', { rewritesPolicies: true, policyOrder: 'reversed' });
  expect((await read()).map((key) => key.Policy.Statement)).toEqual(
    ['aws', 'aws-us-gov'].map((partition) => [
      {
        Effect: 'Deny',
        Principal: { AWS: `arn:${partition}:iam::444455556666:root` },
        Action: ['kms:Verify', 'kms:Sign'],
      },
      {
        Effect: 'Allow',
        Principal: { AWS: ['arn:aws:iam::111122223333:role/a', `arn:${partition}:iam::${account}:root`] },
        Action: 'kms:*',
      },
    ]),
  );
});

it("CCKM's own lists come back as they were given, accounts as AWS writes them", async () => {
  const { makeKey, replicate, getKey } = await start({ rewritesPolicies: true });
  const key = await makeKey();
  const lists = { external_accounts: ['444455556666'], key_users: ['bob'] };
  const { body } = await replicate(key.id, 'us-west-2', lists);
  expect(await getKey(body.id)).toMatchObject({
    external_accounts: ['arn:aws:iam::444455556666:root'],
    key_users: ['bob'],
    key_admins: [],
  });
});
