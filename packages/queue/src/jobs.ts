/**
 * What travels through the queue: ids and an epoch, nothing else. A job is a hint that a row may be worth looking at; it
 * can be lost, repeated or out of date, so a processor must claim its row in Postgres by that epoch before it acts.
 */

/** A plan whose keys are to be resolved. */
export interface ResolveJob {
  planId: string;
  epoch: number;
}

/** A replica row whose turn it is: to be created, to become the primary, or to have its key material imported. */
export interface ReplicateJob {
  id: string;
  epoch: number;
  kind: 'replicate' | 'promote' | 'import';
}

/** An account × Region whose young replicas are to be looked at. */
export interface WatchJob {
  account: string;
  region: string;
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

export function replicateJob({ id, epoch, kind }: ReplicateJob): QueuedJob<ReplicateJob> {
  return { name: kind, data: { id, epoch, kind }, opts: { jobId: `r-${id}-${epoch}` } };
}

/** BullMQ refuses `:` in a job id, and an account may be a name with anything in it: hence the encoding. */
export function watchJob({ account, region, epoch }: WatchJob): QueuedJob<WatchJob> {
  const jobId = `w-${encodeURIComponent(account)}-${encodeURIComponent(region)}-${epoch}`;
  return { name: 'watch', data: { account, region, epoch }, opts: { jobId } };
}

/** One job for each attempt of a delivery, named after those before it. */
export function deliverJob({ id, attempts }: { id: string; attempts: number }): QueuedJob<DeliverJob> {
  return { name: 'deliver', data: { deliveryId: id }, opts: { jobId: `d-${id}-${attempts}` } };
}

export function drillJob({ drillId, epoch }: DrillJob): QueuedJob<DrillJob> {
  return { name: 'drill', data: { drillId, epoch }, opts: { jobId: `f-${drillId}-${epoch}` } };
}
