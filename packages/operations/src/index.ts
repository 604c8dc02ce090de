export * from './asked.ts';
export * from './body-limit.ts';
export * from './cost.ts';
export * from './find-operation.ts';
export type { Answer, Body, Operation, ScopeRule } from './operation.ts';
export * from './operations.ts';
export { eventFields } from './plans.ts';
