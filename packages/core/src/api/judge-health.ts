import { type ErrorCode, errorRule } from '../errors/catalogue.ts';
import { parseLaneId } from '../pacing/lanes.ts';
import type { PlanState } from '../plan/life.ts';
import { lostPrimary } from '../promotion/lost-primary.ts';
import type { Health, HealthCode, HealthReason, OverviewPlan, OverviewView } from './overview-view.ts';

/** From when on something that passes by itself, or is done by a person soon, is worth a look. */
export const patience = {
  approvalMs: 60 * 60_000,
  resolvingMs: 10 * 60_000,
  /** What throttling has left of a lane's rate. */
  rateFactor: 0.25,
} as const;

/** In these something is to be done by a worker, now. */
const atWork: readonly PlanState[] = ['running', 'resolving'];

/** In these a plan has more to come, and failures of it are not yet its end. */
const failingStates: readonly PlanState[] = ['running', 'paused'];

type Facts = Omit<OverviewView, 'health' | 'reasons'>;

/**
 * Whether an installation works, and why not: `broken` while nothing can go on that should, `attention` where an operator
 * should look. The most urgent reason comes first. `now` in milliseconds since the epoch.
 */
export function judgeHealth(facts: Facts, now: number): { health: Health; reasons: HealthReason[] } {
  const reasons = [
    ...queueReasons(facts),
    ...auditReasons(facts),
    ...workerReasons(facts),
    ...stuckReasons(facts),
    ...cckmReasons(facts),
    ...planReasons(facts, now),
    ...lastDayReasons(facts),
    ...drillReasons(facts, now),
    ...laneReasons(facts),
  ];
  const broken = reasons.filter(({ health }) => health === 'broken');
  const attention = reasons.filter(({ health }) => health === 'attention');
  return {
    health: broken.length > 0 ? 'broken' : attention.length > 0 ? 'attention' : 'ok',
    reasons: [...broken, ...attention],
  };
}

function queueReasons({ queue }: Facts): HealthReason[] {
  const where = queue.engine === 'redis' ? 'Redis' : 'BullMQ on Postgres';
  const words = queue.refuses_writes;
  if (words) {
    return [
      broken(
        'queue_refuses_writes',
        `${where} refuses writes (${words}): no new calls start. ${adviceOnRefusal(words)} Work then resumes automatically.`,
      ),
    ];
  }
  if (queue.answers) return [];
  return [
    broken(
      'queue_away',
      `${where} does not answer: no new calls start. Check the server; work resumes automatically once it is back.`,
    ),
  ];
}

function auditReasons({ audit_log: { not_signed: why } = { not_signed: null } }: Facts): HealthReason[] {
  if (why === null) return [];
  const what = `The audit log is no longer signed. ${why} Change nothing, and find out who changed it.`;
  return [attention('audit_log_not_signed', what, '/v1/audit/checkpoints')];
}

/** What ends a refusal, by its first word. */
function adviceOnRefusal(words: string): string {
  if (words.startsWith('READONLY'))
    return 'The server is a replica: point REDIS_URL at the primary, or finish the failover.';
  if (words.startsWith('OOM')) return 'Raise maxmemory, or free memory; keep maxmemory-policy at noeviction.';
  if (words.startsWith('MISCONF')) return 'The server cannot save to disk: free space, or fix the permissions.';
  return 'Check the server.';
}

/** Rows that went nowhere although nothing that is known holds them up. */
function stuckReasons({ stuck_replicas: { count, since } = { count: 0, since: null } }: Facts): HealthReason[] {
  if (count === 0) return [];
  const what = count === 1 ? '1 replica has' : `${count} replicas have`;
  const from = since === null ? '' : `, the oldest since ${since}`;
  return [
    attention(
      'replicas_stuck',
      `${what} made no progress for longer than a call takes${from}. Read the log of the workers.`,
    ),
  ];
}

function workerReasons(facts: Facts): HealthReason[] {
  const { workers, plans } = facts;
  const lost = workers.items.filter(({ alive, holds }) => !alive && holds > 0);
  const told = lost.map(({ host, pid, holds }) =>
    attention(
      'worker_lost',
      `Worker ${pid} on ${host} was lost with ${holds} ${holds === 1 ? 'replica' : 'replicas'} in flight: another worker takes over.`,
    ),
  );
  if (workers.alive > 0) return [...told, ...missingWorkers(facts), ...lateWorkers(facts), ...refusedWorkers(facts)];
  const waiting = atWork.reduce((sum, state) => sum + (plans.by_state[state] ?? 0), 0);
  const start = 'Start one: npm run worker.';
  return waiting > 0
    ? [broken('no_worker', `No worker is alive, and ${plansOf(waiting)} for one. ${start}`), ...told]
    : [attention('no_worker', `No worker is alive; no work is waiting. ${start}`), ...told];
}

