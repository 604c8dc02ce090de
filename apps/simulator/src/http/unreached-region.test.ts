import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
afterEach(() => simulator.stop());

const members = async (mrk: string) => Number((await simulator.aws('GET', `/keys?keyid=${mrk}`)).body.total);

describe('a call of which CCKM’s AWS client got no answer', () => {
  it.each([
    [
      'classic',
      'no_such_host',
      'Error Replicating AWS Key : RequestError: send request failed\ncaused by: Post "https://kms.us-east-1.amazonaws.com/": dial tcp: lookup kms.us-east-1.amazonaws.com on 10.96.0.10:53: no such host',
    ],
    [
      'sdk2',
      'deadline',
      'Error Replicating AWS Key : operation error KMS: ReplicateKey, https response error StatusCode: 0, RequestID: , request send failed, Post "https://kms.us-east-1.amazonaws.com/": context deadline exceeded',
    ],
    [
      'classic',
      'canceled',
      'Error Replicating AWS Key : RequestCanceled: request context canceled\ncaused by: context canceled',
    ],
  ])('is CCKM’s 400, in the words of that client: %s %s', async (errorStyle, kind, message) => {
    simulator = await startForTest({ errorStyle });
    const key = await simulator.makeKey();
    await simulator.control('POST', '/faults', { operation: 'replicate-key', effect: { awsTransport: { kind } } });
    const { status, body } = await simulator.replicate(key.id, 'us-west-2');
    expect({ status, message: body.message, codeDesc: body.codeDesc }).toEqual({
      status: 400,
      message,
      codeDesc: 'NCERRBadRequest: Bad HTTP request',
    });
    expect(await members(key.mrk)).toBe(1);
  });

  it('may have done its work, and have another status and text', async () => {
    simulator = await startForTest();
    const key = await simulator.makeKey();
    const effect = { awsTransport: { message: 'unexpected EOF' }, status: 500, afterWork: true };
    await simulator.control('POST', '/faults', { operation: 'replicate-key', effect });
    const { status, body } = await simulator.replicate(key.id, 'us-west-2');
    expect({ status, message: body.message }).toEqual({
      status: 500,
      message: 'Error Replicating AWS Key : unexpected EOF',
    });
    expect(await members(key.mrk)).toBe(2);
  });
});

describe('an unreachable Region', () => {
  it('fails the calls into it, whether it is the primary’s or the replica’s, and no others, until it is back', async () => {
    simulator = await startForTest({ unreachableRegions: ['us-west-2', 'eu-central-1'], unreachableStatus: 422 });
    const [key, far] = [await simulator.makeKey(), await simulator.makeKey({ region: 'eu-central-1' })];
    const answers = [
      await simulator.replicate(key.id, 'us-west-2'),
      await simulator.replicate(far.id, 'eu-west-1'),
      await simulator.replicate(key.id, 'eu-west-1'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 201]);
    expect(answers[0]?.body.message).not.toContain('us-east-1');
    await simulator.control('PATCH', '/settings', { unreachableRegions: [] });
    expect((await simulator.replicate(key.id, 'us-west-2')).status).toBe(201);
  });

  it('does a share of the work all the same', async () => {
    simulator = await startForTest({ unreachableRegions: ['us-west-2'], unreachableAfterWork: 1 });
    const key = await simulator.makeKey();
    expect((await simulator.replicate(key.id, 'us-west-2')).status).toBe(400);
    expect(await members(key.mrk)).toBe(2);
  });
});
