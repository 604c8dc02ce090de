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
  'replicas_stuck',
  'worker_late',
  'login_refused',
  'plan_halted',
  'replicas_failed',
  'plan_resolving_long',
  'approval_awaited_long',
  'lane_down',
  'lane_throttled',
] as const;
export type HealthCode = (typeof healthCodes)[number];

export const healthReasonSchema = z.object({
  health: z.enum(['attention', 'broken']),
  code: z.enum(healthCodes),
  message: z.string().describe('State, cause and fix'),
  link: z.string().optional().describe('Where in the API to look'),
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
      .describe('Why it does not move; `person`: to be executed, resumed or cancelled. Null: it does'),
  });

export const overviewViewSchema = z
  .object({
    at: time.describe("When this was read, by the database's clock; at most some seconds ago"),
    health: z.enum(healths),
    reasons: z.array(healthReasonSchema).describe('Why it is not `ok`, the most urgent first'),
    plans: z.object({
      items: z.array(overviewPlanSchema).describe('Plans that are not finished, what needs somebody first'),
      more: count.describe('Plans that are not finished, beyond these'),
      by_state: z.partialRecord(z.enum(planStates), count).describe('All plans that are not finished'),
    }),
    lanes: z.object({
      items: z
        .array(
          z.object({
            id: z.string(),
            circuit,
            circuit_since: time.nullable(),
            circuit_reason: z.string().nullable().describe('An error code'),
            rate_factor: z.number().describe('What throttling has left of the rate, 0..1'),
            last_throttled_at: time.nullable(),
            throttled_total: count,
          }),
        )
        .describe('Lanes that are down or throttled, those that are down first'),
      more: count,
    }),
    cckm: z.object({
      circuit,
      since: time.nullable(),
      reason: z.string().nullable().describe('An error code; null while the circuit is closed'),
      last_success_at: time.nullable().describe('Among the latest calls for replicas'),
      last_failure: z.object({ at: time, code: z.string() }).nullable().describe('The same'),
    }),
    postgres: z.object({
      answers: z.boolean(),
      milliseconds: z.number().describe('How long all of this took to read'),
    }),
    queue: z.object({
      engine: z.enum(['redis', 'postgres']),
      answers: z.boolean(),
      refuses_writes: z
        .string()
        .nullish()
        .describe('Why the queue takes no job though it answers, in the words of its server; null: it takes them'),
      depth: z
        .record(z.string(), z.object({ waiting: count, active: count }))
        .nullable()
        .describe('Jobs by queue; null while it does not answer'),
    }),
    stuck_replicas: z
      .object({
        count,
        since: time.nullable().describe('When the oldest of them should have gone on'),
      })
      .optional()
      .describe('In a slot, in the hands of a worker or due to be checked for longer than any call takes'),
    audit_log: z
      .object({
        not_signed: z
          .string()
          .nullable()
          .describe('Why the API that was asked refuses to sign the audit log; null: it does not refuse'),
      })
      .optional(),
    workers: z.object({
      items: z
        .array(
          z.object({
            id: z.uuid(),
            host: z.string(),
            pid: z.int(),
            alive: z.boolean().describe('It holds its lease'),
            started_at: time,
            last_heartbeat_at: time,
            heartbeat_age_seconds: z.number().min(0).describe('Since the last heartbeat'),
            late: z.boolean().describe('Alive by its lease, though it has missed two heartbeats'),
            cckm_error: z
              .string()
              .nullable()
              .describe('An error code: CCKM refuses the login of this worker. Null: it does not'),
            cckm_error_since: time.nullable(),
            concurrency: count,
            holds: count.describe('Replicas in its hands'),
          }),
        )
        .describe('Those alive, and those that went without signing off in the last hour'),
      more: count,
      alive: count,
      late: count.describe('Of these workers, the ones that are late'),
    }),
    failures: z
      .array(
        z.object({
          code: z.string(),
          count,
          plans: count,
          newest_plan: z.object({ id: z.uuid(), name: z.string() }).describe('The one of them that was submitted last'),
          last_seen_at: time,
          message: z.string(),
          what_to_do: z.string(),
        }),
      )
      .describe('Replicas of all plans that were given up in the last 24 hours, by error code'),
  })
  .meta({ id: 'Overview' });

export type HealthReason = z.infer<typeof healthReasonSchema>;
export type OverviewPlan = z.infer<typeof overviewPlanSchema>;
export type OverviewView = z.infer<typeof overviewViewSchema>;
