import type { Telemetry } from 'bullmq';
import type { QueuedJob } from './jobs.ts';

/** The BullMQ classes as far as this package uses them, whatever the backend they are bound to. */
export interface EngineQueue {
  addBulk(jobs: QueuedJob<unknown>[]): Promise<unknown>;
  getJobSchedulers(): Promise<{ key: string; pattern?: string; tz?: string; next?: number }[]>;
  upsertJobScheduler(
    id: string,
    repeat: { pattern: string; tz: string },
    job: { name: string; data: unknown },
  ): Promise<unknown>;
  removeJobScheduler(id: string): Promise<unknown>;
  getJobCounts(...types: ('wait' | 'active')[]): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export interface EngineWorker {
  /** Jobs at once. What is changed holds from the next job on; at least 1. */
  concurrency: number;
  /** Works until the worker is closed; also comes back when BullMQ's main loop has broken. */
  run(): Promise<void>;
  close(force?: boolean): Promise<void>;
}

export type RunJob = (job: { id?: string | undefined; data: unknown }) => Promise<void>;

/** One server under BullMQ: Redis or Postgres. Few connections, shared by all queues and workers of the process. */
export interface Engine {
  readonly kind: 'redis' | 'postgres';
  /** With `telemetry`, the adding of jobs to it is traced. */
  queue(name: string, telemetry?: Telemetry): EngineQueue;
  worker(name: string, run: RunJob, concurrency: number, telemetry?: Telemetry): EngineWorker;
  /** Resolves while the server can take a job, waits while it is coming back, rejects once `signal` aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** Writes what a health check writes; rejects with the server's own words where it refuses writes. */
  ping(): Promise<void>;
  /** Ends the workers' connections, also those that hang on a server that is away. */
  closeWorkers(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Nothing is ever given up as stalled (a processor checks its row anyway), and a job whose worker died or whose ending
 * could not be written comes round again after lock and interval: that bounds how long its id blocks a new job.
 */
export const workerSettings = {
  autorun: false,
  lockDuration: 15_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 500,
} as const;
