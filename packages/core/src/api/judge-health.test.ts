import { describe, expect, it } from 'vitest';
import { emptyCounts } from '../replica/counts.ts';
import { judgeHealth } from './judge-health.ts';
import type { OverviewPlan, OverviewView } from './overview-view.ts';

type Facts = Omit<OverviewView, 'health' | 'reasons'>;
const now = Date.parse('2026-11-24T12:00:00.000Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

const worker = {
  id: '01900000-0000-7000-8000-000000000001',
  host: 'one',
  pid: 1,
  alive: true,
  started_at: ago(60),
  last_heartbeat_at: ago(0),
  heartbeat_age_seconds: 0,
  late: false,
  cckm_error: null,
  cckm_error_since: null,
  concurrency: 256,
  holds: 0,
};
const well: Facts = {
  at: ago(0),
  plans: { items: [], more: 0, by_state: {} },
  lanes: { items: [], more: 0 },
  cckm: { circuit: 'closed', since: null, reason: null, last_success_at: null, last_failure: null },
  postgres: { answers: true, milliseconds: 1 },
  queue: { engine: 'redis', answers: true, refuses_writes: null, depth: {} },
  stuck_replicas: { count: 0, since: null },
  workers: { items: [worker], more: 0, alive: 1, late: 0 },
  failures: [],
};
const noWorker = { items: [], more: 0, alive: 0, late: 0 };
const lane = {
  id: '111122223333:eu-west-1:CreateKey',
  circuit: 'closed' as const,
  circuit_since: null,
  circuit_reason: null,
  rate_factor: 1,
  last_throttled_at: null,
  throttled_total: 0,
};

function withPlan(plan: Partial<OverviewPlan> & Pick<OverviewPlan, 'state'>): Facts {
  const whole: OverviewPlan = {
    id: '01900000-0000-7000-8000-000000000002',
    name: 'dr',
    reason: null,
    waiting: null,
    created_by: 'anna',
    created_at: ago(1),
    started_at: null,
    counts: emptyCounts(),
    window: null,
    eta_seconds: null,
    lower_bound_seconds: 0,
    replicas_per_second: 0,
    start_at: null,
    resolved_at: null,
    waits_for: null,
    ...plan,
  };
  return { ...well, plans: { items: [whole], more: 0, by_state: { [plan.state]: 1 } } };
}
const judged = (facts: Facts) => {
  const { health, reasons } = judgeHealth(facts, now);
  return [health, ...reasons.map(({ code }) => code)];
};

describe('an installation', () => {
  it('is ok while all that should goes on', () => {
    expect(judged(well)).toEqual(['ok']);
    expect(judged(withPlan({ state: 'running' }))).toEqual(['ok']);
    expect(judged(withPlan({ state: 'paused' }))).toEqual(['ok']);
    expect(judged(withPlan({ state: 'awaiting_approval', resolved_at: ago(59), created_at: ago(600) }))).toEqual([
      'ok',
    ]);
    expect(judged(withPlan({ state: 'resolving', created_at: ago(9) }))).toEqual(['ok']);
    expect(judged({ ...well, lanes: { items: [{ ...lane, rate_factor: 0.5 }], more: 0 } })).toEqual(['ok']);
  });

  it('wants to be looked at once replicas fail, though their plan goes on', () => {
    const counts = { ...emptyCounts(), total: 40, pending: 37, failed: 3 };
    const { health, reasons } = judgeHealth(withPlan({ state: 'running', counts }), now);
    expect(health).toBe('attention');
    expect(reasons).toMatchObject([{ code: 'replicas_failed', message: expect.stringContaining('3 of 40 replicas') }]);
    expect(judged(withPlan({ state: 'halted', counts }))).toEqual(['attention', 'plan_halted']);
  });

  it('is broken while nothing can go on that should', () => {
    expect(judged({ ...well, queue: { engine: 'redis', answers: false, refuses_writes: null, depth: null } })).toEqual([
      'broken',
      'queue_away',
    ]);
    expect(judged({ ...well, cckm: { ...well.cckm, circuit: 'half_open' } })).toEqual(['broken', 'cckm_down']);
    for (const state of ['running', 'resolving'] as const) {
      expect(judged({ ...withPlan({ state }), workers: noWorker })).toEqual(['broken', 'no_worker']);
    }
  });

  it('needs attention where somebody should look', () => {
    expect(judged({ ...well, workers: noWorker })).toEqual(['attention', 'no_worker']);
    expect(judged({ ...withPlan({ state: 'paused' }), workers: noWorker })).toEqual(['attention', 'no_worker']);
    expect(judged({ ...well, audit_log: { not_signed: null } })).toEqual(['ok']);
    expect(judged({ ...well, audit_log: { not_signed: 'Entry 7 is gone.' } })).toEqual([
      'attention',
      'audit_log_not_signed',
    ]);
    expect(judged(withPlan({ state: 'halted' }))).toEqual(['attention', 'plan_halted']);
    expect(judged(withPlan({ state: 'resolving', created_at: ago(10) }))).toEqual(['attention', 'plan_resolving_long']);
    expect(judged(withPlan({ state: 'awaiting_approval', resolved_at: ago(60) }))).toEqual([
      'attention',
      'approval_awaited_long',
    ]);
    const lanes = (items: (typeof lane)[]) => ({ ...well, lanes: { items, more: 0 } });
    expect(judged(lanes([{ ...lane, rate_factor: 0.25 }]))).toEqual(['attention', 'lane_throttled']);
    const lost = { ...worker, alive: false, holds: 3 };
    expect(judged({ ...well, workers: { items: [worker, lost], more: 0, alive: 1, late: 0 } })).toEqual([
      'attention',
      'worker_lost',
    ]);
  });

  it('tells what is broken before what needs attention', () => {
    const halted = withPlan({ state: 'halted' });
    const facts = { ...halted, workers: noWorker, cckm: { ...well.cckm, circuit: 'open' as const } };
    expect(judged(facts)).toEqual(['broken', 'cckm_down', 'no_worker', 'plan_halted']);
  });

  it('says what is the case, what to do and where to look', () => {
    const halted = judgeHealth(withPlan({ state: 'halted', reason: '12 of 20 replicas failed.' }), now).reasons;
    expect(halted).toEqual([
      {
        health: 'attention',
        code: 'plan_halted',
        message: 'Plan "dr": 12 of 20 replicas failed.',
        link: '/v1/plans/01900000-0000-7000-8000-000000000002',
      },
    ]);
    const down = { ...lane, circuit: 'open' as const, circuit_reason: 'kms_internal' };
    const four = [1, 2, 3, 4].map((n) => ({ ...down, id: `lane-${n}` }));
    expect(judgeHealth({ ...well, lanes: { items: four, more: 0 } }, now).reasons).toMatchObject([
      {
        message: expect.stringMatching(
          /^Lanes lane-1, lane-2, lane-3, 1 more: .* KMS reported an internal error\. Wait: the call is retried/,
        ),
      },
    ]);
    const cckm = { ...well.cckm, circuit: 'open' as const, since: ago(3), reason: 'connection_refused' };
    expect(judgeHealth({ ...well, cckm }, now).reasons[0]?.message).toBe(
      `CCKM circuit open since ${ago(3)}. CCKM is unreachable. Check CCKM_URL, the network and the certificate.`,
    );
  });

  it('needs attention while a worker that stopped has not been replaced, and no longer', () => {
    const gone = { ...worker, pid: 2, alive: false, started_at: ago(90), last_heartbeat_at: ago(20) };
    const of = (...items: (typeof worker)[]) => ({
      ...well,
      workers: { items, more: 0, alive: items.length - 1, late: 0 },
    });
    const { health, reasons } = judgeHealth(of(worker, gone), now);
    expect(health).toBe('attention');
    expect(reasons).toMatchObject([
      {
        code: 'workers_missing',
        message: expect.stringContaining(
          `1 of 2 workers stopped without signing off: 2 on one, last heartbeat ${ago(20)}.`,
        ),
      },
    ]);
    const replacement = { ...worker, pid: 3, started_at: ago(19) };
    expect(judged(of(worker, gone, replacement))).toEqual(['ok']);
    const second = { ...gone, pid: 4 };
    expect(judged({ ...of(worker, gone, second, replacement) })).toEqual(['attention', 'workers_missing']);
  });

  it('needs attention for what the plans of the last day have left failed or blocked', () => {
    const newest_plan = { id: '01900000-0000-7000-8000-000000000003', name: 'night' };
    const codes = ['access_denied', 'unknown_key', 'key_disabled', 'invalid_tag'].map((code, i) => ({
      code,
      count: 4 - i,
    }));
    const last_day = { failed: 7, blocked: 3, plans: 2, newest_plan, codes };
    expect(judgeHealth({ ...well, last_day }, now).reasons).toEqual([
      {
        health: 'attention',
        code: 'replicas_failed_lately',
        message:
          'Replicas of the last 24 hours: 7 failed, 3 blocked in 2 plans, the newest is "night" (access_denied 4, unknown_key 3, key_disabled 2, 1 more). Fix the cause, then retry.',
        link: '/v1/plans/01900000-0000-7000-8000-000000000003',
      },
    ]);
    const none = { failed: 0, blocked: 0, plans: 0, newest_plan: null, codes: [] };
    expect(judged({ ...well, last_day: none })).toEqual(['ok']);
  });

  it('needs attention for drills that wait for a person: for approval to start after an hour, else at once', () => {
    const drill = { id: '01900000-0000-7000-8000-000000000004', name: 'evacuation' };
    const waits = (waits_for: 'approval' | 'decision' | 'resume', since: string) =>
      judged({ ...well, drills: { items: [{ ...drill, waits_for, since }], more: 0 } });
    expect(waits('approval', ago(59))).toEqual(['ok']);
    expect(waits('approval', ago(60))).toEqual(['attention', 'drill_waiting']);
    expect(waits('decision', ago(0))).toEqual(['attention', 'drill_waiting']);
    expect(waits('resume', ago(0))).toEqual(['attention', 'drill_waiting']);
  });

  it('has a lane in trouble only while work waits for it', () => {
    const down = { ...lane, circuit: 'open' as const, circuit_reason: 'kms_internal' };
    const waiting = (count: number) => judged({ ...well, lanes: { items: [{ ...down, waiting: count }], more: 0 } });
    expect(waiting(0)).toEqual(['ok']);
    expect(waiting(1)).toEqual(['attention', 'lane_down']);
  });

  it('names the workers that are late, before their leases end', () => {
    const late = { ...worker, pid: 2, late: true, heartbeat_age_seconds: 18.4 };
    const two = { ...well, workers: { items: [worker, late], more: 0, alive: 2, late: 1 } };
    expect(judgeHealth(two, now).reasons).toMatchObject([
      {
        health: 'attention',
        code: 'worker_late',
        message: expect.stringMatching(/^1 of 2 workers .*2 on one for 18 s\./),
      },
    ]);
  });

  it('says that CCKM refuses the login, of all or of some workers, with what to check', () => {
    const cckm = { ...well.cckm, circuit: 'open' as const, since: ago(3), reason: 'cckm_login_refused' };
    const refused = { ...worker, pid: 2, cckm_error: 'cckm_login_refused', cckm_error_since: ago(3) };
    const workers = { items: [worker, refused], more: 0, alive: 2, late: 0 };
    expect(judgeHealth({ ...well, cckm, workers }, now).reasons).toMatchObject([
      {
        health: 'broken',
        code: 'cckm_down',
        message: expect.stringMatching(/^CCKM refuses the login since .*CCKM_PASSWORD/),
      },
    ]);
    expect(judgeHealth({ ...well, workers }, now).reasons).toMatchObject([
      {
        health: 'attention',
        code: 'login_refused',
        message: expect.stringMatching(/^CCKM refuses the login of 1 of 2 workers: 2 on one\. .*CCKM_PASSWORD/),
      },
    ]);
  });

  it('says what is lost with the Region in which promotions have to be called', () => {
    const id = '111122223333:us-east-1:UpdatePrimaryRegion';
    const items = [{ ...lane, id, circuit: 'open' as const, circuit_reason: 'kms_internal' }];
    expect(judgeHealth({ ...well, lanes: { items, more: 0 } }, now).reasons).toMatchObject([
      { message: expect.stringContaining('Neither replication nor promotion is possible while us-east-1,') },
    ]);
  });
});

it.each([
  ["READONLY You can't write against a read only replica.", /point REDIS_URL at the primary/],
  ["OOM command not allowed when used memory > 'maxmemory'.", /Raise maxmemory/],
  ['MISCONF Redis is configured to save RDB snapshots', /free space/],
])('a queue that answers and refuses writes is broken, with what to do: %s', (refuses_writes, advice) => {
  const { health, reasons } = judgeHealth(
    { ...well, queue: { engine: 'redis', answers: true, refuses_writes, depth: {} } },
    now,
  );
  expect(health).toBe('broken');
  expect(reasons[0]).toMatchObject({ code: 'queue_refuses_writes', message: expect.stringMatching(advice) });
});

it('replicas without progress need attention', () => {
  const { health, reasons } = judgeHealth(
    { ...well, stuck_replicas: { count: 2, since: '2026-11-29T12:00:00.000Z' } },
    now,
  );
  expect([health, reasons[0]?.code]).toEqual(['attention', 'replicas_stuck']);
  expect(reasons[0]?.message).toMatch(/^2 replicas have made no progress .* since 2026-11-29T12:00:00.000Z/);
});
