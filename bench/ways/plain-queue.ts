import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { logIn, replicateKey } from './call-cckm.ts';
import { type Pair, pairId, type WayResult } from './way.ts';

/**
 * What a good engineer writes in an afternoon: a job a replica, BullMQ's own limiter at the quota, eight attempts with
 * exponential backoff, and `AlreadyExists` taken for done.
 */
export async function plainQueue(
  url: string,
  pairs: readonly Pair[],
  { redisUrl, callsPerSecond }: { redisUrl: string; callsPerSecond: number },
): Promise<WayResult> {
  const name = `plain-${callsPerSecond}`;
  const jwt = await logIn(url);
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const said = new Map<string, 'done' | 'failed'>();
  const over = Promise.withResolvers<void>();
  const note = (id: string, outcome: 'done' | 'failed') => {
    said.set(id, outcome);
    if (said.size === pairs.length) over.resolve();
  };

  const worker = new Worker<Pair>(name, ({ data }) => replicate(url, jwt, data), {
    connection,
    concurrency: 50,
    limiter: { max: callsPerSecond, duration: 1_000 },
  });
  worker.on('completed', ({ data }) => note(pairId(data.key.mrk, data.region), 'done'));
  worker.on('failed', (job) => {
    if (job && job.attemptsMade >= (job.opts.attempts ?? 1)) note(pairId(job.data.key.mrk, job.data.region), 'failed');
  });
  worker.on('error', over.reject);
  const queue = new Queue<Pair>(name, { connection });
  await queue.addBulk(
    pairs.map((pair) => ({
      name: 'replicate',
      data: pair,
      opts: { attempts: 8, backoff: { type: 'exponential', delay: 1_000 }, removeOnComplete: true },
    })),
  );

  await over.promise;
  const saidDoneAt = Date.now();
  await worker.close();
  await queue.close();
  connection.disconnect();
  return { said, saidDoneAt, readBack: 0 };
}

async function replicate(url: string, jwt: string, pair: Pair): Promise<void> {
  const { status, text } = await replicateKey(url, jwt, pair);
  if (status === 201 || text.includes('AlreadyExistsException')) return;
  throw new Error(`HTTP ${status}: ${text}`);
}
