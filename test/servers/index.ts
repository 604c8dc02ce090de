export { findChromium } from './find-chromium.ts';
export type { PrivateServer } from './private-server.ts';
export type { RedisFleet } from './redis-fleet.ts';
export type { RedisProcess } from './spawn-redis.ts';
export { startPostgres } from './start-postgres.ts';
export { startRedis } from './start-redis.ts';
export { startRedisCluster } from './start-redis-cluster.ts';
export { startRedisSentinel } from './start-redis-sentinel.ts';
