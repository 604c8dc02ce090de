import { z } from 'zod';
import { planStates } from '../plan/life.ts';
import { planViewSchema } from './views.ts';

/** All of an installation at a glance. */

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const count = z.int().min(0);
const circuit = z.enum(['closed', 'open', 'half_open']);

export const healths = ['ok', 'attention', 'broken'] as const;
export type Health = (typeof healths)[number];

/** The verdict in words. */
export const healthInWords: Readonly<Record<Health, string>> = {
  ok: 'Healthy',
  attention: 'Degraded',
  broken: 'Critical',
};

/** Why an installation is not `ok`. See docs/how-to/follow-plans.md. */
export const healthCodes = [
  'queue_away',
  'queue_refuses_writes',
  'no_worker',
  'cckm_down',
  'audit_log_not_signed',
  'worker_lost',
  'workers_missing',
  'replicas_stuck',
  'worker_late',
  'login_refused',
  'plan_halted',
  'replicas_failed',
  'replicas_failed_lately',
  'plan_resolving_long',
  'approval_awaited_long',
  'drill_waiting',
  'lane_down',
  'lane_throttled',
] as const;
export type HealthCode = (typeof healthCodes)[number];

export const healthReasonSchema = z.object({
  health: z.enum(['attention', 'broken']),
  code: z.enum(healthCodes),
  message: z.string().describe('State, cause and fix'),
  link: z.string().optional().describe('Related address in the API'),
});

export const overviewPlanSchema = planViewSchema
  .pick({
    id: true,
    name: true,
    state: true,
    reason: true,
    waiting: true,
    created_by: true,
    created_at: true,
    started_at: true,
    counts: true,
    window: true,
    eta_seconds: true,
    lower_bound_seconds: true,
    replicas_per_second: true,
  })
  .extend({
    start_at: time.nullable().describe('The earliest start'),
    resolved_at: time.nullable(),
    waits_for: z
      .enum(['approval', 'window', 'start_at', 'circuit', 'person'])
      .nullable()
      .describe(
        'Why it makes no progress; `person`: a user must execute, resume or cancel it. Null: it makes progress',
      ),
  });

export const overviewViewSchema = z
  .object({
    at: time.describe("When this was read, by the database's clock; at most a few seconds ago"),
    health: z.enum(healths),
    reasons: z.array(healthReasonSchema).describe('Why it is not `ok`, most urgent first'),
    plans: z.object({
      items: z.array(overviewPlanSchema).describe('Unfinished plans, those that need a user first'),
      more: count.describe('Number of further unfinished plans'),
      by_state: z.partialRecord(z.enum(planStates), count).describe('All unfinished plans'),
    }),
    lanes: z.object({
      items: z
        .array(
          z.object({
            id: z.string(),
            circuit,
            circuit_since: time.nullable(),
            circuit_reason: z.string().nullable().describe('An error code'),
            rate_factor: z.number().describe('Share of the rate that is left after throttling, 0..1'),
            last_throttled_at: time.nullable(),
            throttled_total: count,
            waiting: count
              .optional()
              .describe('Calls of running plans that wait for this lane, or are in flight in it'),
          }),
        )
        .describe('Lanes that are down or throttled: those that work waits for first, then those that are down'),
      more: count,
    }),
    drills: z
      .object({
        items: z
          .array(
            z.object({
              id: z.uuid(),
              name: z.string(),
              waits_for: z
                .enum(['approval', 'decision', 'resume'])
                .describe(
                  '`approval` before it starts; `decision`: a step waits for its approvals; `resume`: it is paused',
                ),
              since: time,
            }),
          )
          .describe('Drills that wait for a person, the longest first'),
        more: count,
      })
      .optional(),
    cckm: z.object({
      circuit,
      since: time.nullable(),
      reason: z.string().nullable().describe('An error code; null while the circuit is closed'),
      last_success_at: time.nullable().describe('Last successful call among the latest calls for replicas'),
      last_failure: z.object({ at: time, code: z.string() }).nullable().describe('The same'),
    }),
    postgres: z.object({
      answers: z.boolean(),
      milliseconds: z.number().describe('How long this read took'),
    }),
    queue: z.object({
      engine: z.enum(['redis', 'postgres']),
      answers: z.boolean(),
      refuses_writes: z
        .string()
        .nullish()
        .describe(
          'Why the queue accepts no jobs although it answers, as reported by its server; null: it accepts jobs',
        ),
      depth: z
        .record(z.string(), z.object({ waiting: count, active: count }))
        .nullable()
        .describe('Jobs by queue; null while the queue does not answer'),
    }),
    stuck_replicas: z
      .object({
        count,
        since: time.nullable().describe('When the oldest of them should have made progress'),
      })
      .optional()
      .describe(
        'Replicas that have held a slot, been with a worker or been due for a check for longer than any call takes',
      ),
    last_day: z
      .object({
        failed: count,
        blocked: count,
        plans: count,
        newest_plan: z.object({ id: z.uuid(), name: z.string() }).nullable(),
        codes: z.array(z.object({ code: z.string(), count })).describe('The most frequent first'),
      })
      .optional()
      .describe(
        'Failed and blocked replicas of plans that finished in the last 24 hours, and blocked ones of plans that run. Not those blocked with `same_region`: nothing was to be created there',
      ),
    audit_log: z
      .object({
        not_signed: z.string().nullable().describe('Why this API refuses to sign the audit log; null: it signs'),
      })
      .optional(),
    workers: z.object({
      items: z
        .array(
          z.object({
            id: z.uuid(),
            host: z.string(),
            pid: z.int(),
            alive: z.boolean().describe('true: it holds its lease'),
            started_at: time,
            last_heartbeat_at: time,
            heartbeat_age_seconds: z.number().min(0).describe('Since the last heartbeat'),
            late: z.boolean().describe('true: it holds its lease but missed two heartbeats'),
            cckm_error: z
              .string()
              .nullable()
              .describe('Error code if CCKM refuses the login of this worker; else null'),
            cckm_error_since: time.nullable(),
            concurrency: count,
            holds: count.describe('Replicas that it holds'),
          }),
        )
        .describe('Live workers, and workers lost in the last hour'),
      more: count,
      alive: count,
      late: count.describe('Number of these workers that are late'),
    }),
    failures: z
      .array(
        z.object({
          code: z.string(),
          count,
          plans: count,
          newest_plan: z.object({ id: z.uuid(), name: z.string() }).describe('The newest of these plans'),
          last_seen_at: time,
          message: z.string(),
          what_to_do: z.string(),
        }),
      )
      .describe('Replicas of all plans that failed in the last 24 hours, by error code'),
  })
  .meta({ id: 'Overview' });

export type HealthReason = z.infer<typeof healthReasonSchema>;
export type OverviewPlan = z.infer<typeof overviewPlanSchema>;
export type OverviewView = z.infer<typeof overviewViewSchema>;
