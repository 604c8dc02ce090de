import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

const region = 'eu-west-1';
const hostile = 'a\0b\ud83dc\ude00d';
const clean = 'a\ufffdb\ufffdc\ufffdd';

describe('a text of CCKM that Postgres cannot store', () => {
  it.each([
    ['NUL in an error', { awsError: { name: 'LimitExceededException', message: hostile } }, 'limit_exceeded'],
    [
      'surrogates that truncation cuts',
      { awsError: { name: 'TagException', message: `x${'😀'.repeat(600)}` } },
      'invalid_tag',
    ],
    [
      'a compressed page',
      { html: true, status: 403, compress: { encoding: 'gzip', declared: true } },
      'unreadable_answer',
    ],
    [
      'a compressed page that does not say so',
      { html: true, status: 403, compress: { encoding: 'gzip', declared: false } },
      'unreadable_answer',
    ],
    ['bytes that are no text', { garbageBytes: 3_000, status: 403 }, 'unreadable_answer'],
  ])('fails its own replica and holds up no other: %s', async (_what, effect, code) => {
    const keys = await keyferry.simulator.makeKeys({ count: 6, account: newAccount() });
    const bad = keys[2];
    await keyferry.simulator.addFaults({ operation: 'replicate-key', key: bad?.id, effect });
    const plan = await keyferry.run({
      name: 'hostile',
      keys: keys.map(({ id }) => id),
      regions: [region],
      options: { max_attempts: 1 },
    });
    expect(plan.counts).toMatchObject({ succeeded: 5, failed: 1 });
    const failed = (await keyferry.replicas(plan.id)).find(({ key_id }) => key_id === bad?.id);
    expect(failed).toMatchObject({ state: 'failed', error: { code } });
    const message = failed?.error?.message ?? '';
    expect(message.isWellFormed() && !message.includes('\0')).toBe(true);
    if (code === 'limit_exceeded') expect(message).toContain(clean);
    if ('html' in effect) expect(message).toContain('403 from a proxy');
    if ('garbageBytes' in effect) expect(message).toContain('[binary data, 3,000 bytes]');
  });

  it('breaks neither selectors nor coverage nor the list of keys, and spoils no other key', async () => {
    const account = newAccount();
    const keys = await keyferry.simulator.makeKeys({ count: 4, account, tags: { hostile: account } });
    const [one, two] = keys;
    for (const key of [one, two]) {
      await keyferry.simulator.control('PATCH', `/keys/${key?.id}`, {
        description: hostile,
        tags: [
          { TagKey: 'hostile', TagValue: account },
          { TagKey: hostile, TagValue: hostile },
        ],
      });
    }
    const selector = { account };
    const plan = await keyferry.run({ name: 'by selector', selector, regions: [region] });
    expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 4, succeeded: 4 } });

    const { id } = await keyferry.client.request('POST /v1/coverage/checks', {
      body: {
        name: 'hostile',
        selector,
        regions: [region],
        same_as_primary: ['description', 'tags'],
      },
    });
    const check = await until(
      'the check is done',
      () => keyferry.client.request('GET /v1/coverage/checks/{id}', { id }),
      ({ state }) => state === 'done' || state === 'failed',
    );
    expect(check).toMatchObject({ state: 'done', counts: { total: 4, unknown: 0, missing: 0 } });

    const listed = await until(
      'the keys are listed',
      () => keyferry.client.request('GET /v1/keys', { query: { q: account, limit: 50 } }),
      ({ items, read_at, error }) => error !== null || (read_at !== null && items.length === 4),
    );
    expect(listed.error).toBeNull();
  });
});

it('an answer that is compressed although nobody asked for it is read as any other', async () => {
  const key = (await keyferry.simulator.makeKeys({ account: newAccount() }))[0];
  const compress = { encoding: 'br', declared: true };
  await keyferry.simulator.control('PUT', '/faults', [
    { operation: 'list-keys', effect: { compress } },
    { operation: 'replicate-key', effect: { compress: { encoding: 'gzip', declared: false } } },
  ]);
  const plan = await keyferry.run({ name: 'compressed', keys: [key?.id ?? ''], regions: [region] });
  expect(plan.state).toBe('succeeded');
  await keyferry.simulator.control('DELETE', '/faults');
});
