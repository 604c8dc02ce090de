import { describe, expect, it } from 'vitest';
import { planStates } from './life.ts';
import { type WaitingFacts, type WaitingLane, whyWaiting } from './why-waiting.ts';

const now = Date.parse('2026-11-29T03:00:00.000Z');
const ago = (seconds: number) => now - seconds * 1_000;
const down = (reason: string | null) => ({ since: ago(600), probeAt: now + 4_000, reason });

const lane: WaitingLane = {
  account: '111122223333',
  calledRegion: 'eu-west-1',
  region: 'eu-west-1',
  wave: 0,
  pending: 10,
  underWay: 0,
  lastSlotAt: ago(1),
  circuit: null,
  sample: { rows: 3, busy: 0, busyPlanId: null, dueAt: ago(5), lastError: null },
};
const running: WaitingFacts = {
  state: 'running',
  reason: null,
  ofDrill: false,
  startAt: null,
  startedAt: ago(900),
  window: null,
  approvals: { required: 0, approvers: [], proposedBy: ['anna'] },
  workersAlive: 2,
  cckm: null,
  queue: null,
  maxInFlight: 50,
  sequential: false,
  lanes: [lane],
};
const why = (facts: Partial<WaitingFacts>) => whyWaiting({ ...running, ...facts }, now);
const lanes = (...given: Partial<WaitingLane>[]) => ({ lanes: given.map((one) => ({ ...lane, ...one })) });
const sample = (given: Partial<WaitingLane['sample']>) => ({ sample: { ...lane.sample, ...given } });

describe('a plan that makes progress', () => {
  it('waits for nothing: it gets its slots, or something of it is under way', () => {
    expect(why({})).toBeNull();
    expect(why(lanes({ underWay: 1, lastSlotAt: ago(300) }))).toBeNull();
    expect(why(lanes({ pending: 0, underWay: 3 }, { circuit: down('kms_unreachable') }))).toBeNull();
    expect(why({ lanes: [] })).toBeNull();
  });

  it('waits for nothing once it has ended, and as a preview', () => {
    const silent = planStates.filter((state) => why({ state }) === null);
    expect(silent).toEqual(planStates.filter((state) => !['awaiting_approval', 'paused', 'halted'].includes(state)));
  });

  it('does not wait because of a next attempt within seconds', () => {
    expect(why(lanes(sample({ dueAt: now + 4_000 })))).toBeNull();
  });
});

