import pg from 'pg';
import { schemaVersion } from './postgres-engine.ts';
import { connect, type RedisServer, readServer, tlsOf } from './redis-engine.ts';
import { parseRedisUrl, type RedisTarget } from './redis-url.ts';
import { within } from './within.ts';

const answerWithinMs = 5_000;

/** Looks at the Redis of a `REDIS_URL` and changes nothing. Throws what connecting failed with. */
export async function inspectRedis(redisUrl: string, redisCa: string | null = null): Promise<RedisServer> {
  const target = parseRedisUrl(redisUrl);
  try {
    return await inspect(target, redisCa);
  } catch (error) {
    const [node] = target.kind === 'cluster' ? target.nodes : [];
    if (node === undefined) throw error;
    // Of a node that cannot be connected to, a client for a Cluster does not say why.
    await inspect({ ...target, ...node, kind: 'single' }, redisCa);
    const isDown = error instanceof Error && error.message === 'None of startup nodes is available';
    throw isDown ? new Error('the Cluster is down: CLUSTER INFO on its nodes shows cluster_state:fail') : error;
  }
}

async function inspect(target: RedisTarget, redisCa: string | null): Promise<RedisServer> {
  let last: unknown;
  const client = connect(target, tlsOf(redisCa), { maxRetriesPerRequest: 0, reconnect: false }, (error) => {
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
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SET default_transaction_read_only = on');
    return (await schemaVersion(client)) > 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}
