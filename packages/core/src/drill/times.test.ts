import { describe, expect, it } from 'vitest';
import type { DrillItem } from './drill-item.ts';
import { lostTime, nearestRank, tallyTimes } from './times.ts';

const nothing = { approval_ms: 0, paused_ms: 0, throttled_ms: 0, retries_ms: 0 };

describe('the time that a key × Region lost', () => {
  const still = { declaredAt: 0, approvals: [], pauses: [] };

  it('to throttling and to other errors goes from the failed call to the next one, and not beyond its end', () => {
    const calls = [
      { startedAt: 100, error: 'throttled' },
      { startedAt: 300, error: 'connection_lost' },
      { startedAt: 350, error: null },
    ];
    expect(lostTime(still, calls, 1_000)).toEqual({ ...nothing, throttled_ms: 200, retries_ms: 50 });
    expect(lostTime(still, calls, 250)).toEqual({ ...nothing, throttled_ms: 150 });
  });

  it('is none after a call that failed for good', () => {
    expect(lostTime(still, [{ startedAt: 100, error: 'access_denied' }], 1_000)).toEqual(nothing);
  });

  it('counts no moment twice: a pause comes before approvals, and those before calls', () => {
    const drill = { declaredAt: 0, approvals: [{ from: 0, to: 100 }], pauses: [{ from: 50, to: 200 }] };
    const calls = [
      { startedAt: 150, error: 'throttled' },
      { startedAt: 260, error: null },
    ];
    expect(lostTime(drill, calls, 1_000)).toEqual({ ...nothing, paused_ms: 150, approval_ms: 50, throttled_ms: 60 });
  });

  it('is never less than none, whatever lies before the declaration or after the end', () => {
    const drill = { declaredAt: 500, approvals: [{ from: 0, to: 100 }], pauses: [{ from: 900, to: 950 }] };
    expect(lostTime(drill, [], 600)).toEqual(nothing);
  });
});

describe('the nearest-rank percentile', () => {
  it('is the smallest time that so many lie at or below', () => {
    const times = [5, 1, 4, 2, 3];
    expect([0, 20, 50, 95, 100].map((percent) => nearestRank(times, 5, percent))).toEqual([1, 1, 3, 5, 5]);
  });

  it('is not known where the rank falls on one that was not reached', () => {
    expect([50, 95].map((percent) => nearestRank([1, 2, 3], 4, percent))).toEqual([2, null]);
    expect(nearestRank([], 0, 50)).toBeNull();
  });
});

describe('RTO and RPO', () => {
  const item = (changes: Partial<DrillItem>): DrillItem => ({
    key_id: 'k',
    mrk: 'mrk-1',
    key_arn: null,
    alias: null,
    account: '1',
    primary_region: 'us-east-1',
    origin: 'AWS_KMS',
    region: 'eu-west-1',
    replica_key_id: null,
    replica_arn: null,
    before: 'missing',
    state: 'covered',
    code: null,
    message: null,
    replication: null,
    outcome: null,
    attempts: 0,
    error: null,
    first_call_at: null,
    accepted_at: null,
    usable_at: null,
    promoted_at: null,
    proven_at: null,
    proven_by: null,
    reached_ms: 10,
    reached_by: 'usable',
    lost: nothing,
    material: { equal: true, compared_by: 'current_material', ids: [], primary_ids: [], valid_to: null },
    differs_in: [],
    ...changes,
  });
  const of = (
    items: Partial<DrillItem>[],
    targets: { rtoMs: number | null; rpoMs: number | null } = { rtoMs: 10, rpoMs: 0 },
  ) => {
    const tally = tallyTimes(targets);
    for (const changes of items) tally.add(item(changes));
    return tally.times();
  };

  it('are met when every one is known to be', () => {
    const { rto, rpo } = of([{}, { region: 'eu-west-2' }]);
    expect([rto.total.met, rpo.total.met]).toEqual([true, true]);
  });

  it('are missed by one that is late, or other, or not known, and by nothing at all', () => {
    expect(of([{}, { reached_ms: 11 }]).rto.total).toMatchObject({ within_target: 1, max_ms: 11, met: false });
    expect(of([{}, { reached_ms: null }]).rto.total).toMatchObject({
      p50_ms: 10,
      p95_ms: null,
      max_ms: null,
      met: false,
    });
    const unknown = { equal: null, compared_by: null, ids: [], primary_ids: [], valid_to: null };
    expect(of([{}, { material: unknown }]).rpo.total).toMatchObject({ compared: 1, equal: 1, met: false });
    expect(of([{}, { material: { ...unknown, equal: false } }]).rpo.total.met).toBe(false);
    expect(of([]).rto.total.met).toBe(false);
  });

  it('say what they were measured to, and count what was proven by material and by key id apart', () => {
    const byKeyId = { equal: true, compared_by: 'key_id' as const, ids: [], primary_ids: [], valid_to: null };
    const at = '2026-11-29T10:00:00.000Z';
    const times = of([
      { reached_by: 'proof_after_promotion', promoted_at: at },
      { reached_by: 'promotion', promoted_at: '2026-11-29T11:00:00.000Z', material: byKeyId },
      { reached_ms: null, reached_by: null },
    ]);
    expect(times.rto.measured_to).toEqual({ proof_after_promotion: 1, promotion: 1, proof: 0, usable: 0 });
    expect(times.promoted_at).toBe('2026-11-29T11:00:00.000Z');
    expect(times.rpo.total).toMatchObject({ equal: 3, by_material: 2, by_key_id: 1 });
  });

  it('are judged Region by Region, and not at all without a target', () => {
    const { rto } = of([{}, { region: 'eu-west-2', reached_ms: 11 }]);
    expect(rto.by_region.map(({ region, met }) => [region, met])).toEqual([
      ['eu-west-1', true],
      ['eu-west-2', false],
    ]);
    expect(of([{}], { rtoMs: null, rpoMs: null })).toMatchObject({
      rto: { total: { met: null } },
      rpo: { total: { met: null } },
    });
  });
});
