import { type Role, roles } from '@keyferry/core';

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
 * Which roles may do what: every operation under /v1 by method and path, as the OpenAPI document names it, and the page
 * of the queues. What is not named here is not there for anybody.
 */
export const permissions: Readonly<Record<string, readonly Role[]>> = {
  'GET /v1/plans': everyone,
  'POST /v1/plans': operators,
  'GET /v1/plans/{id}': everyone,
  'PATCH /v1/plans/{id}': operators,
  'GET /v1/plans/{id}/preview': everyone,
  'POST /v1/plans/{id}/execute': operators,
  'POST /v1/plans/{id}/approve': approvers,
  'POST /v1/plans/{id}/pause': operators,
  'POST /v1/plans/{id}/resume': operators,
  'POST /v1/plans/{id}/cancel': operators,
  'POST /v1/plans/{id}/retry': operators,
  'GET /v1/plans/{id}/replicas': everyone,
  'GET /v1/plans/{id}/replicas/{replica_id}': everyone,
  'GET /v1/plans/{id}/matrix': everyone,
  'GET /v1/plans/{id}/throughput': everyone,
  'GET /v1/plans/{id}/failures': everyone,
  'GET /v1/plans/{id}/events': everyone,
  'GET /v1/plans/{id}/report': everyone,
  'POST /v1/drills': operators,
  'GET /v1/drills': everyone,
  'GET /v1/drills/{id}': everyone,
  'GET /v1/drills/{id}/keys': everyone,
  'GET /v1/drills/{id}/log': everyone,
  'GET /v1/drills/{id}/events': everyone,
  'POST /v1/drills/{id}/approve': approvers,
  'POST /v1/drills/{id}/break-glass': admins,
  'POST /v1/drills/{id}/pause': operators,
  'POST /v1/drills/{id}/resume': operators,
  'POST /v1/drills/{id}/abort': operators,
  'POST /v1/drills/{id}/findings': drillers,
  'GET /v1/schedules': everyone,
  'POST /v1/schedules': operators,
  'GET /v1/schedules/{id}': everyone,
  'PUT /v1/schedules/{id}': operators,
  'DELETE /v1/schedules/{id}': operators,
  'POST /v1/schedules/{id}/run': operators,
  'GET /v1/approval-rules': everyone,
  'PUT /v1/approval-rules': admins,
  'GET /v1/approval-rules/versions': everyone,
  'GET /v1/region-groups': everyone,
  'GET /v1/region-groups/{name}': everyone,
  'PUT /v1/region-groups/{name}': operators,
  'DELETE /v1/region-groups/{name}': operators,
  'GET /v1/coverage/policies': everyone,
  'GET /v1/coverage/policies/{name}': everyone,
  'PUT /v1/coverage/policies/{name}': operators,
  'DELETE /v1/coverage/policies/{name}': operators,
  'GET /v1/coverage/policies/{name}/checks': everyone,
  'POST /v1/coverage/policies/{name}/checks': operators,
  'POST /v1/coverage/checks': operators,
  'GET /v1/coverage/checks/{id}': everyone,
  'GET /v1/coverage/checks/{id}/cells': everyone,
  'GET /v1/coverage/checks/{id}/matrix': everyone,
  'POST /v1/coverage/checks/{id}/plan': operators,
  'GET /v1/keys': everyone,
  'GET /v1/lanes': everyone,
  'PATCH /v1/lanes/{id}': operators,
  'POST /v1/lanes/{id}/reset': operators,
  'GET /v1/overview': everyone,
  'GET /v1/events': everyone,
  'GET /v1/drills/{id}/times': everyone,
  'GET /v1/drills/{id}/report': everyone,
  'GET /v1/drills/{id}/evidence': witnesses,
  'GET /v1/me': everyone,
  'GET /v1/webhooks': admins,
  'POST /v1/webhooks': admins,
  'GET /v1/webhooks/{id}': admins,
  'PUT /v1/webhooks/{id}': admins,
  'DELETE /v1/webhooks/{id}': admins,
  'POST /v1/webhooks/{id}/rotate-secret': admins,
  'POST /v1/webhooks/{id}/test': admins,
  'GET /v1/webhooks/{id}/deliveries': admins,
  'POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': admins,
  'GET /v1/tokens': admins,
  'POST /v1/tokens': admins,
  'DELETE /v1/tokens/{id}': admins,
  'POST /v1/session': everyone,
  'DELETE /v1/session': everyone,
  'GET /v1/audit': auditors,
  'GET /v1/audit/export': auditors,
  'GET /v1/audit/checkpoints': auditors,
  'GET /v1/audit/key': auditors,
  'GET /queues': admins,
};

const patterns = Object.keys(permissions).map((operation) => {
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
  return Object.keys(permissions).filter((operation) => permissions[operation]?.includes(role));
}
