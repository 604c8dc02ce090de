import pg from 'pg';
import { postgresLimits } from './postgres-limits.ts';
import { setSession } from './session-settings.ts';
import { ConnectionWatch, closeSocket } from './watch-connections.ts';

export interface PoolOptions {
  readonly url: string;
  /** Connections at most. */
  readonly max: number;
  readonly applicationName: string;
  /** Settings of the session beside those that Keyferry always sets. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called with what broke a connection. */
  readonly onError: (error: Error) => void;
}

/** Ends a pool that has connections which do not end. */
const endWithinMs = 5_000;

/**
 * A pool of connections with time limits: keepalive, a lifetime, and connections that have died without a word are found
 * and replaced within seconds. Its sessions are as Keyferry's SQL needs them. `end` never hangs.
 */
export function openPool({ url, max, applicationName, settings, onError }: PoolOptions): pg.Pool {
  const config = connectionConfig(url, applicationName);
  const watch = new ConnectionWatch(config, onError);
  const pool = new pg.Pool({
    ...config,
    max,
    maxLifetimeSeconds: postgresLimits.lifetimeMs / 1_000,
    onConnect: async (client) => {
      // While it is in use nobody else listens: what broke it fails its query.
      client.on('error', () => undefined);
      watch.add(client, await setSession(client, settings));
    },
  });
  pool.on('acquire', (client) => watch.setResting(client, false));
  pool.on('release', (_error, client) => watch.setResting(client, true));
  pool.on('error', onError);
  const end = pool.end.bind(pool) as () => Promise<void>;
  pool.end = (async () => {
    const cut = setTimeout(() => watch.closeAll(), endWithinMs);
    await end().finally(() => clearTimeout(cut));
  }) as typeof pool.end;
  return pool;
}

/** A connection that is silent takes no farewell; nor does a pooler that has given none yet. */
const farewellMs = 1_000;

/** One connection with the same session and the same limits; connected. Its `end` never hangs and never rejects. */
export async function connectClient(url: string, applicationName: string): Promise<pg.Client> {
  const config = connectionConfig(url, applicationName);
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  const end = client.end.bind(client) as () => Promise<void>;
  client.end = (async () => {
    const farewell = end().catch(() => undefined);
    await Promise.race([farewell, new Promise((resolve) => setTimeout(resolve, farewellMs).unref())]);
    closeSocket(client);
  }) as typeof client.end;
  try {
    await client.connect();
    new ConnectionWatch(config).add(client, await setSession(client));
  } catch (error) {
    void client.end();
    throw error;
  }
  return client;
}

function connectionConfig(url: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: postgresLimits.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: postgresLimits.keepAliveMs,
    application_name: applicationName,
  };
}
