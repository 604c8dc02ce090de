import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
afterEach(() => simulator.stop());

describe('AWS’s request quotas', () => {
  const replicateAll = async (regions: (i: number) => string, count: number) => {
    const keys = await simulator.makeKeys({ count });
    const answers = await Promise.all(keys.map(({ id }, i) => simulator.replicate(id, regions(i))));
    return answers;
  };

  it('let two replicas into one Region in a moment, and two and a half a second after that', async () => {
    simulator = await startForTest();
    const made = async () => (await replicateAll(() => 'us-west-2', 6)).filter(({ status }) => status === 201).length;
    expect(await made()).toBe(2);
    simulator.pass(1000);
    expect(await made()).toBe(2);
    simulator.pass(400);
    expect(await made()).toBe(1);
  });

  it('let five replications leave one Region in a second, wherever they go', async () => {
    simulator = await startForTest({ quotas: { CreateKey: 1000 } });
    const answers = await replicateAll((i) => (i % 2 ? 'us-west-2' : 'eu-west-1'), 8);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  });

  it('are told as a 400 with AWS’s words, in the style of older and newer CipherTrust Managers', async () => {
    simulator = await startForTest({ quotas: { ReplicateKey: 1 } });
    const throttled = async () => (await replicateAll(() => 'us-west-2', 2)).find(({ status }) => status !== 201);
    expect(await throttled()).toMatchObject({
      status: 400,
      body: {
        code: 15,
        message:
          'Error Replicating AWS Key : ThrottlingException: You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
      },
    });
    await simulator.control('PATCH', '/settings', { errorStyle: 'sdk2' });
    expect((await throttled())?.body.message).toMatch(/operation error KMS: ReplicateKey, .*ThrottlingException: /);
  });

  it('are partly used up by the other callers of the account', async () => {
    simulator = await startForTest({ background: { CreateKey: 0.6 } });
    await replicateAll(() => 'us-west-2', 6);
    simulator.pass(1000);
    const answers = await replicateAll(() => 'us-west-2', 6);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('can be switched off, and one can be changed without the others', async () => {
    simulator = await startForTest();
    const { body } = await simulator.control('PATCH', '/settings', { quotas: { CreateKey: 50 } });
    expect(body.quotas).toMatchObject({ CreateKey: 50, ReplicateKey: 5 });
    await simulator.control('PATCH', '/settings', { quotasOn: false });
    const answers = await replicateAll(() => 'us-west-2', 40);
    expect(answers.every(({ status }) => status === 201)).toBe(true);
  });
});
