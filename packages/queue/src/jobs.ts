import type { LogFields } from '@keyferry/log';

/**
 * What travels through the queue: ids and an epoch, nothing else. A job is a hint that a row may be worth looking at; it
 * can be lost, repeated or out of date, so a processor must claim its row in Postgres by that epoch before it acts.
 */

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

/** A kind of job that is done as one. */
interface JobKind<Added, Job> {
  /** The same name at the same time is the same job. */
  id(added: Added): string;
  /** What travels. */
  data(added: Added): Job;
  /** What the log says of one that failed. */
  about(job: Job): LogFields;
  /** It has a trace of its own. */
  readonly traced: boolean;
}

const kind = <Job, Added = Job>(one: JobKind<Added, Job>): JobKind<Added, Job> => one;

/**
 * The kinds of jobs, each with a queue of its own name; beside them there is `replicate`, of which many calls share a job. An
 * `epoch` in an id sets a hint apart from an earlier one, whose job may have died with its worker.
 */
export const jobKinds = {
  /** A plan whose keys are to be resolved. */
  resolve: kind<{ planId: string; epoch: number }>({
    id: ({ planId, epoch }) => `p-${planId}-${epoch}`,
    data: ({ planId, epoch }) => ({ planId, epoch }),
    about: ({ planId }) => ({ plan: planId }),
    traced: true,
  }),
  /** Young replicas are to be looked at, wherever they are. */
  watch: kind<{ epoch: number }>({
    id: ({ epoch }) => `w-${epoch}`,
    data: ({ epoch }) => ({ epoch }),
    about: () => ({}),
    traced: true,
  }),
  /** A schedule that may be due. BullMQ's job scheduler makes it, at the times of the schedule's cron expression. */
  tick: kind<{ scheduleId: string }>({
    id: ({ scheduleId }) => scheduleId,
    data: ({ scheduleId }) => ({ scheduleId }),
    about: ({ scheduleId }) => ({ schedule: scheduleId }),
    traced: true,
  }),
  /** An event that is to be delivered to a webhook: one job for each attempt, named after those before it. */
  deliver: kind<{ deliveryId: string }, { id: string; attempts: number }>({
    id: ({ id, attempts }) => `d-${id}-${attempts}`,
    data: ({ id }) => ({ deliveryId: id }),
    about: ({ deliveryId }) => ({ delivery: deliveryId }),
    traced: false,
  }),
  /** A drill that may have something to do. */
  drill: kind<{ drillId: string; epoch: number }>({
    id: ({ drillId, epoch }) => `f-${drillId}-${epoch}`,
    data: ({ drillId, epoch }) => ({ drillId, epoch }),
    about: ({ drillId }) => ({ drill: drillId }),
    traced: false,
  }),
};

export type SingleKind = keyof typeof jobKinds;
export const singleKinds = Object.keys(jobKinds) as SingleKind[];

export type QueueName = SingleKind | 'replicate';
export const queueNames: readonly QueueName[] = ['replicate', ...singleKinds];

/** What a processor of a kind is given. */
export type JobOf<Name extends QueueName> = Name extends SingleKind
  ? ReturnType<(typeof jobKinds)[Name]['data']>
  : ReplicateJob;
/** What a job of a kind is added by. */
export type AddedAs<Name extends SingleKind> = Parameters<(typeof jobKinds)[Name]['id']>[0];

/**
 * What a worker does with each kind of job. A rejection is logged and the job dropped: the queue never retries.
 * `signal` aborts when the worker is closing and its grace is over; what still runs then is abandoned.
 */
export type Processors = { [Name in QueueName]: (job: JobOf<Name>, signal: AbortSignal) => Promise<void> };

/** The shape in which BullMQ takes a job. */
export interface QueuedJob<Data> {
  name: string;
  data: Data;
  opts: { jobId: string };
}

/** Kept out of the way at once: a finished job would only cost memory and block its own id from being used again. */
export const jobDefaults = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

export function jobOf<Name extends SingleKind>(name: Name, added: AddedAs<Name>): QueuedJob<JobOf<Name>> {
  const { id, data } = jobKinds[name] as unknown as JobKind<AddedAs<Name>, JobOf<Name>>;
  return { name, data: data(added), opts: { jobId: id(added) } };
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
