import { setTimeout as delay } from 'node:timers/promises';
import type { Log, LogFields } from '@keyferry/log';
import { activeSpan } from '@keyferry/tracing';
import type { Telemetry } from 'bullmq';
import pLimit from 'p-limit';
import type { Engine, EngineWorker, RunJob } from './engine.ts';
import {
  type CallsJob,
  callsOf,
  callsPerJob,
  type JobOf,
  jobKinds,
  type Processors,
  type QueueName,
  type ReplicateJob,
  type SingleKind,
  singleKinds,
} from './jobs.ts';

/** How many jobs of each kind this process works on at once; of `replicate` it is calls, many of which share a job. */
export type WorkerConcurrency = { [Name in QueueName]: number };

export interface RunningWorkers {
  /** Jobs and calls running in this process now. */
  running(): number;
  /**
   * Stops taking jobs, waits up to `graceMs` for those that run, then aborts their signals and goes. Never rejects.
   * Answers how many were still running; their rows come back by their leases.
   */
  close(options: { graceMs: number }): Promise<{ abandoned: number }>;
}

/** A job of the queue is done after this at the latest, milliseconds; its calls go on. */
const placeKeptMs = 2_000;

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

  const run = async (queue: string, job: string | undefined, work: () => Promise<void>, about: () => LogFields) => {
    running += 1;
    try {
      await work();
    } catch (error) {
      activeSpan().fail('job_failed');
      log.error({ err: error, queue, job, ...about() }, 'a job failed and was dropped');
    } finally {
      running -= 1;
    }
  };

  const room = pLimit(concurrency.replicate);
  const free = () => Math.max(0, concurrency.replicate - room.activeCount - room.pendingCount);
  const making = new Set<Promise<unknown>>();
  let callJobs = 0;
  /** BullMQ takes as many jobs as it may before it starts one: no more than there is room for, as others may have some. */
  const takeWhatFits = () => {
    replicating.concurrency = Math.max(1, callJobs + Math.ceil(free() / callsPerJob));
  };
  const makeCall = (job: string | undefined, call: ReplicateJob) =>
    run(
      'replicate',
      job,
      () => processors.replicate(call, graceOver.signal),
      () => ({ replica: call.id }),
    );
  const makeCalls = async ({ id, data }: Parameters<RunJob>[0]) => {
    callJobs += 1;
    const done = Promise.all(callsOf(data as CallsJob).map((call) => room(makeCall, id, call))).then(() => true);
    making.add(done);
    void done.then(() => making.delete(done));
    takeWhatFits();
    // A call that takes long must not keep the place of those that came with it. Its row says that it is under way.
    const isOver = () => Promise.race([done, delay(placeKeptMs, false, { ref: false })]);
    while (!(await isOver()) && (telemetry !== undefined || free() === 0));
    callJobs -= 1;
    takeWhatFits();
  };
  const replicating = engine.worker('replicate', makeCalls, 1, telemetry);
  takeWhatFits();

  const working = <Name extends SingleKind>(name: Name): EngineWorker => {
    const { about, traced } = jobKinds[name] as { about(job: JobOf<Name>): LogFields; traced: boolean };
    const process = processors[name] as (job: JobOf<Name>, signal: AbortSignal) => Promise<void>;
    const work = ({ id, data }: Parameters<RunJob>[0]) => {
      const job = data as JobOf<Name>;
      return run(
        name,
        id,
        () => process(job, graceOver.signal),
        () => about(job),
      );
    };
    return engine.worker(name, work, concurrency[name], traced ? telemetry : undefined);
  };
  const workers = [replicating, ...singleKinds.map(working)];
  for (const worker of workers) void keepRunning(worker, closing.signal, report);

  let closed: Promise<{ abandoned: number }> | undefined;
  return {
    running: () => running,
    close({ graceMs }) {
      closed ??= (async () => {
        closing.abort();
        const over = new AbortController();
        const finished = Promise.all(workers.map((worker) => worker.close().catch(report)))
          .then(() => Promise.all(making))
          .then(() => over.abort());
        await Promise.race([finished, delay(graceMs, undefined, { signal: over.signal }).catch(() => undefined)]);
        room.clearQueue();
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
