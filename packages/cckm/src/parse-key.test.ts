import { describe, expect, it } from 'vitest';
import { parseKey, parseRotation } from './parse-key.ts';
import { isAbout, parseSynchronization } from './synchronization.ts';
import { inWholeSeconds } from './time-text.ts';

const keyWith = (aws: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  parseKey({ id: 'k1', aws_param: aws, ...more });
const tier = [{ key: 'tier', value: '1' }];

describe('the tags of a key', () => {
  it.each([
    ['as documented', { Tags: [{ TagKey: 'tier', TagValue: '1' }] }],
    ['of a replica', { ReplicaTags: [{ TagKey: 'tier', TagValue: '1' }] }],
    ['of a replica, with Tags null', { Tags: null, ReplicaTags: { tier: 1 } }],
    ['in lower case', { Tags: [{ key: 'tier', value: '1' }] }],
    ['as AWS writes them', { Tags: [{ Key: 'tier', Value: '1' }] }],
    ['as CCKM takes them', { Tags: [{ tag_key: 'tier', tag_value: '1' }] }],
    ['as an object', { Tags: { tier: '1' } }],
    ['as JSON in a string', { Tags: '[{"TagKey":"tier","TagValue":"1"}]' }],
    ['beside what is none', { Tags: [null, 'x', { TagKey: 'tier', TagValue: '1' }, { TagValue: 'y' }] }],
  ])('are read %s', (_how, aws) => {
    expect(keyWith(aws)?.tags).toEqual(tier);
  });

  it('are none where none are stated', () => {
    for (const Tags of [undefined, null, [], {}, '', 'no json', 7]) expect(keyWith({ Tags })?.tags).toEqual([]);
  });

  it('are those of now where both are stated', () => {
    expect(keyWith({ Tags: [], ReplicaTags: [{ TagKey: 'old', TagValue: '' }] })?.tags).toEqual([]);
  });
});

describe('the policy of a key', () => {
  const policy = { Version: '2012-10-17', Statement: [] };
  it.each([
    ['an object', { Policy: policy }],
    ['text', { Policy: JSON.stringify(policy) }],
    ['that of a replica', { ReplicaPolicy: policy }],
    ['that of a replica, as text', { Policy: '', ReplicaPolicy: JSON.stringify(policy) }],
    ['that of a replica, with an empty one', { Policy: {}, ReplicaPolicy: policy }],
  ])('is read as %s', (_how, aws) => {
    expect(keyWith(aws)?.policy).toEqual(policy);
  });
});

it('a key states its source tier, and what a rotation made of it', () => {
  expect(
    keyWith({}, { source_key_tier: 'hsm-luna', key_source: 'LunaHSM', rotated_to: 'k2', rotated_from: '' }),
  ).toMatchObject({ sourceKeyTier: 'hsm-luna', keySource: 'LunaHSM', rotatedTo: 'k2', rotatedFrom: null });
});

it('times are read as text, and as seconds or milliseconds since 1970', () => {
  const at = '2027-01-15T08:00:00.000Z';
  for (const ValidTo of [at, 1_800_000_000, 1_800_000_000_000, '1800000000']) {
    expect(keyWith({ ValidTo })?.validTo).toBe(at);
    expect(parseRotation({ aws_param: { ValidTo } })?.validTo).toBe(at);
  }
});

it('an expiry is sent in whole seconds of UTC', () => {
  expect(inWholeSeconds('2027-01-15T08:00:00Z')).toBe('2027-01-15T08:00:00Z');
  expect(inWholeSeconds('2027-01-15T08:00:00.999Z')).toBe('2027-01-15T08:00:00Z');
  expect(inWholeSeconds('2027-01-15T10:00:00.5+02:00')).toBe('2027-01-15T08:00:00Z');
  expect(inWholeSeconds('1800000000')).toBe('2027-01-15T08:00:00Z');
  expect(inWholeSeconds('soon')).toBeNull();
});

describe('a synchronisation', () => {
  const place = { account: '111122223333', region: 'eu-west-1' };
  const fails = (detail: unknown) =>
    parseSynchronization({ overall_status: 'completed', detailed_status: detail }).failures.some((one) =>
      isAbout(one, place),
    );

  it.each([
    ['by account, then Region', { '111122223333': { 'eu-west-1': 'Failed: AccessDeniedException' } }],
    ['by container, then Region', { 'aws-main': { 'eu-west-1': { status: 'failed', error: 'no such host' } } }],
    ['as a list', [{ account_id: '111122223333', region: 'eu-west-1', status: 'FAILED' }]],
    ['as a list of containers', [{ kms: 'aws-main', regions: [{ region: 'eu-west-1', error: 'denied' }] }]],
    ['as JSON in a string', '{"111122223333":{"eu-west-1":"error"}}'],
  ])('states its failures %s', (_how, detail) => {
    expect(fails(detail)).toBe(true);
    expect(fails(JSON.parse(JSON.stringify(detail).replaceAll('eu-west-1', 'us-west-2')))).toBe(false);
  });

  it('is running, done or failed', () => {
    const state = (overall_status?: string) => parseSynchronization({ id: 'j', overall_status }).state;
    expect(['in_progress', undefined, 'completed', 'success', 'failed', 'cancelled'].map(state)).toEqual([
      'running',
      'running',
      'done',
      'done',
      'failed',
      'failed',
    ]);
    expect(fails({ '111122223333': { 'eu-west-1': 'Success' } })).toBe(false);
  });
});
