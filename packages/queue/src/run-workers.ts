import { setTimeout as delay } from 'node:timers/promises';
import type { Log, LogFields } from '@keyferry/log';
import { activeSpan } from '@keyferry/tracing';
import type { Telemetry } from 'bullmq';
import type { Engine, EngineWorker, RunJob } from './engine.ts';
import type { DeliverJob, DrillJob, Processors, ReplicateJob, ResolveJob, TickJob, WatchJob } from './jobs.ts';

/** How many jobs of each kind this process works on at once. */
export interface WorkerConcurrency {
  resolve: number;
  replicate: number;
  watch: number;
  tick: number;
  deliver: number;
  drill: number;
}

export interface RunningWorkers {
  /** Jobs running in this process now. */
  running(): number;
  /**
   * Stops taking jobs, waits up to `graceMs` for those that run, then aborts their signals and goes. Never rejects.
   * Answers how many were still running; their rows come back by their leases.
   */
  close(options: { graceMs: number }): Promise<{ abandoned: number }>;
}

/** Starts one BullMQ worker a queue, and starts it again should its loop ever break. */
export function runWorkers(
  engine: Engine,
  processors: Processors,
  concurrency: WorkerConcurrency,
  log: Log,
  { report, telemetry }: { report: (error: unknown) => void; telemetry: Telemetry | undefined },
): RunningWorkers {
  const closing = new AbortController();
  const graceOver = new AbortController();
  let running = 0;

  const processing =
    <Job>(queue: string, process: (job: Job, signal: AbortSignal) => Promise<void>, about: (job: Job) => LogFields) =>
    async ({ id, data }: Parameters<RunJob>[0]) => {
      running += 1;
      try {
        await process(data as Job, graceOver.signal);
      } catch (error) {
        activeSpan().fail('job_failed');
        log.error({ err: error, queue, job: id, ...about(data as Job) }, 'a job failed and was dropped');
      } finally {
        running -= 1;
      }
    };

  const workers = [
    engine.worker(
      'resolve',
      processing<ResolveJob>('resolve', processors.resolve, ({ planId }) => ({ plan: planId })),
      concurrency.resolve,
      telemetry,
    ),
    engine.worker(
      'replicate',
      processing<ReplicateJob>('replicate', processors.replicate, ({ id }) => ({ replica: id })),
      concurrency.replicate,
      telemetry,
    ),
    engine.worker(
      'watch',
      processing<WatchJob>('watch', processors.watch, ({ account, region }) => ({ account, region })),
      concurrency.watch,
      telemetry,
    ),
    engine.worker(
      'tick',
      processing<TickJob>('tick', processors.tick, ({ scheduleId }) => ({ schedule: scheduleId })),
      concurrency.tick,
      telemetry,
    ),
    engine.worker(
      'deliver',
      processing<DeliverJob>('deliver', processors.deliver, ({ deliveryId }) => ({ delivery: deliveryId })),
      concurrency.deliver,
    ),
    engine.worker(
      'drill',
      processing<DrillJob>('drill', processors.drill, ({ drillId }) => ({ drill: drillId })),
      concurrency.drill,
    ),
  ];
  for (const worker of workers) void keepRunning(worker, closing.signal, report);

  let closed: Promise<{ abandoned: number }> | undefined;
  return {
    running: () => running,
    close({ graceMs }) {
      closed ??= (async () => {
        closing.abort();
        const over = new AbortController();
        const finished = Promise.all(workers.map((worker) => worker.close().catch(report))).then(() => over.abort());
        await Promise.race([finished, delay(graceMs, undefined, { signal: over.signal }).catch(() => undefined)]);
        const abandoned = running;
        graceOver.abort(new Error('the worker is closing'));
        await engine.closeWorkers();
        return { abandoned };
      })();
      return closed;
    },
  };
}

async function keepRunning(worker: EngineWorker, closing: AbortSignal, report: (error: unknown) => void) {
  while (!closing.aborted) {
    try {
      await worker.run();
    } catch (error) {
      report(error);
    }
    await delay(500, undefined, { signal: closing }).catch(() => undefined);
  }
}