describe('a plan that makes no progress says why', () => {
  it('no worker is alive', () => {
    for (const state of ['running', 'resolving', 'scheduled'] as const) {
      expect(why({ state, workersAlive: 0, ...lanes({ lastSlotAt: ago(10) }) })).toMatchObject({
        code: 'no_worker',
        message: 'No worker is alive. Start one: npm run worker.',
      });
    }
  });

  it('but not in the moment after its start, in which a worker may be starting too', () => {
    expect(why({ workersAlive: 0, startedAt: ago(9), ...lanes({ lastSlotAt: null }) })).toBeNull();
  });

  it('the login to CCKM is refused, or CCKM is unreachable: since when, and when it is tried next', () => {
    expect(why({ cckm: down('cckm_login_refused') })).toEqual({
      code: 'login_refused',
      message: expect.stringMatching(
        /^Waiting for CCKM: CCKM refused the login\. Check .* Down since 2026-11-29T02:50:00\.000Z; next probe at 2026-11-29T03:00:04\.000Z\.$/,
      ),
      since: ago(600),
      until: now + 4_000,
    });
    expect(why({ cckm: down('connection_refused') })).toMatchObject({ code: 'cckm_down' });
    expect(why({ state: 'resolving', cckm: down('connection_refused') })).toMatchObject({ code: 'cckm_down' });
  });

  it('the queue takes no jobs', () => {
    expect(why({ queue: down(null) })).toMatchObject({
      code: 'queue_down',
      message: expect.stringMatching(
        /^The queue has accepted no jobs since 2026-11-29T02:50:00\.000Z\. Check that Redis/,
      ),
    });
  });

  it('its window is closed, whatever else is down meanwhile', () => {
    const window = { open: false, opensAt: now + 3_600_000 };
    expect(why({ window, workersAlive: 0, cckm: down(null) })).toEqual({
      code: 'window_closed',
      message: 'Outside its maintenance windows until 2026-11-29T04:00:00.000Z; replicas in flight finish.',
      since: null,
      until: now + 3_600_000,
    });
    expect(why({ window, ...lanes({ pending: 0, underWay: 1 }) })).toBeNull();
  });

  it('an approval is missing, how many are given, and from whom it cannot come', () => {
    const approvals = { required: 2, approvers: ['bert'], proposedBy: ['anna', 'carl'] };
    expect(why({ state: 'awaiting_approval', approvals })?.message).toBe(
      'Waiting for approval by others than its submitter: 1 of 2 given. Cannot approve: anna, carl proposed it; bert approved it already.',
    );
  });

  it('its start lies ahead, or its drill has not come to it', () => {
    const startAt = now + 60_000;
    expect(why({ state: 'scheduled', startAt })).toMatchObject({ code: 'start_at', until: startAt });
    expect(why({ state: 'scheduled', startAt: ago(1) })).toBeNull();
    expect(why({ state: 'scheduled', ofDrill: true })).toMatchObject({ code: 'drill' });
  });

  it('a person has to resume it', () => {
    expect(why({ state: 'paused', reason: 'Paused by olga.' })).toMatchObject({
      code: 'person',
      message: 'Paused by olga.',
    });
  });

  it('a Region is down: which, since when, and when it is probed next', () => {
    expect(why(lanes({ circuit: down('kms_internal'), underWay: 1 }))).toEqual({
      code: 'lane_down',
      message: expect.stringMatching(
        /^eu-west-1 of account 111122223333 is down since 2026-11-29T02:50:00\.000Z: 11 replicas wait\. KMS reported an internal error\. .* Next probe of eu-west-1 at 2026-11-29T03:00:04\.000Z\.$/,
      ),
      since: ago(600),
      until: now + 4_000,
    });
    const five = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1', 'sa-east-1'].map((calledRegion) => ({
      calledRegion,
      circuit: down(null),
    }));
    expect(why(lanes(...five))?.message).toContain('eu-west-3 of account 111122223333 and 2 more are down since');
  });

  it('another plan has the same keys in flight', () => {
    const busy = sample({ busy: 3, busyPlanId: '0190' });
    expect(why(lanes(busy))).toMatchObject({
      code: 'other_plan',
      message: expect.stringContaining('Plan 0190 has the same keys'),
    });
  });

  it('every replica waits for its next attempt', () => {
    const late = sample({ dueAt: now + 60_000, lastError: 'throttled' });
    expect(why(lanes(late))).toMatchObject({
      code: 'retry_later',
      message: expect.stringMatching(
        /^The next attempt is due at 2026-11-29T03:01:00\.000Z\. .* AWS throttled the call\./,
      ),
      until: now + 60_000,
    });
  });

  it('an earlier Region holds up the later ones, and why that one waits', () => {
    const given = lanes({ circuit: down('kms_internal') }, { wave: 1, calledRegion: 'us-west-2', pending: 7 });
    expect(why({ ...given, sequential: true })?.message).toMatch(/ 7 replicas of later Regions wait for it\.$/);
    expect(why({ ...given, sequential: false })).toBeNull();
  });

  it('calls that hang hold all places of max_in_flight', () => {
    const held = { maxInFlight: 2, ...lanes({ underWay: 2, lastSlotAt: ago(31) }) };
    expect(why(held)).toMatchObject({
      code: 'in_flight_limit',
      message: expect.stringContaining('max_in_flight is 2'),
    });
    expect(why({ ...held, ...lanes({ underWay: 2, lastSlotAt: ago(29) }) })).toBeNull();
  });

  it('no call was released, for no cause that is known', () => {
    expect(why(lanes({ lastSlotAt: ago(31) }))).toMatchObject({ code: 'not_released', since: ago(31) });
    expect(why({ startedAt: ago(3), ...lanes({ lastSlotAt: null }) })).toBeNull();
  });
});
