import { type PrivateServer, startPostgres, startRedis } from '../servers/index.ts';
import { startSilentProxy } from '../servers/silent-proxy.ts';
import type { EngineName } from './scenario/draw-scenario.ts';

/** The servers of one chaos run, which its scenarios restart and kill. */
export interface ChaosServers {
  readonly engine: EngineName;
  readonly postgres: PrivateServer;
  /** Lets all connections to Postgres that are open die without a word; new ones work. */
  silencePostgres(): void;
  /** Null on the Postgres engine. */
  readonly redis: PrivateServer | null;
  stop(): Promise<void>;
}

export async function startChaosServers(engine: EngineName): Promise<ChaosServers> {
  const postgres = await startPostgres({ keepsCommits: true });
  const proxy = await startSilentProxy(postgres.url, 5432);
  const redis = engine === 'redis' ? await startRedis() : null;
  return {
    engine,
    postgres: { ...postgres, url: proxy.url },
    silencePostgres: () => proxy.silence(),
    redis,
    stop: async () => {
      await redis?.stop();
      await proxy.stop();
      await postgres.stop();
    },
  };
}
