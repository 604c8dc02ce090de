import pg from 'pg';
import { schemaVersion } from './postgres-engine.ts';
import { connect, type RedisServer, readServer, tlsOf } from './redis-engine.ts';
import { parseRedisUrl } from './redis-url.ts';
import { within } from './within.ts';

const answerWithinMs = 5_000;

/** Looks at the Redis of a `REDIS_URL` and changes nothing. Throws what connecting failed with. */
export async function inspectRedis(redisUrl: string, redisCa: string | null = null): Promise<RedisServer> {
  let last: unknown;
  const client = connect(parseRedisUrl(redisUrl), tlsOf(redisCa), { maxRetriesPerRequest: 0 }, (error) => {
    last = error;
  });
  try {
    return await within(answerWithinMs, 'Redis', () => readServer(client));
  } catch (error) {
    // That a command was given up says less than why there is no connection.
    throw last ?? error;
  } finally {
    client.disconnect();
  }
}

/** Whether the tables of BullMQ on Postgres are there and new enough; nothing is changed. */
export async function areQueueTablesCurrent(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: answerWithinMs,
    query_timeout: answerWithinMs,
    options: '-c default_transaction_read_only=on',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await schemaVersion(client)) > 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}
