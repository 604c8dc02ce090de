import { z } from 'zod';
import { badRequest, notFound, readBody } from './api-error.ts';
import type { Cckm } from './cckm.ts';
import type { KmsContainer } from './kms-containers.ts';

/** A synchronisation: CCKM reads from AWS what is there. Source: CCKM contract, section 5. */
export interface SynchronizationJob {
  readonly id: string;
  readonly containers: readonly KmsContainer[];
  readonly regions: readonly string[] | null;
  readonly all: boolean;
  readonly startedAt: number;
  status: 'in_progress' | 'completed' | 'cancelled';
  endedAt: number | null;
}

const syncRequest = z.looseObject({
  kms: z.array(z.string()).nullish(),
  regions: z.array(z.string()).nullish(),
  synchronize_all: z.boolean().nullish(),
});

export function startSynchronization(cckm: Cckm, body: unknown): SynchronizationJob {
  const request = readBody(syncRequest, body);
  const all = request.synchronize_all ?? false;
  const named = request.kms ?? [];
  if (all && (named.length > 0 || (request.regions ?? []).length > 0)) {
    throw badRequest('synchronize_all excludes kms and regions');
  }
  if (!all && named.length === 0) throw badRequest('kms or synchronize_all is required');
  const containers = all
    ? cckm.containers.all()
    : named.map((name) => {
        const container = cckm.containers.find(name);
        if (!container) throw badRequest(`KMS ${name} is not found`);
        return container;
      });
  const regions = request.regions && request.regions.length > 0 ? request.regions : null;
  const job: SynchronizationJob = {
    id: cckm.ids.uuid(),
    containers,
    regions,
    all,
    startedAt: cckm.now(),
    status: 'in_progress',
    endedAt: null,
  };
  cckm.jobs.set(job.id, job);
  cckm.kms.timeline.at(job.startedAt + cckm.settings.timings.synchronization_ms, () => complete(cckm, job));
  return job;
}

export function findJob(cckm: Cckm, id: string): SynchronizationJob {
  const job = cckm.jobs.get(id);
  if (!job) throw notFound(`synchronization job ${id} is not found`);
  return job;
}

export function cancelSynchronization(cckm: Cckm, job: SynchronizationJob): void {
  if (job.status !== 'in_progress') throw badRequest('The synchronization job is not in progress');
  job.status = 'cancelled';
  job.endedAt = cckm.now();
}

export function jobJson(job: SynchronizationJob): Record<string, unknown> {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    id: job.id,
    uri: `kylo:kylo:cckm:synchronization-job:${job.id}`,
    account: 'kylo:kylo:admin:accounts:kylo',
    createdAt: time(job.startedAt),
    updatedAt: time(job.endedAt ?? job.startedAt),
    cloud_name: 'aws',
    kms: job.containers.map(({ id }) => id),
    regions: job.regions ?? [],
    synchronize_all: job.all,
    overall_status: job.status,
    completed_at: time(job.endedAt),
  };
}

function complete(cckm: Cckm, job: SynchronizationJob): void {
  if (job.status !== 'in_progress') return;
  const now = cckm.now();
  job.status = 'completed';
  job.endedAt = now;
  const within = (container: KmsContainer, region: string) =>
    job.containers.includes(container) && (job.regions === null || job.regions.includes(region));
  for (const container of job.containers) {
    for (const region of container.regions) {
      if (within(container, region)) cckm.synchronizedAt.set(`${container.account}|${region}`, now);
    }
  }
  for (const key of [...cckm.unlisted]) {
    const container = cckm.containers.holding(key.account, key.region);
    if (key.deleted) cckm.unlisted.delete(key);
    else if (container && within(container, key.region)) {
      cckm.addRecord(key, container);
      cckm.listedBySiblingsFrom.delete(key.arn);
    }
  }
}
