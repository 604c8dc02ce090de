import { permissions } from './permissions.ts';

/** Bytes of a body or an answer that cost as much as one read. */
export const bytesPerUnit = 32 * 1024;

/** A read that comes from an index, some 2 ms of this process. */
const read = 1;
/** A change: a transaction with its entry in the audit log. */
const change = 5;

/** What costs more, or less, than others of its method, in reads. Bodies and answers cost by their size besides. */
const costs: Readonly<Record<string, number>> = {
  'POST /v1/plans': 10,
  'POST /v1/plans/{id}/execute': 10,
  'POST /v1/plans/{id}/approve': 10,
  'POST /v1/plans/{id}/retry': 10,
  'GET /v1/plans/{id}/preview': 10,
  'GET /v1/plans/{id}/matrix': 3,
  'GET /v1/plans/{id}/failures': 3,
  'GET /v1/plans/{id}/report': 50,
  'POST /v1/drills': 10,
  'POST /v1/drills/{id}/approve': 10,
  'GET /v1/drills/{id}/times': 5,
  'GET /v1/drills/{id}/report': 50,
  'GET /v1/drills/{id}/evidence': 100,
  'POST /v1/schedules/{id}/run': 10,
  'POST /v1/coverage/policies/{name}/checks': 50,
  'POST /v1/coverage/checks': 50,
  'GET /v1/coverage/checks/{id}/matrix': 3,
  'POST /v1/coverage/checks/{id}/plan': 10,
  // Read once for all who ask at the same time.
  'GET /v1/overview': 2,
  'GET /v1/keys': 3,
  'POST /v1/webhooks/{id}/test': 10,
  'POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver': 10,
  // A person comes and goes.
  'POST /v1/session': 1,
  'DELETE /v1/session': 1,
  'GET /v1/audit': 3,
  'GET /v1/audit/export': 100,
};

for (const operation of Object.keys(costs)) {
  if (permissions[operation] === undefined) throw new Error(`a cost for ${operation}, which is no operation`);
}

/** What an operation costs before its bodies and answers are counted, in cheap reads. */
export function costOf(operation: string): number {
  return costs[operation] ?? (operation.startsWith('GET ') ? read : change);
}
