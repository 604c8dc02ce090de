export { Counter, Gauge, Histogram, type Registry } from 'prom-client';
export { openRegistry } from './open-registry.ts';
export { type PoolUse, watchDatabasePool } from './watch-database-pool.ts';
