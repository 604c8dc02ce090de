import { startPostgres, startRedis } from '../test/servers/index.ts';

export interface Servers {
  readonly postgresUrl: string;
  /** Null when nothing was asked for that runs on it. */
  readonly redisUrl: string | null;
}

/** Runs `work` with servers that are thrown away afterwards. */
export async function withServers<T>(
  { redis }: { redis: boolean },
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const postgres = await startPostgres();
  const redisServer = redis ? await startRedis() : null;
  try {
    return await work({ postgresUrl: postgres.url, redisUrl: redisServer?.url ?? null });
  } finally {
    await redisServer?.stop();
    await postgres.stop();
  }
}
