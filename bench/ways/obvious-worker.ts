import { createServer } from 'node:http';
import { openStore } from '@keyferry/store';
import { Queue, Worker } from 'bullmq';
import { makeWorkerUtils, run } from 'graphile-worker';
import { Redis } from 'ioredis';
import { PgBoss } from 'pg-boss';

/**
 * What one would build first, as a process of its own: a job for each replica, and one Prisma update for each change of its
 * state. `OBVIOUS` is JSON: `{ "queue": "bullmq" | "pg-boss" | "graphile-worker", "replicas": 10000, "calls": true }`; without
 * `calls` a job does nothing. It makes its jobs, says so, works them after `POST /start`, and says when all are done.
 */
const {
  queue,
  replicas,
  calls,
  cckmUrl = '',
  regions = [],
  keys = [],
} = JSON.parse(process.env.OBVIOUS ?? '{}') as {
  queue: 'bullmq' | 'pg-boss' | 'graphile-worker';
  replicas: number;
  calls: boolean;
  cckmUrl?: string;
  regions?: string[];
  keys?: string[];
};
const databaseUrl = process.env.DATABASE_URL ?? '';
const atOnce = 512;
const store = openStore({ url: databaseUrl, poolSize: 20 });
const { prisma } = store;
await prisma.$executeRaw`CREATE TABLE obvious (id int PRIMARY KEY, key_id text, region text, state text)`;
await prisma.$executeRaw`
  INSERT INTO obvious (id, key_id, region, state)
  SELECT i, (${keys}::text[])[1 + (i / ${Math.max(1, regions.length)}::int)], (${regions}::text[])[1 + (i % ${Math.max(1, regions.length)}::int)], 'pending'
  FROM generate_series(0, ${replicas - 1}::int) AS i`;

let done = 0;
const allDone = Promise.withResolvers<void>();
async function work(id: number): Promise<void> {
  if (calls) {
    const keyId = keys[Math.floor(id / regions.length)] ?? '';
    await setState(id, 'replicating');
    const answer = await fetch(`${cckmUrl}/api/v1/cckm/aws/keys/${keyId}/replicate-key`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ replica_region: regions[id % regions.length], aws_param: {} }),
    });
    await answer.text();
    await setState(id, 'creating');
    await setState(id, 'succeeded');
  }
  done += 1;
  if (done === replicas) allDone.resolve();
}

const setState = (id: number, state: string) =>
  prisma.$executeRaw`UPDATE obvious SET state = ${state} WHERE id = ${id}`;

const ids = Array.from({ length: replicas }, (_, id) => id);
const parts = Array.from({ length: Math.ceil(replicas / 1_000) }, (_, i) => ids.slice(i * 1_000, (i + 1) * 1_000));

/** Makes the jobs; answers what starts working on them. */
const makers: Readonly<Record<typeof queue, () => Promise<() => Promise<unknown>>>> = {
  bullmq: async () => {
    const connection = new Redis(process.env.REDIS_URL ?? '', { maxRetriesPerRequest: null });
    const jobs = new Queue('obvious', { connection });
    for (const part of parts)
      await jobs.addBulk(part.map((id) => ({ name: 'replicate', data: { id }, opts: { removeOnComplete: true } })));
    return async () =>
      new Worker<{ id: number }>('obvious', ({ data }) => work(data.id), { connection, concurrency: atOnce });
  },
  'pg-boss': async () => {
    const boss = new PgBoss(databaseUrl);
    boss.on('error', (error) => console.error(error));
    await boss.start();
    await boss.createQueue('obvious');
    for (const part of parts)
      await boss.insert(
        'obvious',
        part.map((id) => ({ data: { id } })),
      );
    return () =>
      boss.work<{ id: number }>('obvious', { batchSize: atOnce, pollingIntervalSeconds: 0.5 }, async (batch) => {
        await Promise.all(batch.map(({ data }) => work(data.id)));
      });
  },
  'graphile-worker': async () => {
    const utils = await makeWorkerUtils({ connectionString: databaseUrl });
    await utils.migrate();
    for (const part of parts) await utils.addJobs(part.map((id) => ({ identifier: 'replicate', payload: { id } })));
    return () =>
      run({
        connectionString: databaseUrl,
        concurrency: atOnce,
        maxPoolSize: 20,
        taskList: { replicate: (payload) => work((payload as { id: number }).id) },
      });
  },
};

const start = await makers[queue]();
const server = createServer((_request, response) => {
  const began = performance.now();
  void start();
  void allDone.promise.then(() => response.end(JSON.stringify({ seconds: (performance.now() - began) / 1_000 })));
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object')
    process.stdout.write(`{"listening":"http://127.0.0.1:${address.port}"}\n`);
});
