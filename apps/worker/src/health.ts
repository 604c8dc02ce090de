import { hostname } from 'node:os';
import { loadConfig } from '@keyferry/config';
import { createLog } from '@keyferry/log';
import { openQueues } from '@keyferry/queue';
import { isWorkerAlive, openStore } from '@keyferry/store';

/**
 * For a container's health check: ends with 0 when the worker on this host has a live lease in Postgres (each heartbeat is a
 * write) and Redis, where there is one, takes a write; else with 1, and says which.
 */
const config = loadConfig(process.env);
const { database, redisUrl, redisCa } = config;
if (database.url === null)
  throw new Error('DATABASE_URL is not set: this command checks a worker that has its own Postgres.');
const store = openStore({ url: database.url, poolSize: 1, applicationName: 'keyferry worker health' });
const faults: string[] = [];
if (!(await isWorkerAlive(store, hostname()))) faults.push(`No worker on ${hostname()} holds a lease.`);
await store.close();
if (redisUrl !== null) {
  const queues = await openQueues({ redisUrl, redisCa, databaseUrl: database.url, log: createLog('health', 'silent') });
  const { answers, refuses } = await queues.check();
  if (!answers) faults.push('Redis does not answer.');
  if (refuses !== null) faults.push(`Redis refuses writes: ${refuses}`);
  await queues.close();
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
