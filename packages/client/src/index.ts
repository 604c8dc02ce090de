export type { OperationName, QueryInput } from '@keyferry/operations';
export { createKeyferryClient, type KeyferryClient, type KeyferryClientOptions, type ReplicaFilter } from './client.ts';
export { ProblemError, retryDelayMs, UnreachableError } from './errors.ts';
export type { DrillEvent, PlanEvent } from './follow-plan.ts';
export { readDrillFacts, readPlanFacts } from './read-decision.ts';
