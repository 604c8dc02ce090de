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

/** The rule of each operation of the table of permissions. One that is not named here is about everything. */
export const scopeRules: Readonly<Record<string, ScopeRule>> = {
  'GET /v1/plans': 'within',
  'POST /v1/plans': 'within',
  'GET /v1/plans/{id}': 'plan',
  'PATCH /v1/plans/{id}': 'plan',
  'GET /v1/plans/{id}/preview': 'plan',
  'POST /v1/plans/{id}/execute': 'plan',
  'POST /v1/plans/{id}/approve': 'plan',
  'POST /v1/plans/{id}/pause': 'plan',
  'POST /v1/plans/{id}/resume': 'plan',
  'POST /v1/plans/{id}/cancel': 'plan',
  'POST /v1/plans/{id}/retry': 'plan',
  'GET /v1/plans/{id}/replicas': 'plan',
  'GET /v1/plans/{id}/replicas/{replica_id}': 'plan',
  'GET /v1/plans/{id}/events': 'plan',
  'GET /v1/plans/{id}/report': 'plan',
  'GET /v1/plans/{id}/matrix': 'plan',
  'GET /v1/plans/{id}/throughput': 'plan',
  'GET /v1/plans/{id}/failures': 'plan',
  'POST /v1/drills': 'everything',
  'GET /v1/drills': 'everything',
  'GET /v1/drills/{id}': 'everything',
  'GET /v1/drills/{id}/keys': 'everything',
  'GET /v1/drills/{id}/log': 'everything',
  'GET /v1/drills/{id}/events': 'everything',
  'POST /v1/drills/{id}/approve': 'everything',
  'POST /v1/drills/{id}/break-glass': 'everything',
  'POST /v1/drills/{id}/pause': 'everything',
  'POST /v1/drills/{id}/resume': 'everything',
  'POST /v1/drills/{id}/abort': 'everything',
  'POST /v1/drills/{id}/findings': 'everything',
  'GET /v1/schedules': 'within',
  'POST /v1/schedules': 'within',
  'GET /v1/schedules/{id}': 'schedule',
  'PUT /v1/schedules/{id}': 'schedule',
  'DELETE /v1/schedules/{id}': 'schedule',
  'POST /v1/schedules/{id}/run': 'schedule',
  'GET /v1/approval-rules': 'open',
  'PUT /v1/approval-rules': 'everything',
  'GET /v1/approval-rules/versions': 'open',
  'GET /v1/region-groups': 'open',
  'GET /v1/region-groups/{name}': 'open',
  'PUT /v1/region-groups/{name}': 'everything',
  'DELETE /v1/region-groups/{name}': 'everything',
  'GET /v1/coverage/policies': 'everything',
  'GET /v1/coverage/policies/{name}': 'everything',
  'PUT /v1/coverage/policies/{name}': 'everything',
  'DELETE /v1/coverage/policies/{name}': 'everything',
  'GET /v1/coverage/policies/{name}/checks': 'everything',
  'POST /v1/coverage/policies/{name}/checks': 'everything',
  'POST /v1/coverage/checks': 'everything',
  'GET /v1/coverage/checks/{id}': 'everything',
  'GET /v1/coverage/checks/{id}/cells': 'everything',
  'GET /v1/coverage/checks/{id}/matrix': 'everything',
  'POST /v1/coverage/checks/{id}/plan': 'everything',
  'GET /v1/keys': 'everything',
  'GET /v1/lanes': 'within',
  'PATCH /v1/lanes/{id}': 'lane',
  'POST /v1/lanes/{id}/reset': 'lane',
  'GET /v1/webhooks': 'everything',
  'POST /v1/webhooks': 'everything',
  'GET /v1/webhooks/{id}': 'everything',
  'PUT /v1/webhooks/{id}': 'everything',
  'DELETE /v1/webhooks/{id}': 'everything',
  'POST /v1/webhooks/{id}/rotate-secret': 'everything',
  'POST /v1/webhooks/{id}/test': 'everything',
  'GET /v1/webhooks/{id}/deliveries': 'everything',
  'POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': 'everything',
  'GET /v1/drills/{id}/times': 'everything',
  'GET /v1/drills/{id}/report': 'everything',
  'GET /v1/drills/{id}/evidence': 'everything',
  'GET /v1/overview': 'everything',
  'GET /v1/events': 'everything',
  'GET /v1/me': 'open',
  'POST /v1/session': 'open',
  'DELETE /v1/session': 'open',
  'GET /v1/tokens': 'everything',
  'POST /v1/tokens': 'everything',
  'DELETE /v1/tokens/{id}': 'everything',
  'GET /v1/audit': 'everything',
  'GET /v1/audit/export': 'everything',
  'GET /v1/audit/checkpoints': 'everything',
  'GET /v1/audit/key': 'everything',
  'GET /queues': 'everything',
};

export function scopeRuleOf(operation: string): ScopeRule {
  return scopeRules[operation] ?? 'everything';
}