/** Workers that stopped without signing off, and that no worker started after has replaced. They are listed for an hour. */
function missingWorkers({ workers }: Facts): HealthReason[] {
  const gone = workers.items
    .filter(({ alive, holds }) => !alive && holds === 0)
    .toSorted((a, b) => (a.last_heartbeat_at < b.last_heartbeat_at ? 1 : -1));
  const replacements = workers.items
    .filter(({ alive }) => alive)
    .map(({ started_at }) => started_at)
    .toSorted();
  const missing = gone.filter(({ last_heartbeat_at }) => {
    const replacement = replacements.findLastIndex((startedAt) => startedAt > last_heartbeat_at);
    if (replacement >= 0) replacements.splice(replacement, 1);
    return replacement < 0;
  });
  if (missing.length === 0) return [];
  const named = missing.slice(0, namedWorkers).map(({ host, pid, last_heartbeat_at: at }) => {
    return `${pid} on ${host}, last heartbeat ${at}`;
  });
  return [
    attention(
      'workers_missing',
      `${missing.length} of ${missing.length + workers.alive} workers stopped without signing off: ${andMore(named, missing.length)}. ` +
        'Start a worker in its place; its log says why it stopped. Without one this is reported for an hour.',
    ),
  ];
}

function lateWorkers({ workers }: Facts): HealthReason[] {
  const late = workers.items.filter((worker) => worker.late);
  if (late.length === 0) return [];
  const ages = late.slice(0, namedWorkers).map(({ host, pid, heartbeat_age_seconds: age }) => {
    return `${pid} on ${host} for ${Math.round(age)} s`;
  });
  const left = workers.alive - late.length;
  return [
    attention(
      'worker_late',
      `${late.length} of ${workers.alive} workers missed their heartbeat: ${andMore(ages, late.length)}. ${
        left > 0 ? 'The others continue' : 'No work proceeds'
      }; another worker takes over when the lease expires. Check that the process runs and reaches Postgres.`,
    ),
  ];
}

/** Workers that CCKM refuses while it is called by others: with all of them refused its circuit is open. */
function refusedWorkers({ workers, cckm }: Facts): HealthReason[] {
  const refused = workers.items.filter(({ alive, cckm_error: error }) => alive && error !== null);
  if (refused.length === 0 || cckm.circuit !== 'closed') return [];
  const named = refused.slice(0, namedWorkers).map(({ host, pid }) => `${pid} on ${host}`);
  return [
    attention(
      'login_refused',
      `CCKM refuses the login of ${refused.length} of ${workers.alive} workers: ${andMore(named, refused.length)}. ${operatorAdviceOf('cckm_login_refused')}`,
    ),
  ];
}

const namedWorkers = 3;

function andMore(named: readonly string[], all: number): string {
  return [...named, ...(all > named.length ? [`${all - named.length} more`] : [])].join(', ');
}

function operatorAdviceOf(code: ErrorCode): string {
  return errorRule(code).operatorAdvice;
}

function cckmReasons({ cckm }: Facts): HealthReason[] {
  if (cckm.circuit === 'closed') return [];
  if (cckm.reason === 'cckm_login_refused') {
    const from = cckm.since === null ? '' : ` since ${cckm.since}`;
    return [broken('cckm_down', `CCKM refuses the login${from}: no calls are made. ${operatorAdviceOf(cckm.reason)}`)];
  }
  const since = cckm.since === null ? '' : ` since ${cckm.since}`;
  return [broken('cckm_down', `CCKM circuit open${since}. ${advice(cckm.reason)}`)];
}

function planReasons({ plans }: Facts, now: number): HealthReason[] {
  const since = (state: PlanState, from: (plan: OverviewPlan) => string, ms: number) =>
    plans.items.filter((plan) => plan.state === state && now - Date.parse(from(plan)) >= ms);
  const created = ({ created_at }: OverviewPlan) => created_at;
  return [
    ...since('halted', created, 0).map((plan) => about(plan, 'plan_halted', plan.reason ?? 'Halted.')),
    ...plans.items
      .filter(({ state, counts }) => failingStates.includes(state) && counts.failed > 0)
      .map((plan) => about(plan, 'replicas_failed', failedSoFar(plan))),
    ...since('resolving', created, patience.resolvingMs).map((plan) =>
      about(plan, 'plan_resolving_long', plan.reason ?? 'Still resolving since it was submitted.'),
    ),
    ...since('awaiting_approval', (plan) => plan.resolved_at ?? plan.created_at, patience.approvalMs).map((plan) =>
      about(plan, 'approval_awaited_long', plan.reason ?? 'Waiting for approval.'),
    ),
  ];
}

