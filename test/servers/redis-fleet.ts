import type { RedisProcess } from './spawn-redis.ts';

/** Several Redis servers on loopback, of which another takes over when the one with the queues is lost. */
export interface RedisFleet {
  /** For `REDIS_URL`. */
  readonly url: string;
  /** The server that the queues are written to now. */
  primary(): Promise<RedisProcess>;
  /** Starts a server that was killed; resolves when it is a replica of the one that took over. */
  revive(server: RedisProcess): Promise<void>;
  /** Has another server take over, as before maintenance; resolves when the primary has become a replica. */
  failover(): Promise<void>;
  /** Has one that only watches hang from now on, where there is such a one. */
  hinder?(): void;
  stop(): Promise<void>;
}
