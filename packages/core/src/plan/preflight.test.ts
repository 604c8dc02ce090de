import { describe, expect, it } from 'vitest';
import { newKey as key, newReplicaKey as replica } from '../../../../test/models/keys/new-key.ts';
import { everywhere } from '../access/scope.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { unknownKey } from '../keys/resolved-key.ts';
import { preflight, skippingSameRegion } from './preflight.ts';

const resolved = (one: CckmKey, members = [one]) => ({
  reference: 'mrk-1',
  key: one,
  primary: members.find(({ multiRegionKeyType }) => multiRegionKeyType === 'PRIMARY') ?? null,
  members,
  alias: one.aliases[0] ?? null,
  rivals: [],
});
const check = (
  one: CckmKey,
  { region = 'eu-west-1', members = [one] }: { region?: string; members?: CckmKey[] } = {},
) => preflight(resolved(one, members), region, everywhere);

describe('preflight', () => {
  it.each([
    ['Enabled', []],
    ['Creating', ['primary_creating']],
    ['Updating', ['primary_updating']],
    [null, []],
  ])('lets a primary go that is %s, and warns of what passes by itself: %j', (keyState, codes) => {
    const { state, warnings } = check(key({ keyState }));
    expect(state).toBe('pending');
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it.each<[string, Partial<CckmKey>, string | undefined]>([
    ['not_multi_region', { multiRegion: false, multiRegionKeyType: null }, undefined],
    ['not_primary', { multiRegionKeyType: 'REPLICA' }, undefined],
    ['same_region', {}, 'us-east-1'],
    ['other_partition', {}, 'cn-north-1'],
    ['other_partition', {}, 'us-gov-west-1'],
    ['key_disabled', { keyState: 'Disabled' }, undefined],
    ['key_pending_deletion', { keyState: 'PendingDeletion' }, undefined],
    ['key_pending_deletion', { keyState: 'PendingReplicaDeletion' }, undefined],
    ['key_pending_import', { keyState: 'PendingImport' }, undefined],
    ['invalid_state', { keyState: 'Unavailable' }, undefined],
    ['key_not_found', { gone: true }, undefined],
    ['unknown_region', {}, 'eu-west-99'],
    ['other_partition', { region: 'us-gov-east-1' }, 'us-east-2'],
    // A custom key store's key is never multi-Region.
    ['not_multi_region', { origin: 'AWS_CLOUDHSM', multiRegion: false, multiRegionKeyType: null }, undefined],
  ])('blocks with %s', (code, more, region) => {
    const answer = check(key(more), region ? { region } : {});
    expect(answer).toMatchObject({ state: 'blocked', error: { code, retryable: false } });
    // A sentence, and what to do about it.
    expect(answer.state === 'blocked' && answer.error.message).toMatch(/\. .+\.$/);
  });

  it("skips the primary's own Region where the plan says so, and lets every other verdict stand", () => {
    const one = resolved(key());
    const skipped = skippingSameRegion(preflight(one, 'us-east-1', everywhere), one, 'us-east-1');
    expect(skipped).toMatchObject({ state: 'already_present', replica: { region: 'us-east-1' }, diff: [] });
    expect(skipped.warnings.map(({ code }) => code)).toEqual(['same_region_skipped']);
    for (const region of ['eu-west-1', 'cn-north-1']) {
      const verdict = preflight(one, region, everywhere);
      expect(skippingSameRegion(verdict, one, region)).toBe(verdict);
    }
  });

  it('names the primary of a replica', () => {
    const answer = preflight(resolved(replica(), [key(), replica()]), 'ap-southeast-2', everywhere);
    expect(answer).toMatchObject({ error: { message: expect.stringContaining('alias/a in us-east-1') } });
  });

  it('names the reference that CCKM does not list', () => {
    const answer = preflight(unknownKey('mrk-9'), 'eu-west-1', everywhere);
    expect(answer).toMatchObject({ error: { code: 'unknown_key', message: expect.stringContaining('mrk-9') } });
  });

  it('keeps to the scope of the plan, and tells nothing of what lies in other accounts', () => {
    const inside = { accounts: ['111122223333'], regions: ['eu-west-1'] };
    const codeOf = (...asked: Parameters<typeof preflight>) => {
      const answer = preflight(...asked);
      return answer.state === 'blocked' ? answer.error.code : answer.state;
    };
    expect(codeOf(resolved(key()), 'eu-west-1', inside)).toBe('pending');
    expect(codeOf(resolved(key()), 'eu-west-2', inside)).toBe('out_of_scope');
    const elsewhere = [key({ account: '999999999999' }), key({ account: null })].map((one) => resolved(one));
    const answers = [...elsewhere, unknownKey('mrk-1')].map((one) => preflight(one, 'eu-west-1', inside));
    expect(answers[0]).toMatchObject({ state: 'blocked', error: { code: 'out_of_scope' } });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(codeOf(unknownKey('mrk-1'), 'eu-west-1', { ...inside, accounts: null })).toBe('unknown_key');
  });

  it('leaves alone what is there, and says so when that is being deleted', () => {
    const there = replica();
    expect(check(key(), { members: [key(), there] })).toMatchObject({
      state: 'already_present',
      replica: there,
      warnings: [],
    });
    expect(check(key(), { members: [key(), replica({ keyState: 'PendingDeletion' })] })).toMatchObject({
      error: { code: 'replica_pending_deletion' },
    });
    expect(check(key(), { members: [key(), replica({ gone: true })] }).state).toBe('pending');
  });

  it('says which keys an alias may mean instead of choosing one', () => {
    const rivals = Array.from({ length: 7 }, (_, i) => key({ id: `${i}`, keyId: `mrk-${i}` }));
    const answer = preflight({ ...unknownKey('alias/a'), rivals }, 'eu-west-1', everywhere);
    expect(answer).toMatchObject({
      error: {
        code: 'ambiguous_alias',
        message: expect.stringMatching(/alias\/a names 7 keys: mrk-0 in 111122223333 us-east-1, .* and 2 more\./),
      },
    });
  });

  it.each(['Disabled', 'PendingImport', 'Creating'])('warns of a replica that is there and %s', (keyState) => {
    const answer = check(key(), { members: [key(), replica({ keyState })] });
    expect(answer).toMatchObject({ state: 'already_present', warnings: [{ code: 'replica_not_enabled' }] });
  });

  it('calls a replica present even when its primary is disabled: nothing is to be done', () => {
    const primary = key({ keyState: 'Disabled' });
    expect(check(primary, { members: [primary, replica()] }).state).toBe('already_present');
  });
});
