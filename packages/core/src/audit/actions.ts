import { type DrillState, drillStates } from '../drill/life.ts';
import { type PlanState, planStates } from '../plan/life.ts';

/** What a caller may do that is noted, done or refused. The API's table of operations says which operation is which. */
const commands = [
  'plan.submit',
  'plan.patch',
  'plan.execute',
  'plan.approve',
  'plan.reject',
  'plan.pause',
  'plan.resume',
  'plan.cancel',
  'plan.retry',
  'plan.comment',
  'drill.run',
  'drill.approve',
  'drill.break_glass',
  'drill.pause',
  'drill.resume',
  'drill.abort',
  'drill.finding',
  'schedule.create',
  'schedule.replace',
  'schedule.delete',
  'schedule.run',
  'approval_rules.put',
  'region_group.put',
  'region_group.delete',
  'coverage.put',
  'coverage.delete',
  'coverage.check',
  'coverage.plan',
  'lane.patch',
  'lane.reset',
  'webhook.create',
  'webhook.replace',
  'webhook.delete',
  'webhook.rotate',
  'webhook.test',
  'webhook.redeliver',
  'token.create',
  'token.revoke',
  'session.create',
  'session.delete',
] as const;

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
  | (typeof commands)[number]
  | (typeof others)[number]
  | `plan.${PlanState}`
  | `drill.${DrillState}`;

/** Every action of the audit log. docs/security/audit-log.md tells what each means. */
export const auditActions: readonly AuditAction[] = [...new Set([...commands, ...others, ...moves])];
