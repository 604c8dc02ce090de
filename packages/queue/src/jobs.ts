/**
 * What travels through the queue: ids and an epoch, nothing else. A job is a hint that a row may be worth looking at; it
 * can be lost, repeated or out of date, so a processor must claim its row in Postgres by that epoch before it acts.
 */

/** A plan whose keys are to be resolved. */
export interface ResolveJob {
  planId: string;
  epoch: number;
}

/** A replica row whose turn it is: to be created, to become the primary, or to get its key material or its alias. */
export interface ReplicateJob {
  id: string;
  epoch: number;
  kind: 'replicate' | 'promote' | 'import' | 'alias';
}

/** Calls that are made at about the same time, as one job of the queue: what a job costs is shared by them. */
export interface CallsJob {
  calls: readonly ReplicateJob[];
}

/** Young replicas are to be looked at, wherever they are. */
export interface WatchJob {
  /** Sets this hint apart from an earlier one, whose job may have died with its worker. */
  epoch: number;
}

/** A schedule that may be due. BullMQ's job scheduler makes it, at the times of the schedule's cron expression. */
export interface TickJob {
  scheduleId: string;
}

/** An event that is to be delivered to a webhook. */
export interface DeliverJob {
  deliveryId: string;
}

/** A drill that may have something to do. */
export interface DrillJob {
  drillId: string;
  /** Sets this hint apart from an earlier one, whose job may have died with its worker. */
  epoch: number;
}

/**
 * What a worker does with each kind of job. A rejection is logged and the job dropped: the queue never retries.
 * `signal` aborts when the worker is closing and its grace is over; what still runs then is abandoned.
 */
export interface Processors {
  resolve(job: ResolveJob, signal: AbortSignal): Promise<void>;
  replicate(job: ReplicateJob, signal: AbortSignal): Promise<void>;
  watch(job: WatchJob, signal: AbortSignal): Promise<void>;
  tick(job: TickJob, signal: AbortSignal): Promise<void>;
  deliver(job: DeliverJob, signal: AbortSignal): Promise<void>;
  drill(job: DrillJob, signal: AbortSignal): Promise<void>;
}

/** The shape in which BullMQ takes a job. */
export interface QueuedJob<Data> {
  name: string;
  data: Data;
  opts: { jobId: string };
}

/** Kept out of the way at once: a finished job would only cost memory and block its own id from being used again. */
export const jobDefaults = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

export function resolveJob({ planId, epoch }: ResolveJob): QueuedJob<ResolveJob> {
  return { name: 'resolve', data: { planId, epoch }, opts: { jobId: `p-${planId}-${epoch}` } };
}

/** A job of the queue costs about as much as a call; so many share one. */
export const callsPerJob = 20;

/** The calls of a job. One that an earlier version of Keyferry made is a call itself. */
export function callsOf(job: CallsJob | ReplicateJob): readonly ReplicateJob[] {
  return 'calls' in job ? job.calls : [job];
}

/** Named after its first call, which must exist: the same calls given again are the same job. */
export function callsJob(calls: readonly ReplicateJob[]): QueuedJob<CallsJob> {
  const [first] = calls as [ReplicateJob];
  return {
    name: first.kind,
    data: { calls: calls.map(({ id, epoch, kind }) => ({ id, epoch, kind })) },
    opts: { jobId: `r-${first.id}-${first.epoch}` },
  };
}

export function watchJob({ epoch }: WatchJob): QueuedJob<WatchJob> {
  return { name: 'watch', data: { epoch }, opts: { jobId: `w-${epoch}` } };
}

/** One job for each attempt of a delivery, named after those before it. */
export function deliverJob({ id, attempts }: { id: string; attempts: number }): QueuedJob<DeliverJob> {
  return { name: 'deliver', data: { deliveryId: id }, opts: { jobId: `d-${id}-${attempts}` } };
}

export function drillJob({ drillId, epoch }: DrillJob): QueuedJob<DrillJob> {
  return { name: 'drill', data: { drillId, epoch }, opts: { jobId: `f-${drillId}-${epoch}` } };
}
