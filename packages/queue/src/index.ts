export type { QueueHealth } from './check-queue.ts';
export { areQueueTablesCurrent, inspectRedis } from './inspect-queue.ts';
export type { DeliverJob, Processors, ReplicateJob, ResolveJob, TickJob, WatchJob } from './jobs.ts';
export { type OpenQueuesOptions, openQueues, type QueueDepth, type QueueName, type Queues } from './open-queues.ts';
export { provideQueueSchema } from './provide-queue-schema.ts';
export type { RunningWorkers, WorkerConcurrency } from './run-workers.ts';
export type { Tick } from './ticks.ts';
