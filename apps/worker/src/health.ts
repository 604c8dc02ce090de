import { hostname } from 'node:os';
import { loadConfig } from '@keyferry/config';
import { isWorkerAlive, openStore } from '@keyferry/store';

/** For a container's health check: ends with 0 when the worker on this host has a live lease in Postgres, else with 1. */
const { database } = loadConfig(process.env);
if (database.url === null) throw new Error('DATABASE_URL is not set: this checks a worker with a Postgres of its own.');
const store = openStore({ url: database.url, poolSize: 1, applicationName: 'keyferry worker health' });
const alive = await isWorkerAlive(store, hostname());
await store.close();
if (!alive) process.stderr.write(`No worker on ${hostname()} holds a lease.\n`);
process.exitCode = alive ? 0 : 1;
