export {
  type ApprovalInput,
  type AuditFilter,
  createKeyferryClient,
  type KeyferryClient,
  type KeyferryClientOptions,
  type MatrixFilter,
  type PageOptions,
  type PlanCommandName,
  type PlanFilter,
  type ReplicaFilter,
} from './client.ts';
export type { DrillDecisionInput, DrillsClient, FindingInput } from './drills.ts';
export { ProblemError, retryDelayMs, UnreachableError } from './errors.ts';
export type { DrillEvent, PlanEvent } from './follow-plan.ts';
export { readDrillFacts, readPlanFacts } from './read-decision.ts';
