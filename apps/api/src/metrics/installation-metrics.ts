import type { Config } from '@keyferry/config';
import { coverageStates, drillStates, planStates, replicaStates } from '@keyferry/core';
import { Counter, Gauge, type Registry } from '@keyferry/metrics';
import type { QueueDepth, QueueHealth, QueueName, Queues } from '@keyferry/queue';
import type { Figures } from '@keyferry/store';
import { viewOfLane } from '../lane-view.ts';

/** What a scrape shows: the figures, and the queue; null where it does not answer. */
export interface Shown {
  readonly figures: Figures;
  readonly depths: Readonly<Record<QueueName, QueueDepth>> | null;
  readonly queue: QueueHealth;
  /** Whether this API refuses to sign the audit log. */
  readonly signingRefused: boolean;
}

const circuitStates = ['closed', 'open', 'half_open'] as const;
const laneLabels = ['account', 'region', 'operation'] as const;

/**
 * Declares the metrics of the whole installation, and answers the function that sets them before a scrape. Labels are states, queues,
 * lanes and coverage policies, of which there are only so many; never a plan, a key, an alias or a person. See docs/reference/metrics.md.
 */
export function installationMetrics(
  registry: Registry,
  { quotas, engine }: { quotas: Config['quotas']; engine: Queues['engine'] },
): (shown: Shown) => void {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name, help, labelNames, registers });

  const plans = gauge('keyferry_plans', 'Plans by state.', ['state']);
  const resolvingAge = gauge(
    'keyferry_oldest_resolving_plan_age_seconds',
    'Age of the oldest plan that is resolving, since it was submitted; 0: none.',
  );
  const replicas = gauge('keyferry_replicas', 'Replicas of all plans by state and outcome.', ['state', 'outcome']);
  const pendingAge = gauge(
    'keyferry_oldest_pending_replica_age_seconds',
    'Longest time that a pending replica of a running plan has been due; 0: none.',
  );
  const stuck = gauge('keyferry_replicas_stuck', 'Replicas that made no progress for longer than a call takes.');
  const quota = gauge('keyferry_lane_quota_requests_per_second', 'Quota in force.', laneLabels);
  const effective = gauge('keyferry_lane_effective_requests_per_second', 'Current rate limit of the lane.', laneLabels);
  const inFlight = gauge('keyferry_lane_replicas_in_flight', 'Replicas with a slot in the lane.', laneLabels);
  const pending = gauge('keyferry_lane_replicas_pending', 'Replicas that wait for the lane.', laneLabels);
  const throttled = new Counter({
    name: 'keyferry_lane_throttled_total',
    help: 'Calls in the lane that AWS throttled.',
    labelNames: laneLabels,
    registers,
  });
  const laneCircuit = gauge('keyferry_lane_circuit', '1 for the current state of the circuit of the lane.', [
    ...laneLabels,
    'state',
  ]);
  const lanesLeftOut = gauge('keyferry_lanes_left_out', 'Lanes that have no series, because there are too many.');
  const cckmCircuit = gauge('keyferry_cckm_circuit', '1 for the current state of the circuit of CCKM.', ['state']);
  const workers = gauge('keyferry_workers_alive', 'Workers that hold their lease.');
  const workersLate = gauge('keyferry_workers_late', 'Of these, workers that have missed two heartbeats.');
  const workersRefused = gauge('keyferry_workers_login_refused', 'Of these, workers whose login CCKM refuses.');
  const heartbeatAgeSeconds = gauge(
    'keyferry_oldest_worker_heartbeat_age_seconds',
    'Age of the oldest last heartbeat among the workers that hold their lease; 0: none.',
  );
  const concurrency = gauge('keyferry_workers_concurrency', 'Calls that all workers can have in flight.');
  const pendingDeliveries = gauge('keyferry_webhook_deliveries_pending', 'Webhook deliveries that are pending.');
  const deliveryAge = gauge(
    'keyferry_oldest_pending_webhook_delivery_age_seconds',
    'Age of the oldest event that is not delivered yet; 0: none.',
  );
  const webhooksGivenUp = gauge('keyferry_webhooks_given_up', 'Webhooks that Keyferry has disabled.');
  const cells = gauge('keyferry_coverage_cells', 'Key-Region pairs by state, in the newest check of the policy.', [
    'policy',
    'state',
  ]);
  const ratio = gauge('keyferry_coverage_ratio', 'Share of key-Region pairs that are covered.', ['policy']);
  const checkedAt = gauge(
    'keyferry_coverage_checked_timestamp_seconds',
    'When the newest check of the policy finished.',
    ['policy'],
  );
  const checkAge = gauge('keyferry_coverage_check_age_seconds', 'Age of the newest check of the policy.', ['policy']);
  const checksFailing = gauge('keyferry_coverage_policies_failing', 'Policies whose newest check failed.');
  const neverChecked = gauge('keyferry_coverage_policies_never_checked', 'Policies that were never checked.');
  const dueCheckAge = gauge(
    'keyferry_oldest_due_coverage_check_age_seconds',
    'Longest time that a scheduled check has been due; 0: none.',
  );
  const drills = gauge('keyferry_drills', 'Drills by state.', ['state']);
  const drillApprovalAge = gauge(
    'keyferry_oldest_drill_approval_age_seconds',
    'Longest time that a drill or step has waited for approval; 0: none.',
  );
  const drillCompletedAt = gauge(
    'keyferry_drill_last_completed_timestamp_seconds',
    'When a drill last ran to its end, with or without findings.',
    ['mode'],
  );
  const schedules = gauge('keyferry_schedules', 'Schedules by state.', ['state']);
  const schedulesFailing = gauge('keyferry_schedules_failing', 'Enabled schedules whose last run submitted no plan.');
  const schedulesSkipping = gauge('keyferry_schedules_skipping', 'Enabled schedules whose last run was skipped.');
  const dueRunAge = gauge(
    'keyferry_oldest_due_schedule_age_seconds',
    'Longest time that a run of a schedule has been due; 0: none.',
  );
  const queueUp = gauge('keyferry_queue_up', '1 while the queue answers.', ['engine']);
  const queueWritable = gauge('keyferry_queue_writable', '1 while the queue accepts writes.', ['engine']);
  const jobs = gauge('keyferry_queue_jobs', 'Jobs in the queue.', ['engine', 'queue', 'state']);
  const signingRefused = gauge(
    'keyferry_audit_signing_refused',
    '1 while this API refuses to sign the audit log because it does not continue the signed log.',
  );
  const ofLanes = [quota, effective, inFlight, pending, throttled, laneCircuit];

  return ({ figures, depths, queue, signingRefused: refused }) => {
    signingRefused.set(refused ? 1 : 0);
    for (const state of planStates) plans.set({ state }, figures.plans.get(state) ?? 0);
    resolvingAge.set(figures.oldestResolvingSeconds);
    for (const state of replicaStates) {
      const all = figures.replicas[state];
      if (state === 'succeeded') {
        replicas.set({ state, outcome: 'created' }, all - figures.adopted);
        replicas.set({ state, outcome: 'adopted' }, figures.adopted);
      } else replicas.set({ state, outcome: state === 'already_present' ? state : '' }, all);
    }
    pendingAge.set(figures.oldestPendingSeconds);
    stuck.set(figures.stuckReplicas);

    for (const metric of ofLanes) metric.reset();
    for (const lane of figures.lanes.map((status) => viewOfLane(status, quotas))) {
      const { account, region, operation } = lane;
      const labels = { account, region, operation };
      quota.set(labels, lane.quota_per_second);
      effective.set(labels, lane.effective_per_second);
      inFlight.set(labels, lane.in_flight);
      pending.set(labels, lane.pending);
      throttled.inc(labels, lane.throttled_total);
      for (const state of circuitStates) laneCircuit.set({ ...labels, state }, lane.circuit === state ? 1 : 0);
    }
    lanesLeftOut.set(figures.laneCount - figures.lanes.length);
    for (const state of circuitStates) cckmCircuit.set({ state }, figures.cckm === state ? 1 : 0);
    workers.set(figures.workers);
    workersLate.set(figures.workersLate);
    workersRefused.set(figures.workersRefused);
    heartbeatAgeSeconds.set(figures.oldestHeartbeatSeconds);
    concurrency.set(figures.concurrency);

    pendingDeliveries.set(figures.pendingDeliveries);
    deliveryAge.set(figures.oldestDeliverySeconds);
    webhooksGivenUp.set(figures.webhooksGivenUp);

    for (const metric of [cells, ratio, checkedAt, checkAge]) metric.reset();
    for (const { policy, counts, finished_at: finishedAt, ageSeconds } of figures.coverage) {
      for (const state of coverageStates) cells.set({ policy, state }, counts[state]);
      if (counts.total > 0) ratio.set({ policy }, counts.covered / counts.total);
      checkedAt.set({ policy }, finishedAt.getTime() / 1_000);
      checkAge.set({ policy }, ageSeconds);
    }
    checksFailing.set(figures.policiesFailing);
    neverChecked.set(figures.policiesNeverChecked);
    dueCheckAge.set(figures.oldestDueCheckSeconds);

    for (const state of drillStates) drills.set({ state }, figures.drills.get(state) ?? 0);
    drillApprovalAge.set(figures.oldestDrillApprovalSeconds);
    for (const { mode, at } of figures.drillsCompletedAt) drillCompletedAt.set({ mode }, at.getTime() / 1_000);

    schedules.set({ state: 'enabled' }, figures.schedulesEnabled);
    schedules.set({ state: 'disabled' }, figures.schedulesDisabled);
    schedulesFailing.set(figures.schedulesFailing);
    schedulesSkipping.set(figures.schedulesSkipping);
    dueRunAge.set(figures.oldestDueRunSeconds);

    queueUp.set({ engine }, depths !== null && queue.answers ? 1 : 0);
    queueWritable.set({ engine }, queue.answers && queue.refuses === null ? 1 : 0);
    jobs.reset();
    for (const [queue, { waiting, active }] of Object.entries(depths ?? {})) {
      jobs.set({ engine, queue, state: 'waiting' }, waiting);
      jobs.set({ engine, queue, state: 'active' }, active);
    }
  };
}
