import {
  type AuditAction,
  coveragePolicySchema,
  planSpecSchema,
  type Role,
  roles,
  runbookSchema,
  scheduleSchema,
} from '@keyferry/core';
import type { z } from 'zod';

/** How an operation treats a caller that has a scope. One without is treated as if everything were its scope. */
export type ScopeRule =
  /** The plan, schedule or lane that the path names lies within the scope, or is not there. `keepToScope` sees to it. */
  | 'plan'
  | 'schedule'
  | 'lane'
  /** It looks at what lies within the scope only, or makes something there. The route sees to it. */
  | 'within'
  /** The same for everybody. */
  | 'open'
  /** It is about everything: a caller with a scope is refused. `keepToScope` sees to it. */
  | 'everything';

export interface Operation {
  /** Who may do it. */
  readonly roles: readonly Role[];
  readonly scope: ScopeRule;
  /** In cheap reads, before bodies and answers are counted by their size; left out: that of any read, or of any change. */
  readonly cost?: number;
  /** What the audit log calls it, done or refused; left out: it changes nothing. */
  readonly audit?: AuditAction;
  /** Of a body that may name keys one by one: what it is checked with, off the main thread. */
  readonly largeBody?: z.ZodType;
}

const everyone = roles;
const operators = ['operator', 'admin'] as const;
const approvers = ['approver', 'admin'] as const;
/** Who has a part in a drill; auditors change nothing. */
const drillers = ['operator', 'approver', 'admin'] as const;
const auditors = ['auditor', 'admin'] as const;
const admins = ['admin'] as const;
/** Who may carry evidence away. */
const witnesses = ['operator', 'approver', 'auditor', 'admin'] as const;

/**
 * Every operation under /v1 by method and path, as the OpenAPI document names it, and the page of the queues: who may do it and
 * where, what it costs and what it is called in the audit log. What is not named here is not there for anybody.
 */
