import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorkerRows, type WorkerRows } from '../../../../test/harness/worker-rows.ts';
import { Claims } from './claims.ts';

let worker: WorkerRows;
beforeAll(async () => {
  worker = await startWorkerRows();
}, 120_000);
afterAll(() => worker?.stop());

test('a row that is claimed twice at once goes to one job: of two of its jobs, to the newer', async () => {
  const claims = new Claims(worker.store);
  const { jobs } = await worker.released(6);
  const outdated = jobs.map(({ id, epoch }) => ({ id, epoch: epoch - 1 }));
  const answers = await Promise.all(
    [...outdated, ...jobs, ...jobs].map(async (job) => ({
      job,
      claim: await claims.of('replicate', worker.session.id, job),
    })),
  );
  const claimed = answers.filter(({ claim }) => claim !== null).map(({ job }) => job);
  expect(claimed).toEqual(jobs);
});
