export { createLog } from './create-log.ts';
export type { Log, LogFields } from './fields.ts';
export { reportSparsely } from './report-sparsely.ts';
