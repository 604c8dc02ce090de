import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
afterEach(() => simulator.stop());

const members = async (mrk: string) => Number((await simulator.aws('GET', `/keys?keyid=${mrk}`)).body.total);
const replicateWith = async (effect: object, rest: object = {}) => {
  simulator = await startForTest();
  const key = await simulator.makeKey();
  await simulator.control('PUT', '/faults', [{ operation: 'replicate-key', effect, ...rest }]);
  const answer = await simulator.replicate(key.id, 'us-west-2').catch(() => null);
  const [entry] = (await simulator.control('GET', '/ledger?operation=replicate-key')).body as unknown as object[];
  return { answer, entry, members: await members(key.mrk) };
};

describe('faults', () => {
  it('cut the connection before anything is done', async () => {
    const { answer, entry, members } = await replicateWith({ dropBefore: true });
    expect({ answer, members }).toEqual({ answer: null, members: 1 });
    expect(entry).toMatchObject({ fault: 'dropBefore', workDone: false, httpStatus: null });
  });

  it('cut the connection when the work is done', async () => {
    const { answer, entry, members } = await replicateWith({ dropAfter: true });
    expect({ answer, members }).toEqual({ answer: null, members: 2 });
    expect(entry).toMatchObject({ fault: 'dropAfter', workDone: true, httpStatus: null });
  });

  it('lose half of the answer', async () => {
    const { answer, members } = await replicateWith({ truncate: true });
    expect({ answer, members }).toEqual({ answer: null, members: 2 });
  });

  it('answer with an error of AWS or of HTTP and do nothing', async () => {
    const aws = await replicateWith({ awsError: { name: 'KMSInternalException', message: 'try again' } });
    expect(aws.answer?.body.message).toBe('Error Replicating AWS Key : KMSInternalException: try again');
    expect(aws.members).toBe(1);
    await simulator.stop();
    const http = await replicateWith({ status: 503, retryAfter: '7' });
    expect(http).toMatchObject({ answer: { status: 503 }, members: 1 });
  });

  it('compress an answer, and say so or not', async () => {
    simulator = await startForTest();
    const key = await simulator.makeKey();
    for (const declared of [true, false]) {
      for (const [encoding, decompress] of [
        ['gzip', gunzipSync],
        ['br', brotliDecompressSync],
      ] as const) {
        const compress = { encoding, declared };
        await simulator.control('PUT', '/faults', { operation: 'get-key', effect: { compress, html: true } });
        const { status, headers, bytes } = await simulator.raw(`/keys/${key.id}`);
        expect([status, headers.get('content-encoding')]).toEqual([502, declared ? encoding : null]);
        // What fetch has decompressed already by the header is not compressed any more.
        expect((declared ? bytes : decompress(bytes)).toString()).toContain('502 from a proxy');
      }
    }
    await simulator.control('PUT', '/faults', { operation: 'get-key', effect: { garbageBytes: 300 } });
    const garbage = await simulator.raw(`/keys/${key.id}`);
    expect([garbage.status, garbage.bytes.length]).toEqual([502, 300]);
  });

  it('hit the calls that a rule means, and no others', async () => {
    simulator = await startForTest();
    const [one, two] = await simulator.makeKeys({ count: 2 });
    await simulator.control('POST', '/faults', {
      operation: 'get-key',
      keyId: two?.id,
      nth: 2,
      effect: { status: 500 },
    });
    const statuses = [];
    for (const key of [one, two, two, two]) statuses.push((await simulator.aws('GET', `/keys/${key?.id}`)).status);
    expect(statuses).toEqual([200, 200, 500, 200]);
    await simulator.control('DELETE', '/faults');
    expect((await simulator.control('GET', '/faults')).body).toEqual([]);
  });

  it('can be an outage of everything or of the logins alone', async () => {
    simulator = await startForTest();
    await simulator.control('POST', '/outage', { on: true, kind: '503' });
    expect((await simulator.aws('GET', '/keys')).status).toBe(503);
    await simulator.control('POST', '/outage', { kind: 'login' });
    expect((await simulator.aws('GET', '/keys')).status).toBe(200);
    expect((await simulator.logIn()).status).toBe(503);
    await simulator.control('POST', '/outage', { kind: 'drop' });
    await expect(simulator.aws('GET', '/keys')).rejects.toThrow();
    await simulator.control('POST', '/outage', { on: false });
    expect((await simulator.aws('GET', '/keys')).status).toBe(200);
  });
});

describe('a reset', () => {
  it('brings back the same keys with the same ids, without faults, logins or a ledger', async () => {
    simulator = await startForTest({}, { keys: [{ count: 3, aliasPrefix: 'alias/a' }] });
    const keys = async () =>
      ((await simulator.control('GET', '/keys')).body as unknown as { id: string; region: string }[]).map(
        ({ id }) => id,
      );
    const before = await keys();
    await simulator.replicate(String(before[0]), 'us-west-2');
    await simulator.control('PATCH', '/settings', { quotasOn: false });
    await simulator.control('POST', '/reset');
    expect(await keys()).toEqual(before);
    expect((await simulator.control('GET', '/settings')).body.quotasOn).toBe(true);
    expect((await simulator.control('GET', '/ledger')).body).toEqual([]);
    expect((await simulator.aws('GET', '/keys')).status).toBe(401);
  });
});

describe('faults that lie', () => {
  it('let the work land after the connection was cut', async () => {
    simulator = await startForTest();
    const key = await simulator.makeKey();
    await simulator.control('PUT', '/faults', [{ operation: 'replicate-key', effect: { lateMs: 30 } }]);
    expect(await simulator.replicate(key.id, 'us-west-2').catch(() => null)).toBe(null);
    await vi.waitFor(async () => expect(await members(key.mrk)).toBe(2));
    const [entry] = (await simulator.control('GET', '/ledger?operation=replicate-key')).body as unknown as object[];
    expect(entry).toMatchObject({ fault: 'lateMs', workDone: true, httpStatus: null });
  });

  it('answer 200 with an error inside, the work done or not', async () => {
    const idle = await replicateWith({ envelope: true });
    expect(idle.answer).toMatchObject({ status: 200, body: { codeDesc: expect.stringMatching(/^NCERRInternal/) } });
    expect(idle.members).toBe(1);
    await simulator.stop();
    expect((await replicateWith({ envelope: true, afterWork: true })).members).toBe(2);
  });

  it('say that AWS failed although the replica was made', async () => {
    const awsError = { name: 'ThrottlingException', message: 'Slow down.' };
    const { answer, entry, members } = await replicateWith({ awsError, afterWork: true });
    expect(answer?.status).toBe(400);
    expect(entry).toMatchObject({ workDone: true, metered: true, awsError: 'ThrottlingException' });
    expect(members).toBe(2);
  });
});

it('answers every other read from a node that lags', async () => {
  simulator = await startForTest({ laggingNodeMs: 500 });
  simulator.pass(1_000);
  const key = await simulator.makeKey();
  simulator.pass(600);
  await simulator.replicate(key.id, 'us-west-2');
  simulator.pass(100);
  expect([await members(key.mrk), await members(key.mrk), await members(key.mrk)].sort()).toEqual([1, 1, 2]);
  simulator.pass(500);
  expect([await members(key.mrk), await members(key.mrk)]).toEqual([2, 2]);
});
