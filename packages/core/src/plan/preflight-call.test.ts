import { describe, expect, it } from 'vitest';
import { newKey } from '../../../../test/models/keys/new-key.ts';
import { type PairBlock, readBlocks } from './block-of-pair.ts';
import { type CallFacts, preflightCall } from './preflight-call.ts';
import { type PlanSpecInput, planSpecSchema } from './spec.ts';

const now = new Date('2026-11-24T00:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString();
const nothingWrong: CallFacts = {
  managedRegions: new Set(['us-east-1', 'eu-west-1']),
  aliasHolder: null,
  keysListed: 10,
  keysPlanned: 0,
  keyQuota: 100_000,
  importSourceUnknown: false,
  inFlightIn: null,
  now,
};
function pairOf(replica: PlanSpecInput['replica'], alias: string | null = 'alias/a'): PairBlock {
  const spec = planSpecSchema.parse({ name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], replica });
  const key = {
    key_id: 'id',
    mrk: 'mrk-1',
    arn: '',
    aliases: [],
    alias,
    account: '',
    primary_region: '',
    from_primary: null,
  };
  return readBlocks(spec)(key, 'eu-west-1');
}
const plain = pairOf({});
const check = (facts: Partial<CallFacts>, pair = plain, key = newKey()) =>
  preflightCall(key, 'eu-west-1', pair, { ...nothingWrong, ...facts });
const warnings = (...of: Parameters<typeof check>) => check(...of).warnings.map(({ code }) => code);

describe('before a call', () => {
  it('nothing is said where nothing is wrong', () => {
    expect(check({})).toEqual({ state: 'pending', warnings: [] });
  });

  const manyTags = Array.from({ length: 50 }, (_, i) => ({ TagKey: `t${i}`, TagValue: '' }));
  it.each<[string, Partial<CallFacts>, PairBlock]>([
    ['region_not_enabled', { managedRegions: new Set(['us-east-1']) }, plain],
    ['alias_taken', { aliasHolder: 'the key mrk-2' }, pairOf({ aws_param: { Alias: 'x' } })],
    ['import_source_unknown', { importSourceUnknown: true }, plain],
    ['key_quota_exceeded', { keysListed: 100_000 }, plain],
    ['key_quota_exceeded', { keysListed: 99_990, keysPlanned: 10 }, plain],
    ['template_without_alias', {}, pairOf({ aws_param: { Alias: '{alias}' } }, null)],
    ['alias_out_of_bounds', {}, pairOf({ aws_param: { Alias: '{alias}' } }, `alias/${'x'.repeat(251)}`)],
    ['description_out_of_bounds', {}, pairOf({ aws_param: { Description: '{alias}'.repeat(1100) } }, 'alias/12345678')],
    ['tags_out_of_bounds', {}, pairOf({ aws_param: { Tags: manyTags }, policytemplate: 't' })],
    ['origin_mismatch', {}, pairOf({ aws_param: { Origin: 'EXTERNAL' } })],
  ])('it is blocked with %s', (code, facts, pair) => {
    const answer = check(facts, pair);
    expect(answer).toMatchObject({ state: 'blocked', error: { code, retryable: false, http_status: null } });
    expect(answer.state === 'blocked' && answer.error.message).toMatch(/\. .+\.$/);
  });

  it('a Region of a container is enabled, and one that CCKM does not tell of is only warned of', () => {
    expect(check({ managedRegions: null })).toMatchObject({
      state: 'pending',
      warnings: [{ code: 'region_not_checked' }],
    });
  });

  it('an opt-in Region is said to be one', () => {
    const answer = preflightCall(newKey(), 'eu-south-1', plain, nothingWrong);
    expect(answer.state === 'blocked' && answer.error.message).toContain('must opt in to eu-south-1');
  });

  it('the last key that fits the quota goes, with a warning from nine tenths on', () => {
    expect(check({ keysListed: 99_990, keysPlanned: 9 })).toMatchObject({
      state: 'pending',
      warnings: [{ code: 'key_quota_near', message: expect.stringContaining('100000 of 100000') }],
    });
    expect(warnings({ keysListed: 89_999 })).toEqual([]);
    expect(warnings({ keysListed: 90_000 })).toEqual(['key_quota_near']);
    expect(warnings({ keysListed: null, keysPlanned: 200_000 })).toEqual([]);
  });

  it('material that expires within 30 days is warned of', () => {
    const expiring = (validTo: string | null, expirationModel = 'KEY_MATERIAL_EXPIRES') =>
      warnings({}, plain, newKey({ origin: 'EXTERNAL', validTo, expirationModel }));
    expect(expiring(inDays(29))).toEqual(['material_expires_soon']);
    expect(expiring(inDays(31))).toEqual([]);
    expect(expiring(inDays(1), 'KEY_MATERIAL_DOES_NOT_EXPIRE')).toEqual([]);
    expect(expiring(null)).toEqual([]);
  });

  it('a pair that another plan has in flight is warned of, and names that plan', () => {
    expect(check({ inFlightIn: 'The plan "other"' })).toMatchObject({
      state: 'pending',
      warnings: [{ code: 'in_flight_elsewhere', message: expect.stringContaining('"other"') }],
    });
  });
});
