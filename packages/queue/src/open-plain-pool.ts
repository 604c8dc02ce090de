import pg from 'pg';

export interface QueuePoolOptions {
  readonly url: string;
  /** Connections at most. */
  readonly max: number;
  readonly applicationName: string;
  /** Of the session of each connection. */
  readonly settings: Readonly<Record<string, string>>;
  readonly onError: (error: Error) => void;
}

/** How the queue connects to Postgres: an installation gives the way of its store, which finds dead connections too. */
export type OpenPool = (options: QueuePoolOptions) => pg.Pool;

/** A pool with time limits. Settings are made by statements: poolers refuse startup parameters, or ignore them. */
export const openPlainPool: OpenPool = ({ url, max, applicationName, settings, onError }) => {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: applicationName,
    onConnect: async (client) => {
      // While it is in use nobody else listens: what broke it fails its query.
      client.on('error', () => undefined);
      for (const setting of Object.entries(settings)) {
        await client.query('SELECT set_config($1, $2, false)', setting);
      }
    },
  });
  pool.on('error', onError);
  return pool;
};
