import { describe, expect, it } from 'vitest';
import { newKey } from '../../../../test/models/keys/new-key.ts';
import { newReplica } from '../../../../test/models/replica/new-replica.ts';
import { everywhere } from '../access/scope.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import type { ReplicaIdentity, ReplicaLife } from '../replica/life.ts';
import { afterPromotionLook } from './after-promotion-look.ts';
import { beforePromotion } from './before-promotion.ts';
import { preflightPromotion } from './preflight-promotion.ts';
import { promotionStanding } from './promotion-standing.ts';

const places = ['us-east-1', 'eu-west-1', 'ap-south-1'];
const move = { primary_region: 'us-east-1', region: 'eu-west-1' };

/** A set of three that has its primary in a Region, by every record but for what `other` says. */
function setWith(primary: string, other: Record<string, Partial<CckmKey>> = {}): CckmKey[] {
  return places.map((region) =>
    newKey({
      id: `in ${region}`,
      region,
      multiRegionKeyType: region === primary ? 'PRIMARY' : 'REPLICA',
      primaryKey: { arn: null, region: primary },
      replicaKeys: places.filter((place) => place !== primary).map((place) => ({ arn: null, region: place })),
      ...other[region],
    }),
  );
}
const named = (region: string) => ({ arn: null, region });

const now = new Date('2026-11-24T12:00:00Z');
const later = (ms: number) => new Date(now.getTime() + ms);
const watch = { pollMs: 1_000, timeoutMs: 20 * 60_000 };
const at = (time: Date) => ({ now: time, random: () => 0.5, watch, maxAttempts: 2, cckmIsDown: false });
const row = (life: Partial<ReplicaLife>): ReplicaIdentity & ReplicaLife => ({
  ...newReplica('AWS_KMS', now),
  operation: 'promote',
  state: 'replicating',
  ...life,
});

describe('where a set stands', () => {
  it('is confirmed by every member, or said of which not', () => {
    expect(promotionStanding(setWith('eu-west-1'), move)).toMatchObject({ moved: true, unconfirmed: [] });
    const stale = setWith('eu-west-1', {
      'us-east-1': { keyState: 'Updating' },
      'ap-south-1': { primaryKey: named('us-east-1') },
    });
    expect(promotionStanding(stale, move)).toMatchObject({
      moved: true,
      unconfirmed: [
        { id: 'in us-east-1', seen: 'us-east-1 is Updating' },
        { id: 'in ap-south-1', seen: "ap-south-1 names us-east-1 as the primary's" },
      ],
    });
  });

  it('has no primary while none or two claim to be it', () => {
    const none = setWith('us-east-1', { 'us-east-1': { multiRegionKeyType: 'REPLICA' } });
    const two = setWith('us-east-1', {
      'eu-west-1': { multiRegionKeyType: 'PRIMARY', primaryKey: named('eu-west-1') },
    });
    for (const members of [none, two])
      expect(promotionStanding(members, move)).toMatchObject({ primary: null, moved: false });
  });

  it('asks nothing of a third member but that it knows of the move', () => {
    const disabled = setWith('eu-west-1', { 'ap-south-1': { keyState: 'Disabled' } });
    expect(promotionStanding(disabled, move).unconfirmed).toEqual([]);
    const source = setWith('eu-west-1', { 'us-east-1': { keyState: 'Disabled' } });
    expect(promotionStanding(source, move).unconfirmed).toMatchObject([{ id: 'in us-east-1' }]);
  });
});

describe('preflight', () => {
  const check = (members: CckmKey[], region = 'eu-west-1') => {
    const primary = members.find(({ multiRegionKeyType }) => multiRegionKeyType === 'PRIMARY') ?? null;
    const key = primary ?? members[0] ?? null;
    return preflightPromotion({ reference: 'x', key, primary, members, alias: null, rivals: [] }, region, everywhere);
  };

  it('goes for a set whose two keys are Enabled, and for one that is there already says so', () => {
    expect(check(setWith('us-east-1'))).toEqual({ state: 'pending', warnings: [] });
    expect(check(setWith('eu-west-1'))).toMatchObject({ state: 'already_present', replica: { id: 'in eu-west-1' } });
  });

  it.each([
    ['no replica there', setWith('us-east-1').slice(0, 1), 'replica_missing'],
    ['a replica that is gone', setWith('us-east-1', { 'eu-west-1': { gone: true } }), 'replica_missing'],
    ['a disabled replica', setWith('us-east-1', { 'eu-west-1': { keyState: 'Disabled' } }), 'replica_not_usable'],
    [
      'one without material',
      setWith('us-east-1', { 'eu-west-1': { keyState: 'PendingImport' } }),
      'replica_not_usable',
    ],
    [
      'one to be deleted',
      setWith('us-east-1', { 'eu-west-1': { keyState: 'PendingDeletion' } }),
      'replica_pending_deletion',
    ],
    ['a disabled primary', setWith('us-east-1', { 'us-east-1': { keyState: 'Disabled' } }), 'key_disabled'],
    ['a primary that CCKM does not list', setWith('us-east-1').slice(1), 'primary_unknown'],
  ])('blocks %s', (_what, members, code) => {
    expect(check(members)).toMatchObject({ state: 'blocked', error: { code } });
  });

  it.each([
    ['a key that is updating', setWith('us-east-1', { 'us-east-1': { keyState: 'Updating' } })],
    ['a primary whose record lacks the replica', setWith('us-east-1', { 'us-east-1': { replicaKeys: [] } })],
    ['records that disagree', setWith('us-east-1', { 'us-east-1': { multiRegionKeyType: 'REPLICA' } })],
  ])('warns of what passes: %s', (_what, members) => {
    expect(check(members)).toMatchObject({ state: 'pending', warnings: [{ code: 'set_not_ready' }] });
  });
});

