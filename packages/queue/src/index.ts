export type { QueueHealth } from './check-queue.ts';
export { areQueueTablesCurrent, inspectRedis } from './inspect-queue.ts';
export type { JobOf, Processors, QueueName, ReplicateJob } from './jobs.ts';
export { type OpenQueuesOptions, openQueues, type QueueDepth, type Queues } from './open-queues.ts';
export { provideQueueSchema } from './provide-queue-schema.ts';
export type { RunningWorkers, WorkerConcurrency } from './run-workers.ts';
export type { Tick } from './ticks.ts';
