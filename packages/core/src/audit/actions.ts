import { type DrillState, drillStates } from '../drill/states.ts';
import { type PlanState, planStates } from '../plan/states.ts';

/** What a caller may do that is noted, done or refused, by the operation of the API that does it. */
const commands = {
  'POST /v1/plans': 'plan.submit',
  'PATCH /v1/plans/{id}': 'plan.patch',
  'POST /v1/plans/{id}/execute': 'plan.execute',
  'POST /v1/plans/{id}/approve': 'plan.approve',
  'POST /v1/plans/{id}/pause': 'plan.pause',
  'POST /v1/plans/{id}/resume': 'plan.resume',
  'POST /v1/plans/{id}/cancel': 'plan.cancel',
  'POST /v1/plans/{id}/retry': 'plan.retry',
  'POST /v1/drills': 'drill.run',
  'POST /v1/drills/{id}/approve': 'drill.approve',
  'POST /v1/drills/{id}/break-glass': 'drill.break_glass',
  'POST /v1/drills/{id}/pause': 'drill.pause',
  'POST /v1/drills/{id}/resume': 'drill.resume',
  'POST /v1/drills/{id}/abort': 'drill.abort',
  'POST /v1/drills/{id}/findings': 'drill.finding',
  'POST /v1/schedules': 'schedule.create',
  'PUT /v1/schedules/{id}': 'schedule.replace',
  'DELETE /v1/schedules/{id}': 'schedule.delete',
  'POST /v1/schedules/{id}/run': 'schedule.run',
  'PUT /v1/approval-rules': 'approval_rules.put',
  'PUT /v1/region-groups/{name}': 'region_group.put',
  'DELETE /v1/region-groups/{name}': 'region_group.delete',
  'PUT /v1/coverage/policies/{name}': 'coverage.put',
  'DELETE /v1/coverage/policies/{name}': 'coverage.delete',
  'POST /v1/coverage/policies/{name}/checks': 'coverage.check',
  'POST /v1/coverage/checks': 'coverage.check',
  'POST /v1/coverage/checks/{id}/plan': 'coverage.plan',
  'PATCH /v1/lanes/{id}': 'lane.patch',
  'POST /v1/lanes/{id}/reset': 'lane.reset',
  'POST /v1/webhooks': 'webhook.create',
  'PUT /v1/webhooks/{id}': 'webhook.replace',
  'DELETE /v1/webhooks/{id}': 'webhook.delete',
  'POST /v1/webhooks/{id}/rotate-secret': 'webhook.rotate',
  'POST /v1/webhooks/{id}/test': 'webhook.test',
  'POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': 'webhook.redeliver',
  'POST /v1/tokens': 'token.create',
  'DELETE /v1/tokens/{id}': 'token.revoke',
  'POST /v1/session': 'session.create',
  'DELETE /v1/session': 'session.delete',
} as const;

/** What is noted besides: what follows from a command, what Keyferry does by itself, and what is only ever refused. */
const others = [
  'approval.void',
  'plan.archive',
  'drill.reject',
  'token.change',
  'token.delete',
  'session.change',
  'webhook.disable',
  'audit.drop',
  'authenticate',
  'read',
] as const;

/** A plan or a drill that is moved on by what becomes of it: named after the state it reaches. */
const moves = [
  ...planStates.map((state) => `plan.${state}` as const),
  ...drillStates.map((state) => `drill.${state}` as const),
];

export type AuditAction =
  | (typeof commands)[keyof typeof commands]
  | (typeof others)[number]
  | `plan.${PlanState}`
  | `drill.${DrillState}`;

/** Every action of the audit log. docs/audit.md tells what each means. */
export const auditActions: readonly AuditAction[] = [...new Set([...Object.values(commands), ...others, ...moves])];

/** The action that an operation of the API is (`POST /v1/plans`); null: it changes nothing. */
export function auditActionOf(operation: string): AuditAction | null {
  return (commands as Readonly<Record<string, AuditAction>>)[operation] ?? null;
}
