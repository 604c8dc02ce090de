import { type PrivateServer, startPostgres, startRedis } from '../servers/index.ts';
import type { EngineName } from './scenario/draw-scenario.ts';

/** The servers of one chaos run, which its scenarios restart and kill. */
export interface ChaosServers {
  readonly engine: EngineName;
  readonly postgres: PrivateServer;
  /** Null on the Postgres engine. */
  readonly redis: PrivateServer | null;
  stop(): Promise<void>;
}

export async function startChaosServers(engine: EngineName): Promise<ChaosServers> {
  const postgres = await startPostgres({ keepsCommits: true });
  const redis = engine === 'redis' ? await startRedis() : null;
  return {
    engine,
    postgres,
    redis,
    stop: async () => {
      await redis?.stop();
      await postgres.stop();
    },
  };
}