function failedSoFar({ counts: { failed, total } }: OverviewPlan): string {
  return `${failed} of ${total} ${total === 1 ? 'replica' : 'replicas'} failed so far. Check the cause.`;
}

/** Failed and blocked replicas of plans that are over: nothing else reports them any more. */
function lastDayReasons({ last_day: day }: Facts): HealthReason[] {
  if (day === undefined || day.newest_plan === null || day.failed + day.blocked === 0) return [];
  const { failed, blocked, plans, newest_plan: newest, codes } = day;
  const what = [...(failed > 0 ? [`${failed} failed`] : []), ...(blocked > 0 ? [`${blocked} blocked`] : [])].join(', ');
  const causes = codes.slice(0, namedCodes).map(({ code, count }) => `${code} ${count}`);
  const where = plans === 1 ? `in plan "${newest.name}"` : `in ${plans} plans, the newest is "${newest.name}"`;
  return [
    attention(
      'replicas_failed_lately',
      `Replicas of the last 24 hours: ${what} ${where} (${andMore(causes, codes.length)}). Fix the cause, then retry.`,
      `/v1/plans/${newest.id}`,
    ),
  ];
}

const namedCodes = 3;

/** Drills that wait for a person: at once where the clock of the drill runs, after a while where it has not started. */
function drillReasons({ drills = { items: [], more: 0 } }: Facts, now: number): HealthReason[] {
  return drills.items
    .filter(({ waits_for: by, since }) => by !== 'approval' || now - Date.parse(since) >= patience.approvalMs)
    .map(({ id, name, waits_for: by, since }) =>
      attention('drill_waiting', `Drill "${name}" ${drillWaits[by]} since ${since}.`, `/v1/drills/${id}`),
    );
}

const drillWaits = {
  approval: 'has waited for its approvals',
  decision: 'has a step that has waited for approval',
  resume: 'has been paused',
} as const;

/** One reason for all lanes that have the same trouble, where work waits for them: the list of lanes has each. */
function laneReasons({ lanes }: Facts): HealthReason[] {
  const items = lanes.items.filter(({ waiting }) => waiting !== 0);
  const down = items.filter(({ circuit }) => circuit === 'open');
  const unsure = items.filter(({ circuit }) => circuit === 'half_open');
  const slow = items.filter(({ circuit, rate_factor }) => circuit === 'closed' && rate_factor <= patience.rateFactor);
  const say = (code: HealthCode, troubled: typeof down, what: string) =>
    troubled.length === 0 ? [] : [attention(code, `${namesOf(troubled)}: ${what}`, '/v1/lanes')];
  const why = advice(down[0]?.circuit_reason ?? null);
  return [
    ...say('lane_down', down, `circuit open, probing. ${[why, ...lostPrimaries(down)].join(' ')}`),
    ...say(
      'lane_down',
      unsure,
      'circuit half open: the next call or probe decides. If the Region answers: keyferry lane reset <id>.',
    ),
    ...say('lane_throttled', slow, `slowed to 25 % or less. ${advice('throttled')}`),
  ];
}

/** What is lost with a Region in which replications or promotions have to be called. */
function lostPrimaries(lanes: readonly { id: string }[]): string[] {
  const lost = lanes.flatMap(({ id }) => {
    const lane = parseLaneId(id);
    const ofPrimary = lane?.operation === 'UpdatePrimaryRegion' || lane?.operation === 'ReplicateKey';
    return lane && ofPrimary ? [lostPrimary(lane.region)] : [];
  });
  return [...new Set(lost)].slice(0, namedLanes);
}

const namedLanes = 3;

function namesOf(lanes: readonly { id: string }[]): string {
  const named = lanes.slice(0, namedLanes).map(({ id }) => id);
  const more = lanes.length > namedLanes ? [`${lanes.length - namedLanes} more`] : [];
  return `${lanes.length === 1 ? 'Lane' : 'Lanes'} ${[...named, ...more].join(', ')}`;
}

function about({ id, name }: OverviewPlan, code: HealthCode, why: string): HealthReason {
  return attention(code, `Plan "${name}": ${why}`, `/v1/plans/${id}`);
}

function broken(code: HealthCode, message: string): HealthReason {
  return { health: 'broken', code, message };
}

function attention(code: HealthCode, message: string, link?: string): HealthReason {
  return { health: 'attention', code, message, ...(link === undefined ? {} : { link }) };
}

/** What an error code means and what to do; nothing for one that is not known. */
function advice(code: string | null): string {
  const rule = code === null ? undefined : errorRule(code as ErrorCode);
  return rule ? `${rule.title} ${rule.operatorAdvice}` : 'Check the log of the workers.';
}

function plansOf(count: number): string {
  return count === 1 ? 'a plan waits' : `${count} plans wait`;
}