export const operations: Readonly<Record<string, Operation>> = {
  'GET /v1/plans': { roles: everyone, scope: 'within' },
  'POST /v1/plans': { roles: operators, scope: 'within', cost: 10, audit: 'plan.submit', largeBody: planSpecSchema },
  'GET /v1/plans/{id}': { roles: everyone, scope: 'plan' },
  'PATCH /v1/plans/{id}': { roles: operators, scope: 'plan', audit: 'plan.patch' },
  'GET /v1/plans/{id}/preview': { roles: everyone, scope: 'plan', cost: 10 },
  'POST /v1/plans/{id}/execute': { roles: operators, scope: 'plan', cost: 10, audit: 'plan.execute' },
  'POST /v1/plans/{id}/approve': { roles: approvers, scope: 'plan', cost: 10, audit: 'plan.approve' },
  'POST /v1/plans/{id}/pause': { roles: operators, scope: 'plan', audit: 'plan.pause' },
  'POST /v1/plans/{id}/resume': { roles: operators, scope: 'plan', audit: 'plan.resume' },
  'POST /v1/plans/{id}/cancel': { roles: operators, scope: 'plan', audit: 'plan.cancel' },
  'POST /v1/plans/{id}/retry': { roles: operators, scope: 'plan', cost: 10, audit: 'plan.retry' },
  'GET /v1/plans/{id}/replicas': { roles: everyone, scope: 'plan' },
  'GET /v1/plans/{id}/replicas/{replica_id}': { roles: everyone, scope: 'plan' },
  'GET /v1/plans/{id}/matrix': { roles: everyone, scope: 'plan', cost: 3 },
  'GET /v1/plans/{id}/throughput': { roles: everyone, scope: 'plan' },
  'GET /v1/plans/{id}/failures': { roles: everyone, scope: 'plan', cost: 3 },
  'GET /v1/plans/{id}/events': { roles: everyone, scope: 'plan' },
  'GET /v1/plans/{id}/report': { roles: everyone, scope: 'plan', cost: 50 },
  'POST /v1/drills': { roles: operators, scope: 'everything', cost: 10, audit: 'drill.run', largeBody: runbookSchema },
  'GET /v1/drills': { roles: everyone, scope: 'everything' },
  'GET /v1/drills/{id}': { roles: everyone, scope: 'everything' },
  'GET /v1/drills/{id}/keys': { roles: everyone, scope: 'everything' },
  'GET /v1/drills/{id}/log': { roles: everyone, scope: 'everything' },
  'GET /v1/drills/{id}/events': { roles: everyone, scope: 'everything' },
  'POST /v1/drills/{id}/approve': { roles: approvers, scope: 'everything', cost: 10, audit: 'drill.approve' },
  'POST /v1/drills/{id}/break-glass': { roles: admins, scope: 'everything', audit: 'drill.break_glass' },
  'POST /v1/drills/{id}/pause': { roles: operators, scope: 'everything', audit: 'drill.pause' },
  'POST /v1/drills/{id}/resume': { roles: operators, scope: 'everything', audit: 'drill.resume' },
  'POST /v1/drills/{id}/abort': { roles: operators, scope: 'everything', audit: 'drill.abort' },
  'POST /v1/drills/{id}/findings': { roles: drillers, scope: 'everything', audit: 'drill.finding' },
  'GET /v1/schedules': { roles: everyone, scope: 'within' },
  'POST /v1/schedules': { roles: operators, scope: 'within', audit: 'schedule.create', largeBody: scheduleSchema },
  'GET /v1/schedules/{id}': { roles: everyone, scope: 'schedule' },
  'PUT /v1/schedules/{id}': {
    roles: operators,
    scope: 'schedule',
    audit: 'schedule.replace',
    largeBody: scheduleSchema,
  },
  'DELETE /v1/schedules/{id}': { roles: operators, scope: 'schedule', audit: 'schedule.delete' },
  'POST /v1/schedules/{id}/run': { roles: operators, scope: 'schedule', cost: 10, audit: 'schedule.run' },
  'GET /v1/approval-rules': { roles: everyone, scope: 'open' },
  'PUT /v1/approval-rules': { roles: admins, scope: 'everything', audit: 'approval_rules.put' },
  'GET /v1/approval-rules/versions': { roles: everyone, scope: 'open' },
  'GET /v1/region-groups': { roles: everyone, scope: 'open' },
  'GET /v1/region-groups/{name}': { roles: everyone, scope: 'open' },
  'PUT /v1/region-groups/{name}': { roles: operators, scope: 'everything', audit: 'region_group.put' },
  'DELETE /v1/region-groups/{name}': { roles: operators, scope: 'everything', audit: 'region_group.delete' },
  'GET /v1/coverage/policies': { roles: everyone, scope: 'everything' },
  'GET /v1/coverage/policies/{name}': { roles: everyone, scope: 'everything' },
  'PUT /v1/coverage/policies/{name}': {
    roles: operators,
    scope: 'everything',
    audit: 'coverage.put',
    largeBody: coveragePolicySchema,
  },
  'DELETE /v1/coverage/policies/{name}': { roles: operators, scope: 'everything', audit: 'coverage.delete' },
  'GET /v1/coverage/policies/{name}/checks': { roles: everyone, scope: 'everything' },
  'POST /v1/coverage/policies/{name}/checks': {
    roles: operators,
    scope: 'everything',
    cost: 50,
    audit: 'coverage.check',
  },
  'POST /v1/coverage/checks': {
    roles: operators,
    scope: 'everything',
    cost: 50,
    audit: 'coverage.check',
    largeBody: coveragePolicySchema,
  },
  'GET /v1/coverage/checks/{id}': { roles: everyone, scope: 'everything' },
  'GET /v1/coverage/checks/{id}/cells': { roles: everyone, scope: 'everything' },
  'GET /v1/coverage/checks/{id}/matrix': { roles: everyone, scope: 'everything', cost: 3 },
  'POST /v1/coverage/checks/{id}/plan': { roles: operators, scope: 'everything', cost: 10, audit: 'coverage.plan' },
  'GET /v1/keys': { roles: everyone, scope: 'everything', cost: 3 },
  'GET /v1/lanes': { roles: everyone, scope: 'within' },
  'PATCH /v1/lanes/{id}': { roles: operators, scope: 'lane', audit: 'lane.patch' },
  'POST /v1/lanes/{id}/reset': { roles: operators, scope: 'lane', audit: 'lane.reset' },
  // Read once for all who ask at the same time.
  'GET /v1/overview': { roles: everyone, scope: 'everything', cost: 2 },
  'GET /v1/events': { roles: everyone, scope: 'everything' },
  'GET /v1/drills/{id}/times': { roles: everyone, scope: 'everything', cost: 5 },
  'GET /v1/drills/{id}/report': { roles: everyone, scope: 'everything', cost: 50 },
  'GET /v1/drills/{id}/evidence': { roles: witnesses, scope: 'everything', cost: 100 },
  'GET /v1/me': { roles: everyone, scope: 'open' },
  'GET /v1/webhooks': { roles: admins, scope: 'everything' },
  'POST /v1/webhooks': { roles: admins, scope: 'everything', audit: 'webhook.create' },
  'GET /v1/webhooks/{id}': { roles: admins, scope: 'everything' },
  'PUT /v1/webhooks/{id}': { roles: admins, scope: 'everything', audit: 'webhook.replace' },
  'DELETE /v1/webhooks/{id}': { roles: admins, scope: 'everything', audit: 'webhook.delete' },
  'POST /v1/webhooks/{id}/rotate-secret': { roles: admins, scope: 'everything', audit: 'webhook.rotate' },
  'POST /v1/webhooks/{id}/test': { roles: admins, scope: 'everything', cost: 10, audit: 'webhook.test' },
  'GET /v1/webhooks/{id}/deliveries': { roles: admins, scope: 'everything' },
  'POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': {
    roles: admins,
    scope: 'everything',
    cost: 10,
    audit: 'webhook.redeliver',
  },
  'GET /v1/tokens': { roles: admins, scope: 'everything' },
  'POST /v1/tokens': { roles: admins, scope: 'everything', audit: 'token.create' },
  'DELETE /v1/tokens/{id}': { roles: admins, scope: 'everything', audit: 'token.revoke' },
  // A person comes and goes.
  'POST /v1/session': { roles: everyone, scope: 'open', cost: 1, audit: 'session.create' },
  'DELETE /v1/session': { roles: everyone, scope: 'open', cost: 1, audit: 'session.delete' },
  'GET /v1/audit': { roles: auditors, scope: 'everything', cost: 3 },
  'GET /v1/audit/export': { roles: auditors, scope: 'everything', cost: 100 },
  'GET /v1/audit/checkpoints': { roles: auditors, scope: 'everything' },
  'GET /v1/audit/key': { roles: auditors, scope: 'everything' },
  'GET /queues': { roles: admins, scope: 'everything' },
};

