import type { TestProject } from 'vitest/node';
import { startPostgres, startRedis } from '../servers/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Which queue engine the suite runs on. */
    engine: 'postgres' | 'redis';
    postgresUrl: string;
    /** Null on the Postgres engine. */
    redisUrl: string | null;
  }
}

/** One Postgres, and one Redis where the engine needs it, for the whole suite; each test file makes its own database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine = project.config.provide.engine;
  const postgres = await startPostgres();
  const redis = engine === 'redis' ? await startRedis() : null;
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis?.url ?? null);
  return async () => {
    await redis?.stop();
    await postgres.stop();
  };
}
