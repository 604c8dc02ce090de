import { accessOperations } from './access.ts';
import { approvalRulesOperations } from './approval-rules.ts';
import { auditOperations } from './audit.ts';
import { coverageOperations } from './coverage.ts';
import { drillOperations } from './drills.ts';
import { installationOperations } from './installation.ts';
import type { Operation } from './operation.ts';
import { planOperations } from './plans.ts';
import { regionGroupOperations } from './region-groups.ts';
import { scheduleOperations } from './schedules.ts';
import { webhookOperations } from './webhooks.ts';

/**
 * Every operation under /v1 by method and path, and the page of the queues. The API's router, checks and OpenAPI document and the
 * client's calls are derived from it; what is not named here is not there for anybody.
 */
export const operations = {
  ...planOperations,
  ...drillOperations,
  ...scheduleOperations,
  ...approvalRulesOperations,
  ...regionGroupOperations,
  ...coverageOperations,
  ...installationOperations,
  ...webhookOperations,
  ...accessOperations,
  ...auditOperations,
};

export type Operations = typeof operations;
/** Method and path, e.g. `GET /v1/plans/{id}`. */
export type OperationName = keyof Operations;

/** As any of them: without the types of its schemas. */
export function operationNamed(name: OperationName): Operation {
  return operations[name];
}

export const operationNames = Object.keys(operations) as OperationName[];