describe('before a call', () => {
  const before = (members: CckmKey[], life: Partial<ReplicaLife> = {}) => beforePromotion(row(life), members, at(now));

  it('the primary of now is called, wherever it has come to be since', () => {
    expect(before(setWith('us-east-1'))).toMatchObject({ call: { id: 'in us-east-1' } });
    expect(before(setWith('ap-south-1'))).toMatchObject({ call: { id: 'in ap-south-1' } });
  });

  it('nothing is called where it has moved: ours where an answer was lost, else there already', () => {
    expect(before(setWith('eu-west-1'), { lost_answer: true })).toMatchObject({
      decision: { changes: { state: 'succeeded', outcome: 'adopted', usable_at: now } },
    });
    expect(before(setWith('eu-west-1'))).toMatchObject({
      decision: { changes: { state: 'already_present', outcome: 'already_present' } },
    });
  });

  it('what passes is waited for, its old records refreshed, and no attempt is used up', () => {
    const members = setWith('us-east-1', { 'us-east-1': { replicaKeys: [] } });
    expect(before(members)).toMatchObject({
      decision: {
        changes: { state: 'pending', attempts: 0, failures: 0, error: { code: 'promotion_not_ready' } },
        refresh: ['in us-east-1'],
      },
    });
    const error = { code: 'promotion_not_ready', message: '', http_status: null, retryable: true, provider_code: null };
    const since = later(-21 * 60_000);
    expect(before(members, { error, error_since: since })).toMatchObject({
      decision: { changes: { state: 'failed' } },
    });
  });

  it('what does not pass is blocked', () => {
    expect(before(setWith('us-east-1', { 'eu-west-1': { keyState: 'Disabled' } }))).toMatchObject({
      decision: { changes: { state: 'blocked', error: { code: 'replica_not_usable' } } },
    });
  });
});

describe('after a look', () => {
  const accepted = { state: 'creating', outcome: 'created', accepted_at: now } as const;

  it('it succeeds once all confirm, and not before', () => {
    expect(afterPromotionLook(row(accepted), setWith('eu-west-1'), at(later(500))).changes).toMatchObject({
      state: 'succeeded',
      key_state: 'Enabled',
      replica_key_id: 'in eu-west-1',
    });
    const stale = setWith('eu-west-1', { 'ap-south-1': { primaryKey: named('us-east-1') } });
    const early = afterPromotionLook(row(accepted), stale, at(later(500)));
    expect(early.changes.state).toBeUndefined();
    expect(early.refresh).toEqual([]);
    expect(afterPromotionLook(row(accepted), stale, at(later(5_000))).refresh).toEqual(['in ap-south-1']);
    expect(afterPromotionLook(row(accepted), stale, at(later(20 * 60_000))).changes).toMatchObject({
      state: 'failed',
      lost_answer: true,
      error: { code: 'promotion_timeout', message: expect.stringContaining('ap-south-1 names us-east-1') },
    });
  });

  it('a lost answer is called again only after three looks over two seconds that find the primary elsewhere', () => {
    const lost = (absences: number) => row({ unsettled_since: now, lost_answer: true, absences });
    const elsewhere = setWith('us-east-1');
    const first = afterPromotionLook(lost(0), elsewhere, at(later(2_500)));
    expect(first).toMatchObject({ changes: { absences: 1 }, refresh: ['in us-east-1', 'in eu-west-1'] });
    expect(first.changes.state).toBeUndefined();
    expect(afterPromotionLook(lost(2), elsewhere, at(later(1_000))).changes.state).toBeUndefined();
    expect(afterPromotionLook(lost(2), elsewhere, at(later(2_000))).changes).toMatchObject({
      state: 'pending',
      unsettled_since: null,
    });
    expect(afterPromotionLook(lost(2), setWith('eu-west-1'), at(later(2_000))).changes).toMatchObject({
      state: 'succeeded',
      outcome: 'adopted',
    });
  });

  it('a lost answer is never called again while the records do not agree', () => {
    const moving = setWith('eu-west-1', { 'eu-west-1': { multiRegionKeyType: 'REPLICA' } });
    const lost = row({ unsettled_since: now, lost_answer: true, absences: 2 });
    const look = afterPromotionLook(lost, moving, at(later(60_000)));
    expect(look.changes).toMatchObject({ absences: 0 });
    expect(look.changes.state).toBeUndefined();
    expect(look.refresh).toHaveLength(3);
    expect(afterPromotionLook(lost, moving, at(later(21 * 60_000))).changes).toMatchObject({
      state: 'failed',
      error: { code: 'promotion_timeout' },
    });
  });
});
