export { findChromium } from './find-chromium.ts';
export type { PrivateServer } from './private-server.ts';
export { startPostgres } from './start-postgres.ts';
export { startRedis } from './start-redis.ts';