const patterns = Object.keys(operations).map((operation) => {
  const [method = '', path = ''] = operation.split(' ');
  return { operation, method, path: pathPattern(path) };
});

/** The paths that a path of the OpenAPI document stands for, as Express matches: any case, with or without a slash at the end. */
export function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i');
}

/** The operation of the table that a request is; null when it is none. */
export function operationOf(method: string, path: string): string | null {
  const asked = method === 'HEAD' ? 'GET' : method;
  return patterns.find((pattern) => pattern.method === asked && pattern.path.test(path))?.operation ?? null;
}

/** The operations that a role allows. */
export function operationsOf(role: Role): string[] {
  return Object.keys(operations).filter((operation) => operations[operation]?.roles.includes(role));
}

export function scopeRuleOf(operation: string): ScopeRule {
  return operations[operation]?.scope ?? 'everything';
}

/** The action that an operation is in the audit log; null: it changes nothing. */
export function auditActionOf(operation: string): AuditAction | null {
  return operations[operation]?.audit ?? null;
}

/** Bytes of a body or an answer that cost as much as one read. */
export const bytesPerUnit = 32 * 1024;

/** Some 2 ms of this process: a read that comes from an index. */
const costOfRead = 1;
/** A transaction with its entry in the audit log. */
const costOfChange = 5;

/** What an operation costs before its bodies and answers are counted, in cheap reads. */
export function costOf(operation: string): number {
  return operations[operation]?.cost ?? (operation.startsWith('GET ') ? costOfRead : costOfChange);
}
